// Orders the results of radix_select by value: CUB's radix sort, twice.
#pragma once

#include <cstddef>
#include <cstdint>

namespace skim::cuda {

// `rows` times `per_row` keys with the place of each: the row in the high 32 bits, the index in the
// low ones, both ascending. Sorts each row's by key, largest first; equal keys keep their order.
// SortKey is std::uint32_t or std::uint64_t, of which `key_bits` count. Each pointer has two
// buffers; returns the places, in one of theirs. Enqueues only; throws DeviceError.
template <class SortKey>
const std::uint64_t* sort_rows(SortKey* const (&keys)[2], std::uint64_t* const (&places)[2],
                               std::int64_t rows, std::int64_t per_row, int key_bits, void* scratch,
                               std::size_t scratch_bytes, void* stream);

}  // namespace skim::cuda
