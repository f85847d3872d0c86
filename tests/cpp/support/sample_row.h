// One row of a sampling request as the oracles see it, without strides, dtypes and masks of bits,
// and what has to come out.
#pragma once

#include <cstdint>
#include <vector>

#include "skim/sample.h"

namespace skim::test {

struct SampleRow {
  std::vector<float> logits;  // as many as the row's length
  std::vector<float> bias;    // empty: none
  std::vector<bool> allowed;  // by the mask
  float temperature = 1.0F;
  std::int32_t top_k = 0;
  float top_p = 1.0F;
  float min_p = 0.0F;
  std::uint64_t seed = 0;
  std::uint64_t offset = 0;
  FilterOrder order = FilterOrder::sequential;
  LogprobKind logprobs = LogprobKind::none;
  std::int64_t top_logprobs = 0;
};

struct SampleAnswer {
  std::int64_t token = -1;
  float logprob = 0.0F;
  std::vector<std::int64_t> top_tokens;
  std::vector<float> top_logprobs;
};

// The logits that are drawn from.
inline std::vector<float> biased_logits(const SampleRow& row) {
  std::vector<float> sums = row.logits;
  for (std::size_t i = 0; i < row.bias.size(); ++i) sums[i] += row.bias[i];
  return sums;
}

// Each filter as it acts, its parameter being whatever an array may hold.
inline bool is_greedy(const SampleRow& row) { return !(row.temperature > 0.0F); }
inline bool has_top_k(const SampleRow& row) { return row.top_k > 0; }
inline bool has_top_p(const SampleRow& row) { return row.top_p < 1.0F; }
inline bool has_min_p(const SampleRow& row) { return row.min_p > 0.0F; }

}  // namespace skim::test
