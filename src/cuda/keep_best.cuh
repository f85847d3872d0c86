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
      hits.mark(vectors_, threshold);
      return hits;
    }
    hits.mark_held(row_, vector_at_);
    if (!kLargest && threshold == L::kFillKey) {  // +inf, without the NaN behind it
      Masks numbers;
      numbers.mark(vectors_, threshold);
      hits.keep(numbers);
    }
    return hits;
  }

  // All elements of the CTA that reach `threshold`, where they are no more than `most`; else its k
  // best. None has a key above `highest`, and k is no larger than `most`.
  struct Kept {
    Masks hits;
    bool all;
  };
  __device__ Kept select(std::int32_t threshold, std::int32_t highest, std::uint32_t most,
                         std::uint32_t k) {
    // Every element reaches what lies below the fill's key and NaN's.
    std::int32_t probe = max(threshold, static_cast<std::int32_t>(L::kFillKey) - 1);
    std::int32_t reached = INT32_MIN;  // by k or more
    std::int32_t missed = highest + 1;
    Masks of_reached;
    Masks of_missed = Masks::none();
    // Ties at the threshold, or at -inf just above it, are what brings us here most often.
    int single_steps = 2;
    for (;;) {
      const Masks hits = reaching(probe);
      const std::uint32_t count = sum_(hits.count());
      if (reached == INT32_MIN && count <= most) return {hits, true};
      if (count >= k) {
        reached = probe;
        of_reached = hits;
      } else {
        missed = probe;
        of_missed = hits;
      }
      // Up to 2^32 apart.
      const std::uint32_t apart =
          static_cast<std::uint32_t>(missed) - static_cast<std::uint32_t>(reached);
      if (apart == 1) break;
      const std::uint32_t step = single_steps-- > 0 ? 1 : apart / 2;
      probe = static_cast<std::int32_t>(static_cast<std::uint32_t>(reached) + step);
    }
    of_reached.remove(of_missed);
    keep_first(of_reached, k - sum_(of_missed.count()));
    of_missed.add(of_reached);
    return {of_missed, false};
  }

 private:
  // The first `need` of the ties: a thread's vectors ascend, and so do those of the threads.
  __device__ void keep_first(Masks& ties, std::uint32_t need) {
    std::uint32_t before[kVectors];
#pragma unroll
    for (int j = 0; j < kVectors; ++j) {
      const std::uint32_t own = ties.count_of(j);
      std::uint32_t through = own;
#pragma unroll 1
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
#pragma unroll 1
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
