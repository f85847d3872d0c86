// Many draws from one row of float logits, seen again and again with a stride of 0: row r of the
// call draws with the offset r after the first.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "skim/sample.h"
#include "support/goodness_of_fit.h"
#include "support/sample_definition.h"
#include "support/settings.h"

namespace skim::test {

struct DrawSpec {
  FilterOrder order = FilterOrder::sequential;
  float temperature = 1.0F;
  std::int32_t top_k = 0;
  float top_p = 1.0F;
  float min_p = 0.0F;
  std::uint64_t seed = 1;
  std::uint64_t offset = 0;
};

inline SampleParameters parameters_of(const DrawSpec& spec) {
  return {{spec.temperature}, {spec.top_k}, {spec.top_p}, {spec.min_p}, {spec.seed}, {spec.offset}};
}

// With other parameters, some of them one a row.
inline std::vector<std::int64_t> draw(std::span<const float> logits, std::int64_t draws,
                                      const SampleParameters& parameters, FilterOrder order) {
  std::vector<std::int64_t> tokens(static_cast<std::size_t>(draws));
  SampleInputs inputs;
  inputs.logits = matrix_view(logits.data(), draws, static_cast<std::int64_t>(logits.size()));
  inputs.logits.row_stride = 0;
  inputs.parameters = parameters;
  SampleOptions options;
  options.order = order;
  sample(inputs, {mutable_matrix_view(tokens.data(), draws, 1), {}, {}, {}}, options);
  return tokens;
}

inline std::vector<std::int64_t> draw(std::span<const float> logits, std::int64_t draws,
                                      const DrawSpec& spec) {
  return draw(logits, draws, parameters_of(spec), spec.order);
}

inline std::vector<double> probabilities_of(std::span<const float> logits, const DrawSpec& spec) {
  SampleRow row;
  row.logits.assign(logits.begin(), logits.end());
  row.allowed.assign(logits.size(), true);
  row.temperature = spec.temperature;
  row.top_k = spec.top_k;
  row.top_p = spec.top_p;
  row.min_p = spec.min_p;
  row.order = spec.order;
  return defined_probabilities(row);
}

// The p-value of so many tokens having come from the definition's distribution.
inline double fit(std::span<const std::int64_t> tokens, std::span<const float> logits,
                  const DrawSpec& spec) {
  const auto cols = static_cast<std::int64_t>(logits.size());
  return goodness_of_fit(counts_of(tokens, cols), probabilities_of(logits, spec));
}

// Of a usual run, a tenth of it under sanitizers, ten times as many with SKIM_TEST_LONG.
inline std::int64_t draws_of(std::int64_t usual) {
  if (short_sizes()) return usual / 10;
  return many_draws() ? 10 * usual : usual;
}

}  // namespace skim::test
