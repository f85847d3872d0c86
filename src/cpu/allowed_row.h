// The logits of one row as they count: biased, and -inf where a token is not allowed. Without a
// mask and a bias the row itself, else a copy.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "cpu/masses.h"
#include "cpu/sample_workspace.h"
#include "skim/sample.h"

namespace skim::cpu {

// row + bias, in place.
inline void add_bias(float* row, std::int64_t cols, const float* bias) {
  for (std::int64_t i = 0; i < cols; ++i) row[i] += bias[i];
}

// A logit that is not allowed does not matter, NaN included.
inline void disallow(float* row, std::int64_t cols, const std::int32_t* mask) {
  constexpr float kNothing = -std::numeric_limits<float>::infinity();
  for (std::int64_t first = 0; first < cols; first += 32) {
    const auto word = static_cast<std::uint32_t>(mask[first / 32]);
    if (word == ~std::uint32_t{0}) continue;
    const std::int64_t tokens = std::min<std::int64_t>(32, cols - first);
    for (std::int64_t i = 0; i < tokens; ++i) {
      if ((word >> i & 1) == 0) row[first + i] = kNothing;
    }
  }
}

template <DType kDType>
class AllowedRow {
 public:
  using Element = typename KeyOrder<kDType>::Key;

  AllowedRow(const BoundSample& bound, std::int64_t row, std::int64_t cols,
             const SampleScratch& scratch) {
    const SampleProblem& problem = bound.plan.problem;
    if constexpr (kDType == DType::f32) {
      if (copies_rows(problem)) {
        copy(bound, row, cols, scratch);
        return;
      }
    }
    const auto* const logits = static_cast<const Element*>(bound.buffers.inputs.logits.data);
    processed_ = raw_ = logits + row * problem.row_stride;
  }

  const Element* processed() const { return processed_; }
  const Element* raw() const { return raw_; }  // without the bias; where it was asked for

 private:
  void copy(const BoundSample& bound, std::int64_t row, std::int64_t cols,
            const SampleScratch& scratch) {
    const SampleInputs& inputs = bound.buffers.inputs;
    convert(bound, row, cols, scratch.row);
    processed_ = raw_ = reinterpret_cast<const Element*>(scratch.row);
    if (copies_raw_rows(bound.plan.problem)) {
      convert(bound, row, cols, scratch.raw_row);
      raw_ = reinterpret_cast<const Element*>(scratch.raw_row);
      mask(inputs, row, cols, scratch.raw_row);
    }
    if (inputs.logit_bias) {
      const TensorView& bias = *inputs.logit_bias;
      add_bias(scratch.row, cols, static_cast<const float*>(bias.data) + row * bias.row_stride);
    }
    mask(inputs, row, cols, scratch.row);
  }

  static void mask(const SampleInputs& inputs, std::int64_t row, std::int64_t cols, float* to) {
    if (!inputs.allow_mask) return;
    const TensorView& allowed = *inputs.allow_mask;
    disallow(to, cols, static_cast<const std::int32_t*>(allowed.data) + row * allowed.row_stride);
  }

  static void convert(const BoundSample& bound, std::int64_t row, std::int64_t cols, float* to) {
    switch (bound.plan.problem.dtype) {
      case DType::f16:
        return convert_from<DType::f16>(bound, row, cols, to);
      case DType::bf16:
        return convert_from<DType::bf16>(bound, row, cols, to);
      default:
        return convert_from<DType::f32>(bound, row, cols, to);
    }
  }

  template <DType kFrom>
  static void convert_from(const BoundSample& bound, std::int64_t row, std::int64_t cols,
                           float* to) {
    using From = typename KeyOrder<kFrom>::Key;
    const auto* const logits = static_cast<const From*>(bound.buffers.inputs.logits.data);
    mass_functions<kFrom>(bound.plan.simd)
        .to_float(logits + row * bound.plan.problem.row_stride, cols, to);
  }

  const Element* processed_ = nullptr;
  const Element* raw_ = nullptr;
};

}  // namespace skim::cpu
