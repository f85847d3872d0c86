// Any k: the k-th largest key of each row digit by digit, from counts over the whole row (Merrill
// and Garland's radix sort, used to select); then one pass that writes what lies above it, and the
// first ties, in order of index. Where results are wanted by value, a stable radix sort follows
// (radix_sort.cu). Every kernel runs over all CTAs of all rows; the last one of a row draws the
// conclusion for the row.
#pragma once

#include <cstdint>
#include <cub/block/block_scan.cuh>
#include <type_traits>

#include "cuda/arguments.h"
#include "cuda/block.cuh"
#include "cuda/radix_select_layout.h"
#include "cuda/row.cuh"
#include "cuda/writer.cuh"

namespace skim::cuda {

// Places in the workspace (radix_select_layout.h).
struct RadixPlaces {
  std::uint32_t* arrivals = nullptr;
  unsigned long long* bins = nullptr;
  RadixState* states = nullptr;
  unsigned long long* counts = nullptr;
  void* keys = nullptr;  // null: results go straight to the caller
  std::uint64_t* places = nullptr;
};

// Keys as unsigned numbers of the same order, because digits have no sign.
template <class Key>
__device__ std::uint64_t unsigned_key(Key key) {
  using Bits = std::make_unsigned_t<Key>;
  constexpr Bits kSign = static_cast<Bits>(Bits{1} << (8 * sizeof(Key) - 1));
  return static_cast<Bits>(static_cast<Bits>(key) ^ kSign);
}
template <class Key>
__device__ Key signed_key(std::uint64_t number) {
  using Bits = std::make_unsigned_t<Key>;
  constexpr Bits kSign = static_cast<Bits>(Bits{1} << (8 * sizeof(Key) - 1));
  return static_cast<Key>(static_cast<Bits>(number) ^ kSign);
}

struct RadixCta {
  std::int64_t row;
  std::uint32_t rank;
  std::uint32_t ctas;

  __device__ explicit RadixCta(const TopkArguments& arguments)
      : row(arguments.first_row + blockIdx.x),
        rank(blockIdx.y),
        ctas(static_cast<std::uint32_t>(arguments.ctas)) {}

  // Vectors of a row are shared out as runs, so that the ranks ascend as the indices do.
  __device__ std::uint32_t run(std::uint32_t count) const {
    const std::uint32_t share = (count + ctas - 1) / ctas;
    return (share + blockDim.x - 1) / blockDim.x * blockDim.x;
  }

