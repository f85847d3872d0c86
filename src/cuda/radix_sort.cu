#include "cuda/radix_sort.h"

#include <bit>
#include <cub/device/device_radix_sort.cuh>

#include "cuda/runtime.h"

namespace skim::cuda {
namespace {

// The scratch that CUB asks for must fit what the plan set aside (layout.h).
template <class Sort>
void run_sort(Sort sort, void* scratch, std::size_t scratch_bytes) {
  std::size_t needed = 0;
  check(sort(nullptr, needed), "the size of cub::DeviceRadixSort's scratch");
  if (needed > scratch_bytes) {
    throw DeviceError("cub::DeviceRadixSort needs " + std::to_string(needed) +
                      " bytes of scratch, but the plan set " + std::to_string(scratch_bytes) +
                      " aside; this is a defect of skim, please report it");
  }
  check(sort(scratch, needed), "cub::DeviceRadixSort");
}

}  // namespace

template <class SortKey>
const std::uint64_t* sort_rows(SortKey* const (&keys)[2], std::uint64_t* const (&places)[2],
                               std::int64_t rows, std::int64_t per_row, int key_bits, void* scratch,
                               std::size_t scratch_bytes, void* stream) {
  const std::int64_t count = rows * per_row;
  const auto on = static_cast<cudaStream_t>(stream);
  cub::DoubleBuffer<SortKey> sorted_keys(keys[0], keys[1]);
  cub::DoubleBuffer<std::uint64_t> sorted_places(places[0], places[1]);
  run_sort(
      [&](void* memory, std::size_t& bytes) {
        return cub::DeviceRadixSort::SortPairsDescending(memory, bytes, sorted_keys, sorted_places,
                                                         count, 0, key_bits, on);
      },
      scratch, scratch_bytes);
  if (rows == 1) return sorted_places.Current();
  // Both sorts are stable, so bringing the rows together leaves each row's order as it is.
  const int row_bits = std::bit_width(static_cast<std::uint64_t>(rows - 1));
  run_sort(
      [&](void* memory, std::size_t& bytes) {
        return cub::DeviceRadixSort::SortKeys(memory, bytes, sorted_places, count, 32,
                                              32 + row_bits, on);
      },
      scratch, scratch_bytes);
  return sorted_places.Current();
}

template const std::uint64_t* sort_rows(std::uint32_t* const (&)[2], std::uint64_t* const (&)[2],
                                        std::int64_t, std::int64_t, int, void*, std::size_t, void*);
template const std::uint64_t* sort_rows(std::uint64_t* const (&)[2], std::uint64_t* const (&)[2],
                                        std::int64_t, std::int64_t, int, void*, std::size_t, void*);

}  // namespace skim::cuda
