// Lists of distinct candidates in shared memory: their k-th largest, cutting them to k, ordering.
#pragma once

#include <cstdint>
#include <type_traits>

#include "cuda/block.cuh"
#include "order/candidate.h"

namespace skim::cuda {

inline constexpr int kBins = 256;

struct CutScratch {
  std::uint32_t bins[kBins];
  std::uint32_t kept;
  std::uint32_t bin;    // that holds the k-th largest
  std::uint32_t above;  // elements in the bins over it
  std::uint32_t in_bin;
};

template <class Candidate>
using Unsigned = std::conditional_t<sizeof(Candidate) == 16, UInt128, std::uint64_t>;

template <class Candidate>
__device__ Candidate lesser(Candidate a, Candidate b) {
  return b < a ? b : a;
}
template <class Candidate>
__device__ Candidate greater(Candidate a, Candidate b) {
  return a < b ? b : a;
}

template <class Candidate>
__device__ int significant_bits(Unsigned<Candidate> value) {
  if constexpr (sizeof(Candidate) == 16) {
    const auto high = static_cast<std::uint64_t>(value >> 64);
    if (high != 0) return 128 - __clzll(static_cast<long long>(high));
  }
  return 64 - __clzll(static_cast<long long>(static_cast<std::uint64_t>(value)));
}

template <class Candidate>
__device__ Candidate shuffled(Candidate value, int offset) {
  if constexpr (sizeof(Candidate) == 16) {
    const auto high = __shfl_xor_sync(~0u, static_cast<std::int64_t>(value >> 64), offset);
    const auto low = __shfl_xor_sync(~0u, static_cast<std::uint64_t>(value), offset);
    return static_cast<Candidate>(static_cast<UInt128>(high) << 64 | low);
  } else {
    return __shfl_xor_sync(~0u, value, offset);
  }
}

// The warp finds the bin of the k-th largest: lane l looks at kBins / 32 bins from the top.
__device__ inline void find_bin(CutScratch& scratch, std::uint32_t k) {
  constexpr int kPerLane = kBins / 32;
  const int top = kBins - 1 - lane_id() * kPerLane;
  std::uint32_t sum = 0;
  for (int i = 0; i < kPerLane; ++i) sum += scratch.bins[top - i];
  std::uint32_t through = sum;
  for (int offset = 1; offset < 32; offset *= 2) {
    const std::uint32_t before = __shfl_up_sync(~0u, through, offset);
    if (lane_id() >= offset) through += before;
  }
  std::uint32_t above = through - sum;
  if (above >= k || through < k) return;
  int bin = top;
  while (above + scratch.bins[bin] < k) above += scratch.bins[bin--];
  scratch.bin = static_cast<std::uint32_t>(bin);
  scratch.above = above;
  scratch.in_bin = scratch.bins[bin];
}

template <class Candidate>
struct Range {
  Candidate low;
  Candidate high;
};

template <class Candidate>
__device__ Range<Candidate> range_of(const Candidate* list, std::uint32_t count,
                                     Candidate* extremes /* 2 a warp */) {
  Candidate low = Packing<Candidate>::greatest;
  Candidate high = Packing<Candidate>::least;
  for (std::uint32_t i = threadIdx.x; i < count; i += blockDim.x) {
    low = lesser(low, list[i]);
    high = greater(high, list[i]);
  }
  for (int offset = 16; offset > 0; offset /= 2) {
    low = lesser(low, shuffled(low, offset));
    high = greater(high, shuffled(high, offset));
  }
  if (lane_id() == 0) {
    extremes[2 * warp_id()] = low;
    extremes[2 * warp_id() + 1] = high;
  }
  __syncthreads();
  for (int warp = 0; warp < warp_count(); ++warp) {
    low = lesser(low, extremes[2 * warp]);
    high = greater(high, extremes[2 * warp + 1]);
  }
  __syncthreads();
  return {low, high};
}

template <class Candidate>
struct ListScratch {
  CutScratch cut;
  Candidate extremes[2 * kMostWarps];
};

// A number that exactly k of the distinct candidates reach, 1 <= k <= count. Each round spreads
// what is left of their range over the bins: four rounds for 32 bits that differ, one for eight.
template <class Candidate>
__device__ Candidate bound_of_best(const Candidate* list, std::uint32_t count, std::uint32_t k,
                                   ListScratch<Candidate>& scratch) {
  using Wide = Unsigned<Candidate>;
  auto [low, high] = range_of(list, count, scratch.extremes);
  while (low != high) {
    const Wide range = static_cast<Wide>(high) - static_cast<Wide>(low);
    const int shift = max(significant_bits<Candidate>(range) - 8, 0);
    for (int bin = static_cast<int>(threadIdx.x); bin < kBins; bin += static_cast<int>(blockDim.x))
      scratch.cut.bins[bin] = 0;
    __syncthreads();
    for (std::uint32_t i = threadIdx.x; i < count; i += blockDim.x) {
      const Candidate candidate = list[i];
      if (candidate < low || candidate > high) continue;
      const Wide above_low = static_cast<Wide>(candidate) - static_cast<Wide>(low);
      atomicAdd(&scratch.cut.bins[static_cast<std::uint32_t>(above_low >> shift)], 1u);
    }
    __syncthreads();
    if (warp_id() == 0) find_bin(scratch.cut, k);
    __syncthreads();
    const Wide first = static_cast<Wide>(low) + (Wide{scratch.cut.bin} << shift);
    const Wide last_of_bin = (Wide{1} << shift) - 1;
    low = static_cast<Candidate>(first);
    // By distances: the bin may end beyond the greatest number.
    if (static_cast<Wide>(high) - first > last_of_bin)
      high = static_cast<Candidate>(first + last_of_bin);
    k -= scratch.cut.above;
    const bool separated = k == scratch.cut.in_bin;
    __syncthreads();
    if (separated) break;
  }
  return low;
}

// Keeps the candidates that reach `bound`, in any order; returns how many. In place: a slot that is
// written has been read by then.
template <class Candidate>
__device__ std::uint32_t keep_reaching(Candidate* list, std::uint32_t count, Candidate bound,
                                       CutScratch& scratch) {
  if (threadIdx.x == 0) scratch.kept = 0;
  for (std::uint32_t begin = 0; begin < count; begin += blockDim.x) {
    const std::uint32_t i = begin + threadIdx.x;
    const Candidate candidate = i < count ? list[i] : Candidate{0};
    const bool keep = i < count && candidate >= bound;
    __syncthreads();
    if (keep) list[atomicAdd(&scratch.kept, 1u)] = candidate;
  }
  __syncthreads();
  return scratch.kept;
}

// Calls write(rank, candidate) for the k best of a list, by counting what is larger. Threads to
// spare share the count of one candidate. O(count^2 / threads).
template <class Candidate, class Write>
__device__ void write_counted(const Candidate* list, std::uint32_t count, std::uint32_t k,
                              Write write) {
  std::uint32_t parts = 1;
  while (parts < 32 && count * parts * 2 <= blockDim.x) parts *= 2;
  const std::uint32_t part = threadIdx.x % parts;
  for (std::uint32_t begin = 0; begin < count; begin += blockDim.x / parts) {
    const std::uint32_t i = begin + threadIdx.x / parts;
    const Candidate mine = i < count ? list[i] : Packing<Candidate>::greatest;
    std::uint32_t rank = 0;
#pragma unroll 4
    for (std::uint32_t j = part; j < count; j += parts) rank += list[j] > mine;
    for (std::uint32_t offset = 1; offset < parts; offset *= 2)
      rank += __shfl_xor_sync(~0u, rank, offset);
    if (i < count && part == 0 && rank < k) write(rank, mine);
  }
}

// Descending, by Batcher's bitonic network (Sorting networks and their applications, 1968); `list`
// has room up to the next power of two. O(count log^2 count / threads).
template <class Candidate>
__device__ void sort_descending(Candidate* list, std::uint32_t count) {
  std::uint32_t size = 1;
  while (size < count) size *= 2;
  for (std::uint32_t i = count + threadIdx.x; i < size; i += blockDim.x)
    list[i] = Packing<Candidate>::least;
  __syncthreads();
  for (std::uint32_t run = 2; run <= size; run *= 2) {
    for (std::uint32_t distance = run / 2; distance > 0; distance /= 2) {
      for (std::uint32_t pair = threadIdx.x; pair < size / 2; pair += blockDim.x) {
        const std::uint32_t i = pair / distance * distance * 2 + pair % distance;
        const Candidate a = list[i];
        const Candidate b = list[i + distance];
        const bool descending = (i & run) == 0;
        if ((a < b) == descending) {
          list[i] = b;
          list[i + distance] = a;
        }
      }
      __syncthreads();
    }
  }
}

// Calls write(rank, candidate) for the k best of a list with room up to the next power of two.
template <class Candidate, class Write>
__device__ void write_best(Candidate* list, std::uint32_t count, std::uint32_t k,
                           ListScratch<Candidate>& scratch, Write write) {
  if (count > k && count > blockDim.x) {
    const Candidate bound = bound_of_best(list, count, k, scratch);
    count = keep_reaching(list, count, bound, scratch.cut);
  }
  if (count <= 2 * blockDim.x) return write_counted(list, count, k, write);
  sort_descending(list, count);
  for (std::uint32_t rank = threadIdx.x; rank < k; rank += blockDim.x) write(rank, list[rank]);
}

}  // namespace skim::cuda
