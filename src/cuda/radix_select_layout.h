// What radix_select keeps where.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "cuda/layout.h"
#include "order/result_order.h"

namespace skim::cuda {

// What a row's kernels tell each other, and the k best on their way to being sorted.
struct RadixState {
  std::uint64_t threshold = 0;  // the k-th largest key as an unsigned number, its high digits first
  std::uint64_t wanted = 0;     // how many of the elements that share those digits are selected
};

inline constexpr int kDigitBits = 8;
inline constexpr int kDigits = 1 << kDigitBits;
inline constexpr int kRadixThreads = 256;

struct RadixLayout {
  std::size_t arrivals = 0;  // uint32 a row; arrivals, bins and states are zeroed by the launch
  std::size_t bins = 0;      // kDigits uint64 a row
  std::size_t states = 0;    // a row
  std::size_t counts = 0;    // two uint64 a CTA: elements above the threshold, and at it
  std::size_t keys = 0;      // one of two buffers; 0 where the results are not sorted
  std::size_t places = 0;    // one of two buffers: row and index of a key
  std::size_t sort_scratch = 0;

  constexpr std::size_t zeroed() const { return arrivals + bins + states; }
  constexpr std::size_t bytes() const {
    return zeroed() + counts + 2 * keys + 2 * places + sort_scratch;
  }
};

// Sort keys are of 32 bits for all narrower elements.
template <class Key>
using SortKeyOf = std::conditional_t<sizeof(Key) == 8, std::uint64_t, std::uint32_t>;
constexpr std::size_t sort_key_bytes(std::size_t element_bytes) {
  return element_bytes == 8 ? 8 : 4;
}

// An upper bound of what CUB's DeviceRadixSort asks for with DoubleBuffers (it keeps counters of
// 256 digits a tile of 1024 elements or more, and a pass); the launch checks it.
constexpr std::size_t sort_scratch_bytes(std::size_t count) {
  return round_up(2 * count + (std::size_t{1} << 20));
}

constexpr RadixLayout radix_layout(const TopkProblem& problem, const CudaGeometry& geometry) {
  const auto rows = static_cast<std::size_t>(problem.rows);
  RadixLayout layout;
  layout.arrivals = round_up(rows * sizeof(std::uint32_t));
  layout.bins = round_up(rows * kDigits * sizeof(std::uint64_t));
  layout.states = round_up(rows * sizeof(RadixState));
  layout.counts =
      round_up(rows * static_cast<std::size_t>(geometry.ctas) * 2 * sizeof(std::uint64_t));
  if (!ordered_by_value(problem)) return layout;
  const std::size_t results = rows * static_cast<std::size_t>(problem.k);
  layout.keys = round_up(results * sort_key_bytes(size_of(problem.dtype)));
  layout.places = round_up(results * sizeof(std::uint64_t));
  layout.sort_scratch = sort_scratch_bytes(results);
  return layout;
}

}  // namespace skim::cuda
