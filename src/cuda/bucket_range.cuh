// The range of numbers that the k best of a row probably lie in, from maxima of groups of its
// elements. Only speed depends on it: the elements in it are counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "cuda/block.cuh"
#include "cuda/shared.cuh"

namespace skim::cuda {

struct BucketRange {
  float low;
  float high;
};

// Floats that are no NaN to integers of the same order, and back.
__device__ inline std::int32_t ordered(std::int32_t bits) {
  return bits ^ static_cast<std::int32_t>(static_cast<std::uint32_t>(bits >> 31) >> 1);
}

struct RangeScratch {
  std::int32_t low[kMostWarps];
  std::int32_t high[kMostWarps];
  std::int32_t second[kMostWarps];

  static __device__ shared::Address of_warp(shared::Address scratch, int warp) {
    return scratch + static_cast<std::uint32_t>(warp) * std::uint32_t{sizeof(std::int32_t)};
  }
};

// The least and the greatest of the maxima that are finite. The latter is not believed where it is
// far above the others: `second` is the greatest that two threads have.
class RangeFinder {
 public:
  // A group has `vectors` of the kVectors vectors of each of 2^lane_bits lanes (at most 16); with
  // none each element is one, and all are in the range.
  template <class Elements, int kVectors>
  __device__ static RangeFinder of(const Elements& elements, int vectors, int lane_bits) {
    float maxima[kVectors];
#pragma unroll
    for (int j = 0; j < kVectors; ++j) maxima[j] = elements.greatest_of(j);
#pragma unroll
    for (int half = kVectors / 2; half > 0; half /= 2) {
      if (kVectors / half > vectors) break;
#pragma unroll
      for (int j = 0; j < half; ++j) {
        maxima[j] = fmaxf(maxima[j], maxima[j + half]);
        maxima[j + half] = maxima[j];
      }
    }
#pragma unroll 1
    for (int bit = 0; bit < lane_bits; ++bit)
      maxima[0] = fmaxf(maxima[0], __shfl_xor_sync(~0u, maxima[0], 1 << bit));
    RangeFinder finder;
#pragma unroll
    for (int j = 0; j < kVectors; ++j) finder.add(lane_bits > 0 ? maxima[0] : maxima[j]);
    if (vectors == 0) {
#pragma unroll
      for (int j = 0; j < kVectors; ++j) finder.add(elements.least_of(j));
    }
    finder.second_ = fminf(finder.high_, __shfl_xor_sync(~0u, finder.high_, 16));
    return finder;
  }

  // Of the CTA, to every thread. The reductions of a warp are of integers.
  __device__ BucketRange of_all(shared::Address scratch) const {
    std::int32_t low = __reduce_min_sync(~0u, ordered(__float_as_int(low_)));
    std::int32_t high = __reduce_max_sync(~0u, ordered(__float_as_int(high_)));
    std::int32_t second = __reduce_max_sync(~0u, ordered(__float_as_int(second_)));
    if (lane_id() == 0) {
      const shared::Address at = RangeScratch::of_warp(scratch, warp_id());
      shared::store(at + offsetof(RangeScratch, low), low);
      shared::store(at + offsetof(RangeScratch, high), high);
      shared::store(at + offsetof(RangeScratch, second), second);
    }
    __syncthreads();
    const shared::Address at = RangeScratch::of_warp(scratch, min(lane_id(), warp_count() - 1));
    low = shared::load<std::int32_t>(at + offsetof(RangeScratch, low));
    high = shared::load<std::int32_t>(at + offsetof(RangeScratch, high));
    second = shared::load<std::int32_t>(at + offsetof(RangeScratch, second));
    low = __reduce_min_sync(~0u, low);
    high = __reduce_max_sync(~0u, high);
    second = __reduce_max_sync(~0u, second);
    const float least = __int_as_float(ordered(low));
    const float believed = __int_as_float(ordered(second));
    return {least, fminf(__int_as_float(ordered(high)), least + kBelieved * (believed - least))};
  }

 private:
  static constexpr float kInfinity = std::numeric_limits<float>::infinity();
  static constexpr float kBelieved = 2;

  __device__ void add(float maximum) {
    const bool is_finite = fabsf(maximum) < kInfinity;
    low_ = fminf(low_, is_finite ? maximum : kInfinity);
    high_ = fmaxf(high_, is_finite ? maximum : -kInfinity);
  }

  float low_ = kInfinity;
  float high_ = -kInfinity;
  float second_ = -kInfinity;
};

}  // namespace skim::cuda
