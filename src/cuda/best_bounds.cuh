// Between which keys the k-th best of a CTA's elements lies, by bisection on counts; and the first
// of equal elements in the order of their indices.
#pragma once

#include <cstdint>

#include "cuda/block.cuh"
#include "cuda/lanes.cuh"
#include "cuda/layout.h"

namespace skim::cuda {

// Elements of the row whose key is at least `threshold`, exactly; the vectors are those of the row
// at vector_at(0), vector_at(1), ...
template <DType kDType, bool kLargest, int kVectors, class VectorAt>
__device__ HitMasks<kDType, kLargest, kVectors> reaching(
    const uint4 (&vectors)[kVectors], const Row<typename KeyOrder<kDType>::Key>& row,
    VectorAt vector_at, std::int32_t threshold) {
  using L = Lanes<kDType, kLargest>;
  using Masks = HitMasks<kDType, kLargest, kVectors>;
  Masks hits;
  if (threshold > L::kFillKey) {
    hits.mark(vectors, threshold);
    return hits;
  }
  hits.mark_held(row, vector_at);
  if (!kLargest && threshold == L::kFillKey) {  // +inf, without the NaN behind it
    Masks numbers;
    numbers.mark(vectors, threshold);
    hits.keep(numbers);
  }
  return hits;
}

// Where `ties` is 0, all elements that reach `reached` are few enough. Else those above it are
// fewer than k, and `ties` of those that equal it belong to the k best.
struct BestBounds {
  std::int32_t reached;
  std::uint32_t ties;
  bool any_above;
};

// Where the key that `wanted` elements reach lies, as a distance from the lower of two keys `apart`
// from each other, if keys are spread evenly between them; neither 0 nor `apart`.
__device__ inline std::uint32_t interpolated(std::uint32_t apart, std::uint32_t of_lower,
                                             std::uint32_t of_upper, std::uint32_t wanted) {
  const float part =
      static_cast<float>(of_lower - wanted) / static_cast<float>(of_lower - of_upper);
  const float step = fminf(static_cast<float>(apart) * part, 4294967040.0F);
  return min(max(static_cast<std::uint32_t>(step), 1u), apart - 1);
}

// What the elements say of a key: how many reach it, the least key of those, the greatest of the
// others and of all. Where only their number is known, the others are as far as they may be.
struct KeySurvey {
  std::uint32_t reaching;
  std::int32_t least;
  std::int32_t below;
  std::int32_t greatest = INT32_MAX - 1;
};

// Of elements of which none has a key above `highest`; k is no larger than `most`. Few enough are
// up to `most` that reach `lowest`, and k to `enough` that reach a higher key. survey(key) is the
// same in every thread.
template <class L, class Survey>
__device__ BestBounds bounds_of_best(std::int32_t lowest, std::int32_t highest, std::uint32_t most,
                                     std::uint32_t k, std::uint32_t enough, Survey survey) {
  // Every element reaches what lies below the fill's key and NaN's.
  std::int32_t probe = max(lowest, static_cast<std::int32_t>(L::kFillKey) - 1);
  std::int32_t reached = INT32_MIN;  // by k or more
  std::int32_t missed = highest + 1;
  std::uint32_t reaching = 0;
  std::uint32_t above = 0;  // that reach `missed`
  // Ties at the threshold, or at -inf just above it, are what brings us here most often.
  int single_steps = probe < L::kFillKey ? 2 : 1;
  for (bool halve = false;; halve = !halve) {
    const KeySurvey found = survey(probe);
    const std::uint32_t hits = found.reaching;
    if (reached == INT32_MIN ? hits <= most : hits >= k && hits <= enough) return {probe, 0, false};
    if (hits >= k) {
      reached = found.least;
      reaching = hits;
    } else {
      missed = found.below + 1;
      above = hits;
    }
    missed = min(missed, found.greatest + 1);
    // Up to 2^32 apart.
    const std::uint32_t apart =
        static_cast<std::uint32_t>(missed) - static_cast<std::uint32_t>(reached);
    if (apart == 1) return {reached, k - above, above > 0};
    const std::uint32_t step = single_steps-- > 0 ? 1
                               : halve            ? apart / 2
                                       : interpolated(apart, reaching, above, (k + enough) / 2);
    probe = static_cast<std::int32_t>(static_cast<std::uint32_t>(reached) + step);
  }
}

// A count for each vector of a thread in each warp of a CTA.
inline constexpr int kMostTieCounts = kMostMaximaVectors * (kMostMaximaThreads / 32);

// Keeps the first `need` of the ties, one or more: a thread's vectors ascend, and so do those of
// the threads. `counts` has room for kMostTieCounts; all threads call.
template <DType kDType, bool kLargest, int kVectors>
__device__ void keep_first(HitMasks<kDType, kLargest, kVectors>& ties, std::uint32_t need,
                           std::uint32_t* counts) {
  static_assert(kVectors <= kMostMaximaVectors);
#pragma unroll
  for (int j = 0; j < kVectors; ++j) {
    const std::uint32_t of_warp = __reduce_add_sync(~0u, ties.count_of(j));
    if (lane_id() == 0) counts[j * warp_count() + warp_id()] = of_warp;
  }
  __syncthreads();
  // The vectors before the one with the last that is needed, and the warps before this one in it.
  int last = kVectors;
  std::uint32_t before = 0;
  std::uint32_t all = 0;
#pragma unroll 1
  for (int j = 0; j < kVectors; ++j) {
    const std::uint32_t of_warp =
        lane_id() < warp_count() ? counts[j * warp_count() + lane_id()] : 0;
    const std::uint32_t of_vector = __reduce_add_sync(~0u, of_warp);
    if (all < need && all + of_vector >= need) {
      last = j;
      before = all + __reduce_add_sync(~0u, lane_id() < warp_id() ? of_warp : 0);
    }
    all += of_vector;
  }
  std::uint32_t own = 0;
#pragma unroll
  for (int j = 0; j < kVectors; ++j) own = j == last ? ties.count_of(j) : own;
  std::uint32_t through = own;
#pragma unroll 1
  for (int offset = 1; offset < 32; offset *= 2) {
    const std::uint32_t other = __shfl_up_sync(~0u, through, offset);
    if (lane_id() >= offset) through += other;
  }
#pragma unroll
  for (int j = 0; j < kVectors; ++j) {
    if (j == last) ties.keep_below(j, before + through - own, need);
    if (j > last) ties.drop(j);
  }
}

}  // namespace skim::cuda
