// The exact way of group_maxima where more elements reach the threshold than a list holds (ties, or
// the likely elements close together): keeps exactly the k best of those that a CTA has in
// registers, by bisection on packed comparisons, then ties in the order of their indices.
#pragma once

#include <cstdint>

#include "cuda/block.cuh"
#include "cuda/lanes.cuh"
#include "cuda/layout.h"

namespace skim::cuda {

// A count for each vector of a thread in each warp of a CTA.
inline constexpr int kMostTieCounts = kMostMaximaVectors * (kMostMaximaThreads / 32);

struct KeepBestScratch {
  BlockSumScratch sums;
  std::uint32_t ties[kMostTieCounts];
};

template <DType kDType, bool kLargest, int kVectors, class VectorAt>
class KeepBest {
  using L = Lanes<kDType, kLargest>;
  using Key = typename L::Key;
  using Masks = HitMasks<kDType, kLargest, kVectors>;
  static_assert(kVectors <= kMostMaximaVectors);

 public:
  __device__ KeepBest(const uint4 (&vectors)[kVectors], const Row<Key>& row, VectorAt vector_at,
                      KeepBestScratch& scratch)
      : vectors_(vectors),
        row_(row),
        vector_at_(vector_at),
        scratch_(scratch),
        sum_(scratch.sums) {}

  // Elements of the row whose key is at least `threshold`, exactly.
  __device__ Masks reaching(std::int32_t threshold) const {
    Masks hits;
    if (threshold > L::kFillKey) {
      hits.mark(vectors_, clamped(threshold));
      return hits;
    }
    hits.mark_held(row_, vector_at_);
    if (!kLargest && threshold == L::kFillKey) {  // +inf, without the NaN behind it
      Masks numbers;
      numbers.mark(vectors_, L::kFillKey);
      hits.keep(numbers);
    }
    return hits;
  }

  // At least k elements of the CTA reach `low`, and none has a key above `highest`.
  __device__ Masks best(std::int32_t low, std::int32_t highest, std::uint32_t k) {
    // By k or more; every element reaches what lies below the fill's key and NaN's.
    std::int64_t reached = max(low, static_cast<std::int32_t>(L::kFillKey) - 1);
    std::int64_t missed = std::int64_t{highest} + 1;
    // Ties at the threshold, or at -inf just above it, are what brings us here most often.
    int single_steps = 2;
    while (missed - reached > 1) {
      const std::int64_t step = single_steps-- > 0 ? 1 : (missed - reached) / 2;
      if (sum_(reaching(static_cast<std::int32_t>(reached + step)).count()) >= k) {
        reached += step;
      } else {
        missed = reached + step;
      }
    }
    Masks kept = missed > highest ? Masks::none() : reaching(static_cast<std::int32_t>(missed));
    Masks ties = reaching(static_cast<std::int32_t>(reached));
    ties.remove(kept);
    keep_first(ties, k - sum_(kept.count()));
    kept.add(ties);
    return kept;
  }

 private:
  // Above the best number only NaN can be, whatever the distance.
  static __device__ Key clamped(std::int32_t threshold) {
    return static_cast<Key>(min(threshold, static_cast<std::int32_t>(L::kBestNumber) + 1));
  }

  // The first `need` of the ties: a thread's vectors ascend, and so do those of the threads.
  __device__ void keep_first(Masks& ties, std::uint32_t need) {
    std::uint32_t before[kVectors];
#pragma unroll
    for (int j = 0; j < kVectors; ++j) {
      const std::uint32_t own = ties.count_of(j);
      std::uint32_t through = own;
      for (int offset = 1; offset < 32; offset *= 2) {
        const std::uint32_t other = __shfl_up_sync(~0u, through, offset);
        if (lane_id() >= offset) through += other;
      }
      before[j] = through - own;
      if (lane_id() == 31) scratch_.ties[j * warp_count() + warp_id()] = through;
    }
    __syncthreads();
    std::uint32_t passed = 0;
#pragma unroll
    for (int j = 0; j < kVectors; ++j) {
      std::uint32_t rank = passed + before[j];
      for (int warp = 0; warp < warp_count(); ++warp) {
        const std::uint32_t of_warp = scratch_.ties[j * warp_count() + warp];
        if (warp < warp_id()) rank += of_warp;
        passed += of_warp;
      }
      ties.keep_below(j, rank, need);
    }
  }

  const uint4 (&vectors_)[kVectors];
  const Row<Key>& row_;
  VectorAt vector_at_;
  KeepBestScratch& scratch_;
  BlockSum sum_;
};

}  // namespace skim::cuda
