// Ordering candidates that lie in several lists: a candidate's rank among all is the number of
// larger ones in each, by counting in short lists, by bisection in longer ones, which are brought
// into order first.
#pragma once

#include <cstdint>

#include "cuda/cluster_maxima_layout.h"
#include "cuda/merge_order.cuh"
#include "cuda/shared.cuh"
#include "order/candidate.h"

namespace skim::cuda {

// The least power of two that is no smaller than `number`, as an exponent.
__device__ inline int bits_to_hold(std::uint32_t number) {
  return number <= 1 ? 0 : 32 - __clz(static_cast<int>(number - 1));
}

// Lists of which fewer candidates are expected are counted through sooner than they are put in
// order; that most lists are alike matters more than how long one of them is.
inline constexpr std::uint32_t kShortLists = 24;
inline constexpr std::uint32_t kLongList = 64;
__device__ inline bool is_in_order(std::uint32_t count, std::uint32_t expected) {
  return expected >= kShortLists || count >= kLongList;
}

// How many candidates of a list are larger.
__device__ inline std::uint32_t larger_of_list(shared::Address list, std::uint32_t count,
                                               RowCandidate candidate) {
  constexpr std::uint32_t kPairBytes = 2 * sizeof(RowCandidate);
  constexpr std::uint32_t kPairs = kBatch / 2;
  const shared::Address end = list + padded(count) / 2 * kPairBytes;
  std::uint32_t larger[kPairs] = {};
#pragma unroll 1
  for (shared::Address at = list; at < end; at += kPairs * kPairBytes) {
    longlong2 pairs[kPairs];
#pragma unroll
    for (std::uint32_t i = 0; i < kPairs; ++i) pairs[i] = shared::load_pair(at + i * kPairBytes);
#pragma unroll
    for (std::uint32_t i = 0; i < kPairs; ++i)
      larger[i] += (pairs[i].x > candidate) + (pairs[i].y > candidate);
  }
  return larger[0] + larger[1] + (larger[2] + larger[3]);
}

// Counting through a list takes a thread so many pairs; what would take more is sorted by runs of a
// warp first, and then found in each run by bisection.
inline constexpr std::uint32_t kMostPairsCounted = 32;
inline constexpr std::uint32_t kRun = 32;

// Each run of a list in descending order, by all threads, with a barrier.
__device__ inline void sort_runs(shared::Address list, std::uint32_t count) {
#pragma unroll 1
  for (std::uint32_t i = threadIdx.x; i / kRun * kRun < count; i += blockDim.x) {
    const shared::Address at = list + i * static_cast<std::uint32_t>(sizeof(RowCandidate));
    const RowCandidate mine =
        sorted_by_warp(i < count ? shared::load<RowCandidate>(at) : Packing<RowCandidate>::least);
    if (i < count) shared::store(at, mine);
  }
  __syncthreads();
}

// How many candidates of this thread's share of the runs are larger; the thread is one of `parts`
// that share them.
__device__ inline std::uint32_t larger_of_runs(shared::Address list, std::uint32_t count,
                                               RowCandidate candidate, std::uint32_t part,
                                               std::uint32_t parts) {
  constexpr std::uint32_t kAtOnce = 4;
  std::uint32_t larger = 0;
#pragma unroll 1
  for (std::uint32_t first = part * kRun; first < count; first += kAtOnce * parts * kRun) {
    std::uint32_t of_run[kAtOnce] = {};
#pragma unroll 1
    for (std::uint32_t step = kRun; step > 0; step /= 2) {
#pragma unroll
      for (std::uint32_t r = 0; r < kAtOnce; ++r) {
        const std::uint32_t next = of_run[r] + step;
        const std::uint32_t at = first + r * parts * kRun + next - 1;
        if (next <= kRun && at < count &&
            shared::load<RowCandidate>(
                list + at * static_cast<std::uint32_t>(sizeof(RowCandidate))) > candidate)
          of_run[r] = next;
      }
    }
#pragma unroll
    for (const std::uint32_t of_one : of_run) larger += of_one;
  }
  return larger;
}

// The same of a list in any order, by pairs.
__device__ inline std::uint32_t larger_of_pairs(shared::Address list, std::uint32_t count,
                                                RowCandidate candidate, std::uint32_t part,
                                                int part_bits) {
  constexpr std::uint32_t kPairBytes = 2 * sizeof(RowCandidate);
  const shared::Address end = list + padded(count) / 2 * kPairBytes;
  std::uint32_t larger = 0;
#pragma unroll 2
  for (shared::Address at = list + part * kPairBytes; at < end; at += kPairBytes << part_bits) {
    const longlong2 pair = shared::load_pair(at);
    larger += (pair.x > candidate) + (pair.y > candidate);
  }
  return larger;
}

// A warp that has no candidate of its own leaves the multiprocessor to the others.
__device__ inline std::uint32_t first_of_warp() { return threadIdx.x / 32 * 32; }

// Calls visit(rank, candidate, part, parts) for each candidate of a list, where its rank is the
// number of larger ones, by as many threads (a power of two) as there are to spare. All threads
// call. O(count^2 / threads) of a short list, O(count^2 / run * log(run) / threads) of a long one,
// whose runs are then in order.
template <bool kLongLists, class Visit>
__device__ void for_each_in_order(shared::Address list, std::uint32_t count, Visit visit) {
  const int spare_bits = 31 - __clz(static_cast<int>(blockDim.x)) - bits_to_hold(count);
  const int part_bits = min(max(spare_bits, 0), 5);
  const std::uint32_t part = threadIdx.x & ((1u << part_bits) - 1);
  const bool in_runs = kLongLists && count >> (1 + part_bits) > kMostPairsCounted;
  if (in_runs) sort_runs(list, count);
#pragma unroll 1
  for (std::uint32_t begin = first_of_warp() >> part_bits; begin < count;
       begin += blockDim.x >> part_bits) {
    const std::uint32_t i = begin + (static_cast<std::uint32_t>(lane_id()) >> part_bits);
    const RowCandidate mine = i < count
                                  ? shared::load<RowCandidate>(list + i * sizeof(RowCandidate))
                                  : Packing<RowCandidate>::greatest;
    std::uint32_t larger = in_runs ? larger_of_runs(list, count, mine, part, 1u << part_bits)
                                   : larger_of_pairs(list, count, mine, part, part_bits);
#pragma unroll 1
    for (int bit = 0; bit < part_bits; ++bit) larger += __shfl_xor_sync(~0u, larger, 1 << bit);
    if (i < count) visit(larger, mine, part, 1u << part_bits);
  }
}

// One step of bisection for the number of candidates of a descending list that are larger: at least
// `rank`, and less than `rank` + 2 `step`.
__device__ inline void advance_rank(std::uint32_t& rank, std::uint32_t step, shared::Address list,
                                    std::uint32_t count, RowCandidate candidate) {
  const std::uint32_t next = rank + step;
  if (next > count) return;
  if (shared::load<RowCandidate>(list + (next - 1) * sizeof(RowCandidate)) > candidate) rank = next;
}
__device__ inline std::uint32_t first_step(std::uint32_t count) {
  return count == 0 ? 0 : 1u << (31 - __clz(static_cast<int>(count)));
}

// How many candidates of a descending list are larger.
__device__ inline std::uint32_t bisected_rank(shared::Address list, std::uint32_t count,
                                              RowCandidate candidate) {
  std::uint32_t rank = 0;
#pragma unroll 1
  for (std::uint32_t step = first_step(count); step > 0; step /= 2)
    advance_rank(rank, step, list, count, candidate);
  return rank;
}

// How many candidates of all lists are larger, known to all threads, of which each looks at
// candidates of one list.
template <class Lists>
__device__ std::uint32_t count_larger(const Lists& lists, std::uint32_t list, std::uint32_t count,
                                      RowCandidate candidate) {
  const std::uint32_t longest = __reduce_max_sync(~0u, count);
  const std::uint32_t at_once = blockDim.x >> lists.bits();
  std::uint32_t larger = 0;
#pragma unroll 1
  for (std::uint32_t begin = 0; begin < longest; begin += at_once) {
    const std::uint32_t i = begin + (threadIdx.x >> lists.bits());
    const bool is_larger =
        i < count &&
        shared::load<RowCandidate>(lists.address(list) + i * sizeof(RowCandidate)) > candidate;
    larger += static_cast<std::uint32_t>(__syncthreads_count(is_larger));
  }
  return larger;
}

// Calls write(rank, candidate) for those of the list `own` that are among the k best of all lists,
// provided that at least k candidates reach `key`; returns whether they do, to all threads alike.
// Lists are a power of two in number, no more than a warp has lanes, and descending where
// lists.in_order(count) says so: lists.bits(), lists.count(i), lists.address(i). A thread looks for
// one candidate in one list.
// O(own * lists * log(list) / threads).
template <class Lists, class Write>
__device__ bool write_merged(const Lists& lists, std::uint32_t own, std::uint32_t k,
                             std::int32_t key, Write write) {
  const int bits = lists.bits();
  const std::uint32_t list = threadIdx.x & ((1u << bits) - 1);
  const std::uint32_t count = lists.count(list);
  const std::uint32_t own_count = lists.count(own);
  // No index is so large, so that every candidate with that key is larger.
  const RowCandidate below = Packing<RowCandidate>::pack(key, UINT32_MAX);
  const bool complete = count_larger(lists, list, count, below) >= k;
#pragma unroll 1
  for (std::uint32_t begin = first_of_warp() >> bits; begin < own_count;
       begin += blockDim.x >> bits) {
    const std::uint32_t i = begin + (static_cast<std::uint32_t>(lane_id()) >> bits);
    const RowCandidate mine =
        i < own_count ? shared::load<RowCandidate>(lists.address(own) + i * sizeof(RowCandidate))
                      : Packing<RowCandidate>::greatest;
    std::uint32_t larger = lists.in_order(count) ? bisected_rank(lists.address(list), count, mine)
                                                 : larger_of_list(lists.address(list), count, mine);
#pragma unroll
    for (int bit = 0; bit < 4; ++bit) {
      if (bit < bits) larger += __shfl_xor_sync(~0u, larger, 1 << bit);
    }
    if (list == 0 && i < own_count && complete && larger < k) write(larger, mine);
  }
  return complete;
}

}  // namespace skim::cuda