  // True in the last CTA of the row, for all its threads.
  __device__ bool is_last(std::uint32_t* arrivals) const {
    __shared__ bool last;
    __threadfence();
    __syncthreads();
    if (threadIdx.x == 0) last = atomicAdd(&arrivals[row], 1u) == ctas - 1;
    __syncthreads();
    if (last) __threadfence();
    return last;
  }
};

// Calls visit(vector number, vector) for this thread's vectors of the CTA's run, in rounds that all
// threads make together; past the end of the row the vector is `padding`.
template <class Key, class Visit>
__device__ void for_each_vector(const Row<Key>& row, const RadixCta& cta, Visit visit) {
  const std::uint32_t count = row.vector_count();
  const std::uint64_t first = std::uint64_t{cta.run(count)} * cta.rank;
  const std::uint64_t end = min(first + cta.run(count), std::uint64_t{count});
  for (std::uint64_t at = first; at < end; at += blockDim.x) {
    const auto vector = static_cast<std::uint32_t>(at + threadIdx.x);
    visit(vector, row.load(vector, Key{0}), row.held(vector));
  }
}

// The digit of the k-th largest: bins from the top until they hold enough. One warp would do; one
// thread a bin adds up all bins above its own, which is short beside the pass.
template <int kShift>
__device__ void choose_digit(unsigned long long* bins, RadixState& state) {
  __shared__ unsigned long long of_digit[kDigits];
  const std::uint64_t wanted = state.wanted;
  of_digit[threadIdx.x] = __ldcg(bins + threadIdx.x);
  __syncthreads();
  std::uint64_t above = 0;
  for (int digit = kDigits - 1; digit > static_cast<int>(threadIdx.x); --digit)
    above += of_digit[digit];
  if (above < wanted && above + of_digit[threadIdx.x] >= wanted) {
    state.threshold |= std::uint64_t{threadIdx.x} << kShift;
    state.wanted = wanted - above;
  }
  bins[threadIdx.x] = 0;
}

template <DType kDType, bool kLargest, int kShift>
__global__ void __launch_bounds__(kRadixThreads)
    count_digits_kernel(const __grid_constant__ TopkArguments arguments, const RadixPlaces places) {
  using Key = typename KeyOrder<kDType>::Key;
  constexpr bool kFirst = kShift + kDigitBits == 8 * static_cast<int>(sizeof(Key));
  __shared__ std::uint32_t bins[kDigits];
  static_assert(kDigits == kRadixThreads, "a thread a digit");
  const RadixCta cta(arguments);
  const Row<Key> row(arguments, cta.row);
  RadixState& state = places.states[cta.row];
  const std::uint64_t threshold = kFirst ? 0 : state.threshold;
  bins[threadIdx.x] = 0;
  __syncthreads();
  for_each_vector(row, cta, [&](std::uint32_t, const uint4& vector, std::uint32_t held) {
#pragma unroll
    for (int e = 0; e < Row<Key>::kPerVector; ++e) {
      const Key key = order_key<kDType, kLargest>(element_of<Key>(vector, e));
      const std::uint64_t number = unsigned_key(key);
      bool counts = (held >> e & 1) != 0;
      if constexpr (!kFirst) counts &= (number ^ threshold) >> (kShift + kDigitBits) == 0;
      if (counts) atomicAdd(&bins[number >> kShift & (kDigits - 1)], 1u);
    }
  });
  __syncthreads();
  unsigned long long* const of_row = places.bins + cta.row * kDigits;
  if (bins[threadIdx.x] != 0) atomicAdd(&of_row[threadIdx.x], bins[threadIdx.x]);
  if (!cta.is_last(places.arrivals)) return;
  if (kFirst && threadIdx.x == 0)
    state.wanted = static_cast<std::uint64_t>(min(arguments.k, row.length()));
  __syncthreads();
  choose_digit<kShift>(of_row, state);
  if (threadIdx.x == 0) places.arrivals[cta.row] = 0;
}

// Elements above the threshold and at it, before each CTA of a row.
template <DType kDType, bool kLargest>
__global__ void __launch_bounds__(kRadixThreads)
    count_selected_kernel(const __grid_constant__ TopkArguments arguments,
                          const RadixPlaces places) {
  using Key = typename KeyOrder<kDType>::Key;
  __shared__ BlockSumScratch scratch;
  const RadixCta cta(arguments);
  const Row<Key> row(arguments, cta.row);
  const std::uint64_t threshold = places.states[cta.row].threshold;
  std::uint32_t above = 0;
  std::uint32_t ties = 0;
  for_each_vector(row, cta, [&](std::uint32_t, const uint4& vector, std::uint32_t held) {
#pragma unroll
    for (int e = 0; e < Row<Key>::kPerVector; ++e) {
      const std::uint64_t number =
          unsigned_key(order_key<kDType, kLargest>(element_of<Key>(vector, e)));
      const bool is_held = (held >> e & 1) != 0;
      above += is_held && number > threshold;
      ties += is_held && number == threshold;
    }
  });
  BlockSum sum(scratch);
  above = sum(above);
  ties = sum(ties);
  unsigned long long* const of_row = places.counts + 2 * cta.row * cta.ctas;
  if (threadIdx.x == 0) {
    of_row[2 * cta.rank] = above;
    of_row[2 * cta.rank + 1] = ties;
  }
  if (!cta.is_last(places.arrivals)) return;
  if (threadIdx.x < 2) {  // one thread sums those above, one the ties
    std::uint64_t before = 0;
    for (std::uint32_t other = 0; other < cta.ctas; ++other) {
      const std::uint64_t count = __ldcg(of_row + 2 * other + threadIdx.x);
      of_row[2 * other + threadIdx.x] = before;
      before += count;
    }
  }
}

// A selected element goes to the caller, or on its way to the sort.
template <DType kDType, bool kLargest>
__device__ void put_selected(const TopkArguments& arguments, const RadixPlaces& places,
                             const Row<typename KeyOrder<kDType>::Key>& row,
                             std::int64_t row_number, std::uint64_t position, std::uint64_t number,
                             std::uint32_t index) {
  using Key = typename KeyOrder<kDType>::Key;
  if (places.keys == nullptr) {
    const Writer<kDType, kLargest> writer(arguments, row_number);
    writer.put(static_cast<std::int64_t>(position), row.element(index), index);
    return;
  }
  using SortKey = SortKeyOf<Key>;
  const std::uint64_t at = static_cast<std::uint64_t>(row_number * arguments.k) + position;
  static_cast<SortKey*>(places.keys)[at] = static_cast<SortKey>(number);
  places.places[at] = static_cast<std::uint64_t>(row_number) << 32 | index;
}

// What follows the elements of a row that is shorter than k: sorts behind everything.
template <DType kDType, bool kLargest>
__device__ void put_missing(const TopkArguments& arguments, const RadixPlaces& places,
                            std::int64_t row_number, std::int64_t length) {
  if (places.keys == nullptr) {
    Writer<kDType, kLargest>(arguments, row_number).fill(length, arguments.k);
    return;
  }
  using Key = typename KeyOrder<kDType>::Key;
  using SortKey = SortKeyOf<Key>;
  for (std::int64_t rank = length + threadIdx.x; rank < arguments.k; rank += blockDim.x) {
    const std::int64_t at = row_number * arguments.k + rank;
    static_cast<SortKey*>(places.keys)[at] = 0;
    places.places[at] = static_cast<std::uint64_t>(row_number) << 32;
  }
}

template <DType kDType, bool kLargest>
__global__ void __launch_bounds__(kRadixThreads)
    collect_kernel(const __grid_constant__ TopkArguments arguments, const RadixPlaces places) {
  using Key = typename KeyOrder<kDType>::Key;
  using Scan = cub::BlockScan<std::uint32_t, kRadixThreads>;
  constexpr int kPerVector = Row<Key>::kPerVector;
  __shared__ typename Scan::TempStorage scan_storage;
  const RadixCta cta(arguments);
  const Row<Key> row(arguments, cta.row);
  const RadixState state = places.states[cta.row];
  const unsigned long long* const before = places.counts + 2 * (cta.row * cta.ctas + cta.rank);
  std::uint64_t above_before = before[0];
  std::uint64_t ties_before = before[1];
  for_each_vector(row, cta, [&](std::uint32_t vector, const uint4& bits, std::uint32_t held) {
    std::uint64_t numbers[kPerVector];
    std::uint32_t own = 0;  // above in the low half, ties in the high half
#pragma unroll
    for (int e = 0; e < kPerVector; ++e) {
      numbers[e] = unsigned_key(order_key<kDType, kLargest>(element_of<Key>(bits, e)));
      if ((held >> e & 1) == 0) continue;
      own += (numbers[e] > state.threshold) + ((numbers[e] == state.threshold) << 16);
    }
    std::uint32_t of_threads_before = 0;
    std::uint32_t of_all = 0;
    Scan(scan_storage).ExclusiveSum(own, of_threads_before, of_all);
    __syncthreads();
    std::uint64_t above = above_before + (of_threads_before & 0xffff);
    std::uint64_t ties = ties_before + (of_threads_before >> 16);
#pragma unroll
    for (int e = 0; e < kPerVector; ++e) {
      if ((held >> e & 1) == 0) continue;
      const bool is_above = numbers[e] > state.threshold;
      const bool is_tie = numbers[e] == state.threshold;
      if (is_above || (is_tie && ties < state.wanted)) {
        const std::uint64_t position = above + min(ties, state.wanted);
        put_selected<kDType, kLargest>(arguments, places, row, cta.row, position, numbers[e],
                                       row.index_of(vector, e));
      }
      above += is_above;
      ties += is_tie;
    }
    above_before += of_all & 0xffff;
    ties_before += of_all >> 16;
  });
  if (cta.rank == 0) put_missing<kDType, kLargest>(arguments, places, cta.row, row.length());
}

// After the sort: a thread a result.
template <DType kDType, bool kLargest>
__global__ void __launch_bounds__(kRadixThreads)
    write_sorted_kernel(const __grid_constant__ TopkArguments arguments,
                        const std::uint64_t* places) {
  using Key = typename KeyOrder<kDType>::Key;
  const std::int64_t results = arguments.rows * arguments.k;
  const std::int64_t step = std::int64_t{gridDim.x} * blockDim.x;
  for (std::int64_t at = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x; at < results;
       at += step) {
    const std::int64_t row_number = at / arguments.k;
    const std::int64_t rank = at % arguments.k;
    const Row<Key> row(arguments, row_number);
    const Writer<kDType, kLargest> writer(arguments, row_number);
    if (rank >= row.length()) {
      writer.put(rank, KeyOrder<kDType>::template fill_bits<kLargest>(), -1);
      continue;
    }
    const auto index = static_cast<std::uint32_t>(places[at]);
    writer.put(rank, row.element(index), index);
  }
}

}  // namespace skim::cuda
