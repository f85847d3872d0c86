// The candidates of a row to buckets that hold about as many each: an element that lies d above a
// low number goes to place h / (d + h) of them, stretched so that outliers share the first bucket.
// That is near to what the tails of distributions are like, and needs no greatest number. Half of
// the candidates are in half of the buckets where h is made of the d of the median. Instead of a
// division there are straight lines from each power of two to the next, where they meet 1 / x.
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
  static constexpr float kFarAbove = 0x1p125f;

 public:
  __device__ ValueBuckets(float low, float middle, std::uint32_t buckets, std::uint32_t row_length)
      : low_(low), last_(buckets - 1), last_index_(row_length - 1) {
    width_ = width_of(middle);
    cut_off_ = __fmul_rn(static_cast<float>(buckets), kStretch);
    scale_ = __fmul_rn(__fadd_rn(static_cast<float>(buckets), cut_off_),
                       approximate_reciprocal(reciprocal(width_)));
    if constexpr (kSpreadsTies)
      index_step_ = __fmul_rn(1 - 0x1p-20f, approximate_reciprocal(static_cast<float>(row_length)));
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
    above = fminf(above, kFarAbove);  // NaN where infinities were subtracted
    const float place =
        __fsub_rn(__fmul_rn(scale_, reciprocal(__fadd_rn(above, width_))), cut_off_);
    return min(static_cast<std::uint32_t>(fmaxf(place, 0)), last_);
  }

 private:
  __device__ float above_low(float number) const {
    return __fsub_rn(fmaxf(fminf(number, Number::kMost), low_), low_);
  }

  // The bits of floats grow with them, in straight lines between powers of two. Of a power of two
  // it is the reciprocal; of what lies between, up to an eighth more.
  static __device__ float reciprocal(float number) {
    return __int_as_float(0x7f000000 - __float_as_int(number));
  }

  // Where the middle is the low number, any that tells apart what lies close to it.
  __device__ float width_of(float middle) const {
    constexpr float kMost = 1e30f;
    const float least = fmaxf(fabsf(low_) * 0x1p-6f, 1e-30f);
    return fminf(fmaxf(__fmul_rn(above_low(middle), 1 + 2 * kStretch), least), kMost);
  }

  float low_;
  float width_;
  float scale_;
  float cut_off_;
  std::uint32_t last_;
  std::uint32_t last_index_;
  float index_step_ = 0;
};

}  // namespace skim::cuda
