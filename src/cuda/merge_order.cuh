// Ordering a list in the same number of steps whatever it holds: runs of 32 are sorted by a warp
// (Batcher's bitonic network), then merged pairwise: an element's place in the merged run is its
// place in its own plus the number of larger ones in the other, found by bisection.
#pragma once

#include <cstdint>
#include <utility>

#include "cuda/block.cuh"
#include "order/candidate.h"

namespace skim::cuda {

// Elements of a thread at a time: each is a chain of loads or shuffles, which waits for itself.
inline constexpr std::uint32_t kMergedAtOnce = 4;

// Each descending over the lanes.
template <class Candidate, int kLists>
__device__ void sort_by_warp(Candidate (&mine)[kLists]) {
  for (int run = 2; run <= 32; run *= 2) {
    for (int distance = run / 2; distance > 0; distance /= 2) {
      const bool wants_larger = ((lane_id() & distance) == 0) == ((lane_id() & run) == 0);
#pragma unroll
      for (Candidate& own : mine) {
        const Candidate other = __shfl_xor_sync(~0u, own, distance);
        if ((other > own) == wants_larger) own = other;
      }
    }
  }
}
template <class Candidate>
__device__ Candidate sorted_by_warp(Candidate mine) {
  Candidate list[1] = {mine};
  sort_by_warp(list);
  return list[0];
}

// Of a descending run, of which there may be none.
template <class Candidate>
struct LargerInRun {
  const Candidate* run;
  std::uint32_t length;
  std::uint32_t larger = 0;

  // A step of bisection, without a branch.
  __device__ void look(std::uint32_t step, Candidate mine) {
    const bool is_there = larger + step <= length;
    const Candidate other = run[is_there ? larger + step - 1 : 0];
    larger += is_there && other > mine ? step : 0;
  }
};

// The runs of `length` of a list, merged pairwise into another list.
template <class Candidate>
__device__ void merge_runs(const Candidate* list, Candidate* merged, std::uint32_t size,
                           std::uint32_t length) {
#pragma unroll 1
  for (std::uint32_t first = threadIdx.x; first < size; first += kMergedAtOnce * blockDim.x) {
    Candidate mine[kMergedAtOnce];
    LargerInRun<Candidate> beside[kMergedAtOnce];
#pragma unroll
    for (std::uint32_t n = 0; n < kMergedAtOnce; ++n) {
      const std::uint32_t i = min(first + n * blockDim.x, size - 1);
      const std::uint32_t begin = (i & ~(length - 1)) ^ length;
      mine[n] = list[i];
      beside[n] = begin < size ? LargerInRun<Candidate>{list + begin, min(length, size - begin)}
                               : LargerInRun<Candidate>{list, 0};
    }
#pragma unroll 1
    for (std::uint32_t step = length; step > 0; step /= 2) {
#pragma unroll
      for (std::uint32_t n = 0; n < kMergedAtOnce; ++n) beside[n].look(step, mine[n]);
    }
#pragma unroll
    for (std::uint32_t n = 0; n < kMergedAtOnce; ++n) {
      const std::uint32_t i = first + n * blockDim.x;
      if (i < size)
        merged[(i & ~(2 * length - 1)) + (i & (length - 1)) + beside[n].larger] = mine[n];
    }
  }
}

// Calls write(rank, candidate) for the k best of `count` distinct ones. Both lists have room up to
// the next multiple of 32; they are used up.
template <class Candidate, class Write>
__device__ void order_by_merging(Candidate* list, Candidate* other, std::uint32_t count,
                                 std::uint32_t k, Write write) {
  const std::uint32_t size = (count + 31) / 32 * 32;
  __syncthreads();
#pragma unroll 1
  for (std::uint32_t first = threadIdx.x; first < size; first += kMergedAtOnce * blockDim.x) {
    Candidate mine[kMergedAtOnce];
#pragma unroll
    for (std::uint32_t n = 0; n < kMergedAtOnce; ++n) {
      const std::uint32_t i = first + n * blockDim.x;
      mine[n] = i < count ? list[i] : Packing<Candidate>::least + i;
    }
    sort_by_warp(mine);
#pragma unroll
    for (std::uint32_t n = 0; n < kMergedAtOnce; ++n) {
      const std::uint32_t i = first + n * blockDim.x;
      if (i < size) list[i] = mine[n];
    }
  }
  __syncthreads();
#pragma unroll 1
  for (std::uint32_t length = 32; length < size; length *= 2) {
    merge_runs(list, other, size, length);
    __syncthreads();
    std::swap(list, other);
  }
#pragma unroll 1
  for (std::uint32_t rank = threadIdx.x; rank < k; rank += blockDim.x) write(rank, list[rank]);
}

}  // namespace skim::cuda
