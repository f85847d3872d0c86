// Ordering a list in the same number of steps whatever it holds: runs of 32 are sorted by a warp
// (Batcher's bitonic network), then merged pairwise: an element's place in the merged run is its
// place in its own plus the number of larger ones in the other, found by bisection.
#pragma once

#include <cstdint>
#include <utility>

#include "cuda/block.cuh"
#include "order/candidate.h"

namespace skim::cuda {

// Descending over the lanes.
template <class Candidate>
__device__ Candidate sorted_by_warp(Candidate mine) {
  for (int run = 2; run <= 32; run *= 2) {
    for (int distance = run / 2; distance > 0; distance /= 2) {
      const Candidate other = __shfl_xor_sync(~0u, mine, distance);
      const bool wants_larger = ((lane_id() & distance) == 0) == ((lane_id() & run) == 0);
      if ((other > mine) == wants_larger) mine = other;
    }
  }
  return mine;
}

// How many of a descending run are larger than `mine`; `most` is a power of two that the length
// does not exceed.
template <class Candidate>
__device__ std::uint32_t larger_in(const Candidate* run, std::uint32_t length, std::uint32_t most,
                                   Candidate mine) {
  std::uint32_t larger = 0;
#pragma unroll 1
  for (std::uint32_t step = most; step > 0; step /= 2) {
    if (larger + step <= length && run[larger + step - 1] > mine) larger += step;
  }
  return larger;
}

// Calls write(rank, candidate) for the k best of `count` distinct ones. Both lists have room up to
// the next multiple of 32; they are used up.
template <class Candidate, class Write>
__device__ void order_by_merging(Candidate* list, Candidate* other, std::uint32_t count,
                                 std::uint32_t k, Write write) {
  const std::uint32_t size = (count + 31) / 32 * 32;
  __syncthreads();
#pragma unroll 1
  for (std::uint32_t i = threadIdx.x; i < size; i += blockDim.x) {
    const Candidate mine = i < count ? list[i] : Packing<Candidate>::least + i;
    list[i] = sorted_by_warp(mine);
  }
  __syncthreads();
#pragma unroll 1
  for (std::uint32_t length = 32; length < size; length *= 2) {
#pragma unroll 1
    for (std::uint32_t i = threadIdx.x; i < size; i += blockDim.x) {
      const Candidate mine = list[i];
      const std::uint32_t beside = (i & ~(length - 1)) ^ length;
      const std::uint32_t there = beside < size ? min(length, size - beside) : 0;
      const std::uint32_t larger = larger_in(list + beside, there, length, mine);
      other[(i & ~(2 * length - 1)) + (i & (length - 1)) + larger] = mine;
    }
    __syncthreads();
    std::swap(list, other);
  }
#pragma unroll 1
  for (std::uint32_t rank = threadIdx.x; rank < k; rank += blockDim.x) write(rank, list[rank]);
}

}  // namespace skim::cuda
