// A number that at least so many elements of a CTA reach, and few more: from the maxima of disjoint
// groups of them, counted into bins. What the maxima prove holds whatever the row is like; how few
// more there are depends on where the bins lie. One warp reads them, while the others wait for what
// it sends.
#pragma once

#include <cstdint>

#include "cuda/block.cuh"
#include "cuda/bucket_range.cuh"
#include "cuda/bucket_select_ptx.cuh"
#include "cuda/cluster_buckets_layout.h"
#include "cuda/float_numbers.cuh"
#include "cuda/lanes.cuh"
#include "cuda/measure.cuh"
#include "cuda/shared.cuh"

namespace skim::cuda {

// The maxima of a thread's groups: of one, two or four, each of all its vectors' elements in the
// same words, which lie apart in the row.
template <DType kDType, bool kLargest, int kGroups>
class ThreadMaxima {
  using L = Lanes<kDType, kLargest>;
  using Words = typename L::Words;
  using Word = typename L::Word;

 public:
  static constexpr int kCount = kGroups;

  template <int kVectors>
  __device__ explicit ThreadMaxima(const uint4 (&vectors)[kVectors]) {
    Word best[kMostThreadGroups];
#pragma unroll
    for (int i = 0; i < kMostThreadGroups; ++i) {
      best[i] = L::worst();
#pragma unroll
      for (int j = 0; j < kVectors; ++j)
        best[i] = L::better(best[i], Words::from(word_of(vectors[j], i)));
    }
#pragma unroll
    for (int groups = kMostThreadGroups / 2; groups >= kGroups; groups /= 2) {
#pragma unroll
      for (int i = 0; i < groups; ++i) best[i] = L::better(best[i], best[i + groups]);
    }
#pragma unroll
    for (int i = 0; i < kGroups; ++i) {
      numbers_[i] = NumberOf<kDType, kLargest>::of_bits(
          Words::best_bits(best[i], [](Word a, Word b) { return L::better(a, b); }));
    }
  }

  __device__ float number(int i) const { return numbers_[i]; }

  // As RangeFinder asks.
  __device__ float greatest_of(int i) const { return numbers_[i]; }
  __device__ float least_of(int i) const { return numbers_[i]; }

 private:
  float numbers_[kGroups];
};

// A bound of one CTA or of all, which half of what reaches it is above the middle of. Where it is
// none that as many elements reach as shall, a low number to begin the buckets with.
struct ClusterBound {
  float number;
  float middle;
  bool is_reached;
};

// In shared memory, the best first: so many a lane, and one a lane for maxima that are in none.
inline constexpr std::uint32_t kBinsPerLane = 8;
inline constexpr std::uint32_t kBoundBins = 32 * kBinsPerLane;
struct BoundBinsShared {
  alignas(16) std::uint32_t counts[kBoundBins + 32];
};

// The bins of a warp's lanes, which all call.
class BinRanks {
 public:
  __device__ explicit BinRanks(shared::Address counts) {
    starts_[0] = 0;
    const shared::Address own = counts + static_cast<std::uint32_t>(lane_id()) * kBinsPerLane * 4;
#pragma unroll
    for (std::uint32_t i = 0; i < kBinsPerLane; i += 4) {
      const int4 four = shared::load_four(own + i * 4);
      starts_[i + 1] = starts_[i] + static_cast<std::uint32_t>(four.x);
      starts_[i + 2] = starts_[i + 1] + static_cast<std::uint32_t>(four.y);
      starts_[i + 3] = starts_[i + 2] + static_cast<std::uint32_t>(four.z);
      starts_[i + 4] = starts_[i + 3] + static_cast<std::uint32_t>(four.w);
    }
    through_ = sum_through_lane(starts_[kBinsPerLane]);
    before_ = through_ - starts_[kBinsPerLane];
  }

  __device__ bool are(std::uint32_t number) const {
    return __any_sync(~0u, through_ >= number) != 0;
  }
  // Where the maximum of that rank is, from 1; or the last bin.
  __device__ std::uint32_t bin_of(std::uint32_t rank) const {
    std::uint32_t inside = 0;
#pragma unroll
    for (std::uint32_t i = 1; i < kBinsPerLane; ++i) inside += before_ + starts_[i] < rank ? 1 : 0;
    const int lane = __popc(__ballot_sync(~0u, before_ < rank)) - 1;
    return static_cast<std::uint32_t>(lane) * kBinsPerLane + __shfl_sync(~0u, inside, lane);
  }

 private:
  std::uint32_t starts_[kBinsPerLane + 1];
  std::uint32_t before_;
  std::uint32_t through_;
};

// Bins between two numbers, linear in the measure of the lower one.
class BoundBins {
 public:
  __device__ BoundBins(const BucketRange& range, shared::Address counts)
      : counts_(counts), measure_(range.low) {
    const float width = width_to(range.high);
    scale_ = static_cast<float>(kBoundBins) * approximate_reciprocal(width);
    step_ = width / static_cast<float>(kBoundBins);
  }

  // By all threads, the barriers before and behind it are the caller's.
  static __device__ void clear(shared::Address counts) {
#pragma unroll 1
    for (std::uint32_t i = threadIdx.x; i < kBoundBins / 4; i += blockDim.x)
      store_four(counts + i * 16, make_uint4(0, 0, 0, 0));
  }
  template <class Groups>
  __device__ void count(const Groups& groups) const {
    const shared::Address spare =
        counts_ + (kBoundBins + static_cast<std::uint32_t>(lane_id())) * 4;
#pragma unroll
    for (int i = 0; i < Groups::kCount; ++i) {
      const float number = groups.number(i);
      shared::add(number >= measure_.low() ? bin_at(number) : spare, 1);
    }
  }

  // By a warp: what `wanted` maxima reach, if so many were counted.
  __device__ ClusterBound bound(std::uint32_t wanted) const {
    const BinRanks ranks(counts_);
    const float number = below(ranks.bin_of(wanted));
    const float middle = below(ranks.bin_of((wanted + 1) / 2));
    const bool is_reached = ranks.are(wanted);
    return {is_reached ? number : measure_.low(), middle, is_reached};
  }

 private:
  static constexpr float kWhole = 8388608.0f;  // 2^23: from here on floats are integers
  static constexpr std::uint32_t kWholeBits = 0x4b000000;

  // Infinities, and numbers of another magnitude, fall into the first bin.
  __device__ float width_to(float high) const {
    constexpr float kBinades = 16 * 0x1p23f;
    return fminf(fmaxf(measure_(high), 1e-30f), measure_.by_bits() ? kBinades : 0x1p120f);
  }
  __device__ shared::Address bin_at(float number) const {
    const float place = fminf(multiply_add_up(measure_(number), scale_, kWhole),
                              kWhole + static_cast<float>(kBoundBins - 1));
    return counts_ + (kWholeBits + kBoundBins - 1 - __float_as_uint(place)) * 4;
  }
  // What the maxima in a bin, and in better ones, are no less than: places were rounded up.
  __device__ float below(std::uint32_t bin) const {
    const auto place = static_cast<float>(kBoundBins - 1 - bin);
    return measure_.number_at(fmaxf(place - 1, 0) * step_);
  }

  shared::Address counts_;
  Measure measure_;
  float scale_;
  float step_;
};

}  // namespace skim::cuda
