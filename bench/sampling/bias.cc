#include "sampling/bias.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "entry.h"
#include "inputs/dispatch.h"
#include "inputs/element_bits.h"
#include "inputs/goodness_of_fit.h"

namespace skim::bench {
namespace {

constexpr std::int64_t kTokens = 64;
constexpr std::int64_t kRows = 200;
constexpr std::int64_t kCalls = 100;

// Eighths from 0 to 8 out of order: all different, and exact in every dtype of logits.
double logit_of(std::int64_t token) { return static_cast<double>((token * 37 + 11) % kTokens) / 8; }

void fill_small_row(Matrix& matrix, std::int32_t, std::int64_t row) {
  dispatch(matrix.dtype(), [&]<class T>() {
    T* elements = static_cast<T*>(matrix.data()) + row * kTokens;
    for (std::int64_t token = 0; token < kTokens; ++token) {
      elements[token] = std::bit_cast<T>(bits_from<T>(logit_of(token)));
    }
  });
}

Case small_case(const Case& bench_case) {
  Case small = bench_case;
  small.rows = kRows;
  small.cols = kTokens;
  // So that it drops some of these too.
  small.sampling->top_k = std::min(small.sampling->top_k, static_cast<std::int32_t>(kTokens / 2));
  return small;
}

// A token at a limit may fall on either side of it.
double p_value_of(const std::vector<std::int64_t>& counts, const CaseInputs& inputs,
                  const SamplingSettings& settings) {
  const Matrix& matrix = inputs.matrix(0);
  double best = 0;
  for (const double looseness : {-kLimitTolerance, kLimitTolerance}) {
    best = std::max(best, goodness_of_fit(counts, probabilities(matrix.dtype(), matrix.data(),
                                                                kTokens, settings, looseness)));
  }
  return best;
}

}  // namespace

std::string find_bias(Path& path, const Case& bench_case, const MeasureOptions& options) {
  const Case small = small_case(bench_case);
  CaseInputs inputs(small, 1, fill_small_row, options.gpu, options.host_bytes);
  Entry entry(path, small, inputs, options.threads, options.gpu);
  std::vector<std::int64_t> counts(static_cast<std::size_t>(kTokens));
  for (std::int64_t call = 0; call < kCalls && entry.ok(); ++call) {
    for (const std::int64_t token : entry.draw(call)) ++counts[static_cast<std::size_t>(token)];
  }
  if (entry.result().status == Status::not_applicable) return {};
  if (!entry.ok()) return fmt::format("on {}: {}", to_string(small), entry.result().message);
  const double p_value = p_value_of(counts, inputs, *small.sampling);
  if (p_value > kLeastPValue) return {};
  return fmt::format(
      "{} draws from {} tokens do not have their probabilities (chi-square, p {:.1e})",
      kRows * kCalls, kTokens, p_value);
}

}  // namespace skim::bench
