// A few lanes of a warp share a row. It is cut into groups of neighbouring elements, and sorting
// networks in registers find the k groups whose best elements are best, ties in the order of the
// groups. The k best elements are in them: any other element has k better ones before it, the best
// of each of those groups. These groups are read again and their elements sorted.
//
// No step depends on the data, so all rows take equally long, but for one of f32: its groups are
// ordered by keys without their last bits, and again by whole keys where those do not decide.
#pragma once

#include <cstdint>

#include "cuda/cluster.cuh"
#include "cuda/phase_clock.cuh"
#include "cuda/register_groups.cuh"
#include "cuda/writer.cuh"

namespace skim::cuda {

// Padding in front of the row's first element comes last, though its places are the lowest.
template <class Shape, class List>
__device__ void put_front_last(List& elements, const int (&places)[Shape::kResults], int lead) {
  if (__builtin_expect(lead == 0, 1)) return;
#pragma unroll
  for (int i = 0; i < Shape::kResults; ++i) {
#pragma unroll
    for (int e = 0; e < Shape::kGroup; ++e) {
      if (places[i] + e < lead) elements.at[i * Shape::kGroup + e] = List::kLeast;
    }
  }
}

template <class Shape>
__device__ auto elements_of(const typename Shape::Row& row, const GroupNumbers<Shape>& groups) {
  using Composite = typename Shape::Composite;
  using Keys = WordKeys<Shape::kDType, Shape::kLargest>;
  constexpr int kGroup = Shape::kGroup;
  int places[Shape::kResults];
#pragma unroll
  for (int i = 0; i < Shape::kResults; ++i) places[i] = groups.at[i] * kGroup;
  std::uint32_t words[Shape::kResults][kGroup / Shape::kPerWord];
  row.template load_parts<kGroup>(words, places);

  List<typename Composite::Type, Shape::kResults * kGroup> elements;
#pragma unroll
  for (int i = 0; i < Shape::kResults; ++i) {
    const std::uint32_t last = ~static_cast<std::uint32_t>(places[i] + kGroup - 1);
#pragma unroll
    for (int e = 0; e < kGroup; ++e) {
      const std::uint32_t tag = last | static_cast<std::uint32_t>(kGroup - 1 - e);
      elements.at[i * kGroup + e] = Composite::make(Keys::of(words[i][e / Shape::kPerWord]),
                                                    e % Shape::kPerWord, tag & Composite::kNumbers);
    }
  }
  put_front_last<Shape>(elements, places, row.lead());
  return elements;
}

template <class Shape, class List>
__device__ auto best_elements(const List& elements) {
  ForgetDropped<typename Shape::Composite::Type> dropped;
  return merge_lanes<Shape::kLanes, Shape::kMost>(best_values<Shape::kMost>(elements, dropped),
                                                  dropped);
}

template <class Shape, class List>
__device__ void write_results(const TopkArguments& arguments, std::int64_t row_number,
                              const typename Shape::Row& row, const List& best) {
  using Composite = typename Shape::Composite;
  using Keys = WordKeys<Shape::kDType, Shape::kLargest>;
  using Key = typename Shape::Key;
  const Writer<Shape::kDType, Shape::kLargest> writer(arguments, row_number);
  const int k = static_cast<int>(arguments.k);
#pragma unroll
  for (int i = 0; i < Shape::kResults; ++i) {
    const int rank = i * Shape::kLanes + Shape::lane();
    if (rank >= k) return;
    const auto place = static_cast<int>(~Composite::tag(best.at[i]) & Composite::kNumbers);
    int column = place - row.lead();
    const std::int32_t key = Composite::key(best.at[i]);
    auto bits = static_cast<Key>(Keys::bits_of(key));
    if (rank >= row.length()) {
      column = -1;
      bits = Shape::Order::template fill_bits<Shape::kLargest>();
    } else if (Keys::has_lost_bits(key)) {
      bits = row.element(column);
    }
    writer.put(rank, bits, column);
  }
}

enum class RegisterSortPhase : std::uint8_t {
  load,
  sort_groups,
  read_groups,
  sort_elements,
  write
};
inline constexpr const char* kRegisterSortPhases[] = {"load", "sort_groups", "read_groups",
                                                      "sort_elements", "write"};

template <class Shape, class Clock>
__device__ auto best_of_row(const typename Shape::Row& row, const uint4 (&vectors)[Shape::kVectors],
                            Clock& clock) {
  if constexpr (Shape::kGroup == 1) {
    const auto best = sort_groups<Shape>(vectors, row.lead());
    clock.end(RegisterSortPhase::sort_elements);
    return best;
  } else {
    const GroupNumbers<Shape> groups = best_groups<Shape>(vectors, row.lead());
    clock.end(RegisterSortPhase::sort_groups);
    const auto elements = elements_of<Shape>(row, groups);
    clock.end(RegisterSortPhase::read_groups);
    const auto best = best_elements<Shape>(elements);
    clock.end(RegisterSortPhase::sort_elements);
    return best;
  }
}

template <DType kDType, bool kLargest, int kShape, class Clock>
__global__ void __launch_bounds__(kMostRegisterSortThreads)
    register_sort_kernel(const __grid_constant__ TopkArguments arguments) {
  using Shape = RegisterSort<kDType, kLargest, kShape>;
  Clock clock;
  const std::int64_t number =
      arguments.first_row + (std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x) / Shape::kLanes;
  const bool exists = number < arguments.rows;
  wait_for_previous_kernel();
  // Lanes without a row look at the last one, for the others to exchange with them.
  const typename Shape::Row row(arguments, exists ? number : arguments.rows - 1, Shape::kPadding);
  uint4 vectors[Shape::kVectors];
  row.load(vectors, Shape::lane(), Shape::kLanes);
  clock.end(RegisterSortPhase::load);
  const auto best = best_of_row<Shape>(row, vectors, clock);
  if (exists) write_results<Shape>(arguments, number, row, best);
  clock.end(RegisterSortPhase::write);
}

}  // namespace skim::cuda
