// The candidates of a row to buckets that hold about as many each: an element that lies d above a
// low number goes to place h / (d + h) of them, stretched so that outliers share the first bucket.
// That is near to what the tails of distributions are like, and needs no greatest number. Half of
// the candidates are in half of the buckets where h is made of the d of the median.
#pragma once

#include <cstdint>

#include "cuda/buckets.cuh"
#include "cuda/float_numbers.cuh"
#include "cuda/layout.h"
#include "order/candidate.h"

namespace skim::cuda {

// The better an element, the lower its bucket's number: every step rounds so that the order stays.
template <DType kDType, bool kLargest>
class ValueBuckets {
  using Number = NumberOf<kDType, kLargest>;
  // Elements of 16 bits share their values with many: those of one value are told apart by index.
  static constexpr bool kSpreadsTies = kDType != DType::f32;
  static constexpr float kStretch = 0x1p-4f;

 public:
  __device__ ValueBuckets(float low, float middle, std::uint32_t buckets, std::uint32_t row_length)
      : low_(low), last_(buckets - 1), last_index_(row_length - 1) {
    width_ = width_of(middle);
    cut_off_ = __fmul_rn(static_cast<float>(buckets), kStretch);
    scaled_ = __fmul_rn(width_, __fadd_rn(static_cast<float>(buckets), cut_off_));
    index_step_ = __fdiv_rn(1 - 0x1p-20f, static_cast<float>(row_length));
  }

  __device__ std::uint32_t operator()(RowCandidate candidate) const {
    const float number =
        Number::of_key(static_cast<std::int32_t>(Packing<RowCandidate>::key(candidate)));
    float above = above_low(number);
    if constexpr (kSpreadsTies) {
      const auto index = static_cast<std::uint32_t>(Packing<RowCandidate>::index(candidate));
      const float ahead = __fmul_rn(static_cast<float>(last_index_ - index), index_step_);
      const float next = above_low(Number::next(number));
      above = __fadd_rn(above, __fmul_rn(ahead, __fsub_rn(next, above)));
    }
    above = fminf(above, Number::kMost);  // NaN where infinities were subtracted
    const float place = __fsub_rn(__fdiv_rn(scaled_, __fadd_rn(above, width_)), cut_off_);
    return min(static_cast<std::uint32_t>(fmaxf(place, 0)), last_);
  }

 private:
  __device__ float above_low(float number) const {
    return __fsub_rn(fmaxf(fminf(number, Number::kMost), low_), low_);
  }

  // Where the middle is the low number, any that tells apart what lies close to it.
  __device__ float width_of(float middle) const {
    constexpr float kMost = 1e30f;
    const float least = fmaxf(fabsf(low_) * 0x1p-6f, 1e-30f);
    return fminf(fmaxf(__fmul_rn(above_low(middle), 1 + 2 * kStretch), least), kMost);
  }

  float low_;
  float width_;
  float scaled_;
  float cut_off_;
  std::uint32_t last_;
  std::uint32_t last_index_;
  float index_step_;
};

}  // namespace skim::cuda
