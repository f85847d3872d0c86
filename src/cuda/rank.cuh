// Ordering by counting: the rank of a candidate is the number of larger ones.
#pragma once

#include <cstdint>

#include "cuda/layout.h"
#include "cuda/shared.cuh"
#include "order/candidate.h"

namespace skim::cuda {

// Lists are read two candidates at a time: one of odd length is followed by a least candidate.
constexpr std::uint32_t padded(std::uint32_t count) { return count + (count & 1); }

// The least power of two that is no smaller than `number`, as an exponent.
__device__ inline int bits_to_hold(std::uint32_t number) {
  return number <= 1 ? 0 : 32 - __clz(static_cast<int>(number - 1));
}

// How many candidates of several lists are larger than one, and how many reach a key.
struct Standing {
  std::uint32_t larger = 0;
  std::uint32_t reaching = 0;

  __device__ void count(RowCandidate other, RowCandidate mine, std::int32_t key) {
    larger += other > mine;
    reaching += static_cast<std::int32_t>(Packing<RowCandidate>::key(other)) >= key;
  }
  // Of all parts; none counts 2^16.
  __device__ void add_parts(int part_bits) {
    std::uint32_t both = larger | reaching << 16;
#pragma unroll 1
    for (int bit = 0; bit < part_bits; ++bit) both += __shfl_xor_sync(~0u, both, 1 << bit);
    larger = both & 0xffff;
    reaching = both >> 16;
  }
};

// Calls write(rank, candidate) for those of `own` that are among the k best of all lists, provided
// that at least k candidates reach `key`; returns whether they do, to all threads alike.
// Lists are a power of two in number: lists.bits(), lists.count(i), lists.address(i). The threads
// to spare share the counting for one candidate: first each takes other lists, then other pairs.
// O(own * all / threads).
template <class Lists, class Write>
__device__ bool write_ranked(shared::Address own, std::uint32_t own_count, const Lists& lists,
                             std::uint32_t k, std::int32_t key, Write write) {
  constexpr std::uint32_t kPairBytes = 2 * sizeof(RowCandidate);
  const int spare_bits = 31 - __clz(static_cast<int>(blockDim.x)) - bits_to_hold(own_count);
  const int part_bits = min(max(spare_bits, 0), 5);
  const std::uint32_t part = threadIdx.x & ((1u << part_bits) - 1);
  const std::uint32_t list_count = 1u << lists.bits();
  const std::uint32_t first = part >> lists.bits();
  const std::uint32_t step = 1u << max(part_bits - lists.bits(), 0);
  bool complete = true;
  // Once more than for nothing: the others want to know whether there are enough.
#pragma unroll 1
  for (std::uint32_t begin = 0; begin < max(own_count, 1u); begin += blockDim.x >> part_bits) {
    const std::uint32_t i = begin + (threadIdx.x >> part_bits);
    const RowCandidate mine = i < own_count
                                  ? shared::load<RowCandidate>(own + i * sizeof(RowCandidate))
                                  : Packing<RowCandidate>::greatest;
    Standing standing;
#pragma unroll 1
    for (std::uint32_t list = part & (list_count - 1); list < list_count; list += 1u << part_bits) {
      const shared::Address end = lists.address(list) + padded(lists.count(list)) / 2 * kPairBytes;
#pragma unroll 2
      for (shared::Address at = lists.address(list) + first * kPairBytes; at < end;
           at += step * kPairBytes) {
        const longlong2 pair = shared::load_pair(at);
        standing.count(pair.x, mine, key);
        standing.count(pair.y, mine, key);
      }
    }
    standing.add_parts(part_bits);
    complete = standing.reaching >= k;
    if (i < own_count && part == 0 && complete && standing.larger < k) write(standing.larger, mine);
  }
  return __syncthreads_and(complete);
}

}  // namespace skim::cuda
