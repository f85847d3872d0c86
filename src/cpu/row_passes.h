// Passes over one row for the steps of sampling, one compiled copy a dtype and SIMD target. A bound
// says which tokens count: those before it.
#pragma once

#include <cstdint>

#include "cpu/masses.h"
#include "order/key_order.h"
#include "random/mass.h"
#include "skim/device.h"

namespace skim::cpu {

// What makes probabilities of the masses of logits.
struct SoftmaxTerms {
  float reference;  // the logit whose mass is 1
  MassScale scale;
  float share;  // of a mass of 1
};

template <DType kDType>
struct RowPasses {
  using Element = typename KeyOrder<kDType>::Key;

  RowFold (*fold)(const Element* row, std::int64_t cols);

  // The sum of weight_mass of those of row[from, to) that count.
  std::uint64_t (*weigh)(const Element* row, std::int64_t from, std::int64_t to,
                         const TokenBound& bound, double units);

  FindBetween<Element> find_between;

  // Into to[0, cols): each token that counts times `share`, or its probability; else 0.
  void (*write_shares)(const Element* row, std::int64_t cols, const TokenBound& bound, double share,
                       float* to);
  void (*write_softmax)(const Element* row, std::int64_t cols, const TokenBound& bound,
                        const SoftmaxTerms& terms, float* to);

  // The bits of each that counts, else those of -inf.
  void (*write_kept)(const Element* row, std::int64_t cols, const TokenBound& bound, Element* to);
};

template <DType kDType>
RowPasses<kDType> row_passes(SimdTarget target);

template <>
RowPasses<DType::f32> row_passes<DType::f32>(SimdTarget target);
template <>
RowPasses<DType::f16> row_passes<DType::f16>(SimdTarget target);
template <>
RowPasses<DType::bf16> row_passes<DType::bf16>(SimdTarget target);

}  // namespace skim::cpu
