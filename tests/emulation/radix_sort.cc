// Takes the place of src/cuda/radix_sort.cu, whose sort is CUB's.
#include "cuda/radix_sort.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace skim::cuda {

template <class SortKey>
const std::uint64_t* sort_rows(SortKey* const (&keys)[2], std::uint64_t* const (&places)[2],
                               std::int64_t rows, std::int64_t per_row, int, void*, std::size_t,
                               void*) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(per_row));
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t first = row * per_row;
    std::iota(order.begin(), order.end(), first);
    std::ranges::stable_sort(
        order, [&](std::int64_t a, std::int64_t b) { return keys[0][a] > keys[0][b]; });
    for (std::int64_t i = 0; i < per_row; ++i)
      places[1][first + i] = places[0][order[static_cast<std::size_t>(i)]];
  }
  return places[1];
}

template const std::uint64_t* sort_rows(std::uint32_t* const (&)[2], std::uint64_t* const (&)[2],
                                        std::int64_t, std::int64_t, int, void*, std::size_t, void*);
template const std::uint64_t* sort_rows(std::uint64_t* const (&)[2], std::uint64_t* const (&)[2],
                                        std::int64_t, std::int64_t, int, void*, std::size_t, void*);

}  // namespace skim::cuda
