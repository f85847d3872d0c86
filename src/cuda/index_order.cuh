// After an algorithm whose results stand by value: those of each row in ascending order of index,
// in place, a CTA a row. Only then are indices transformed, for transformed ones need not ascend.
#pragma once

#include <cstdint>

#include "cuda/arguments.h"
#include "cuda/candidate_list.cuh"
#include "cuda/row.cuh"
#include "cuda/writer.cuh"
#include "skim/topk.h"

namespace skim::cuda {

inline constexpr int kIndexOrderThreads = 512;
inline constexpr int kMostOrdered = static_cast<int>(kSortedLimit);

// An index in the place of a key, and the rank of its result in that of an index.
__device__ inline std::int64_t ordered_pair(std::int64_t index, std::uint32_t rank) {
  return Packing<std::int64_t>::pack(INT32_MAX - index, rank);  // the lowest index is the largest
}
__device__ inline std::int64_t index_of_pair(std::int64_t pair) {
  return INT32_MAX - Packing<std::int64_t>::key(pair);
}

__device__ inline std::int64_t written_index(const TopkArguments& arguments, std::int64_t row,
                                             std::uint32_t rank) {
  const std::int64_t at = row * arguments.indices_stride + rank;
  if (arguments.long_indices) return static_cast<const std::int64_t*>(arguments.indices)[at];
  return static_cast<const std::int32_t*>(arguments.indices)[at];
}

template <DType kDType, bool kLargest>
__global__ void __launch_bounds__(kIndexOrderThreads)
    index_order_kernel(const __grid_constant__ TopkArguments arguments) {
  using Key = typename KeyOrder<kDType>::Key;
  constexpr int kOfThread = kMostOrdered / kIndexOrderThreads;
  __shared__ std::int64_t pairs[kMostOrdered];
  const std::int64_t row = arguments.first_row + std::int64_t{blockIdx.x};
  const auto count = static_cast<std::uint32_t>(min(arguments.k, row_cols(arguments, row)));
  for (std::uint32_t rank = threadIdx.x; rank < count; rank += blockDim.x)
    pairs[rank] = ordered_pair(written_index(arguments, row, rank), rank);
  __syncthreads();
  sort_descending(pairs, count);
  const auto* const values =
      static_cast<const Key*>(arguments.values) + row * arguments.values_stride;
  Key own[kOfThread];
#pragma unroll
  for (int i = 0; i < kOfThread; ++i) {
    const std::uint32_t rank = static_cast<std::uint32_t>(i) * blockDim.x + threadIdx.x;
    if (rank < count) own[i] = values[Packing<std::int64_t>::index(pairs[rank])];
  }
  __syncthreads();
  const Writer<kDType, kLargest> writer(arguments, row);
#pragma unroll
  for (int i = 0; i < kOfThread; ++i) {
    const std::uint32_t rank = static_cast<std::uint32_t>(i) * blockDim.x + threadIdx.x;
    if (rank < count) writer.put(rank, own[i], index_of_pair(pairs[rank]));
  }
}

}  // namespace skim::cuda
