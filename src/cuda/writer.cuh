// Where a selection ends: results into the caller's memory. The other ends of the kernels are
// shaped alike: called with a rank and a candidate.
#pragma once

#include <cstdint>

#include "cuda/arguments.h"
#include "cuda/row.cuh"
#include "order/candidate.h"
#include "order/key_order.h"

namespace skim::cuda {

// What is written in place of an index of the row.
__device__ inline std::int64_t transformed_index(const TopkArguments& arguments, std::int64_t row,
                                                 std::int64_t index) {
  if (arguments.pages != nullptr) {
    const auto column = static_cast<std::uint32_t>(index);
    const std::uint32_t page_size = arguments.page_size;
    const std::int32_t page =
        __ldg(arguments.pages + row * arguments.pages_stride + column / page_size);
    return std::int64_t{page} * page_size + column % page_size;
  }
  const std::int64_t offset =
      arguments.long_offsets ? __ldg(static_cast<const std::int64_t*>(arguments.row_offsets) + row)
                             : __ldg(static_cast<const std::int32_t*>(arguments.row_offsets) + row);
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(offset) +
                                   static_cast<std::uint64_t>(index));
}

template <DType kDType, bool kLargest>
class Writer {
  using Order = KeyOrder<kDType>;
  using Key = typename Order::Key;
  using Candidate = CandidateFor<Key>;

 public:
  __device__ Writer(const TopkArguments& arguments, std::int64_t row)
      : arguments_(arguments), row_(row) {}

  __device__ void operator()(const Row<Key>& row, std::int64_t rank, Candidate candidate) const {
    const std::int64_t index = Packing<Candidate>::index(candidate);
    put(rank, bits_of(row, static_cast<Key>(Packing<Candidate>::key(candidate)), index), index);
  }

  // Where the row has fewer than k elements.
  __device__ void fill(std::int64_t first, std::int64_t last) const {
    for (std::int64_t rank = first + threadIdx.x; rank < last; rank += blockDim.x)
      put(rank, Order::template fill_bits<kLargest>(), -1);
  }

  __device__ void put(std::int64_t rank, Key bits, std::int64_t index) const {
    static_cast<Key*>(arguments_.values)[row_ * arguments_.values_stride + rank] = bits;
    const std::int64_t at = row_ * arguments_.indices_stride + rank;
    if (arguments_.transforms && index >= 0) index = transformed_index(arguments_, row_, index);
    if (arguments_.long_indices) {
      static_cast<std::int64_t*>(arguments_.indices)[at] = index;
    } else {
      static_cast<std::int32_t*>(arguments_.indices)[at] = static_cast<std::int32_t>(index);
    }
  }

 private:
  // Zeros and NaN share a key with other bits: those are read again.
  static __device__ Key bits_of(const Row<Key>& row, Key key, std::int64_t index) {
    if constexpr (Order::is_float) {
      constexpr Key kZero = order_key<kDType, kLargest>(Key{0});
      constexpr Key kNan = order_key<kDType, kLargest>(static_cast<Key>(Order::infinity + 1));
      if (key == kZero || key == kNan) return row.element(index);
    }
    return bits_of_key<kDType, kLargest>(key);
  }

  const TopkArguments& arguments_;
  std::int64_t row_;
};

}  // namespace skim::cuda
