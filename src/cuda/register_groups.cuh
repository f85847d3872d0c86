// The groups of a row whose best elements are best: the first half of register_sort.cuh.
#pragma once

#include <bit>
#include <cstdint>

#include "cuda/composite.cuh"
#include "cuda/lanes.cuh"
#include "cuda/placed_row.cuh"
#include "cuda/register_network.cuh"
#include "cuda/register_sort_layout.h"

namespace skim::cuda {

// kNumber: of the shapes that are compiled for the type.
template <DType kElement, bool kGreatest, int kNumber>
struct RegisterSort {
  static constexpr RegisterSortShape kShape = register_sort_shapes(kElement)[kNumber];
  static constexpr DType kDType = kElement;
  static constexpr bool kLargest = kGreatest;
  static constexpr int kLanes = kShape.lanes;
  static constexpr int kVectors = kShape.vectors;
  static constexpr int kMost = kShape.results;
  static constexpr int kGroup = kShape.group;

  using Order = KeyOrder<kDType>;
  using Key = typename Order::Key;
  using Row = PlacedRow<Key>;
  static constexpr int kPerWord = Row::kPerWord;
  static constexpr int kPerVector = Row::kPerVector;
  static constexpr bool kPairs = kPerWord == 2;
  using Composite = std::conditional_t<kPairs, HalfComposite, WholeComposite>;

  static constexpr int kResults = kMost / kLanes;  // of a lane, and groups that it reads again
  static constexpr int kVectorGroups = kPerVector / kGroup;
  static constexpr int kLaneGroups = kVectors * kVectorGroups;
  static constexpr int kGroups = kLanes * kLaneGroups;
  static constexpr int kGroupBits = std::bit_width(static_cast<unsigned>(kGroups - 1));
  using CutGroups = CutComposite<kGroupBits>;

  static_assert(kGroups >= kMost && kMost % kLanes == 0 && 32 % kLanes == 0);
  static_assert(kLaneGroups % (kLaneGroups < kMost ? kLaneGroups : kMost) == 0);
  static_assert(kShape.cols(sizeof(Key)) <= 0xffff);

  // NaN is the worst where the smallest are wanted. Padding behind the row's end comes behind equal
  // elements of the row; that in front of it would not.
  static constexpr Key kPadding = kLargest ? Order::template fill_bits<true>() : Order::highest_key;

  static __device__ int lane() { return static_cast<int>(threadIdx.x % kLanes); }
};

// ---- The best element of each ----

template <class Shape>
__device__ std::uint32_t best_word(const uint4& vector, int first, int count) {
  using L = Lanes<Shape::kDType, Shape::kLargest>;
  auto best = L::Words::from(word_of(vector, first));
#pragma unroll
  for (int w = 1; w < count; ++w) {
    best = L::better(best, L::Words::from(word_of(vector, first + w)));
  }
  return reinterpret_cast<const std::uint32_t&>(best);
}

// The better half of each of two words, side by side.
template <class Shape>
__device__ std::uint32_t better_halves(std::uint32_t first, std::uint32_t second) {
  using L = Lanes<Shape::kDType, Shape::kLargest>;
  const auto best = L::better(L::Words::from(__byte_perm(first, second, 0x5410)),
                              L::Words::from(__byte_perm(first, second, 0x7632)));
  return reinterpret_cast<const std::uint32_t&>(best);
}

// The bits of a lane's groups' best elements, in the order of the groups, kPerWord in a word.
template <class Shape>
__device__ std::uint32_t best_of_groups(const uint4 (&vectors)[Shape::kVectors], int word) {
  constexpr int kGroupWords = Shape::kGroup / Shape::kPerWord;
  if constexpr (Shape::kGroup == 1) {
    return word_of(vectors[word / 4], word % 4);
  } else if constexpr (!Shape::kPairs) {
    return best_word<Shape>(vectors[word], 0, kGroupWords);
  } else if constexpr (kGroupWords == 4) {
    return better_halves<Shape>(best_word<Shape>(vectors[2 * word], 0, 4),
                                best_word<Shape>(vectors[2 * word + 1], 0, 4));
  } else {
    static_assert(kGroupWords == 2);
    return better_halves<Shape>(best_word<Shape>(vectors[word], 0, 2),
                                best_word<Shape>(vectors[word], 2, 2));
  }
}

// A group's number is (vector * kLanes + lane) * kVectorGroups + g: between the bits of vector and
// g those of lane, which are added once few composites are left.
template <class Shape>
__device__ std::uint32_t tag_without_lane(int vector, int g) {
  return ~static_cast<std::uint32_t>(((vector + 1) * Shape::kLanes - 1) * Shape::kVectorGroups + g);
}

template <class Shape, class List>
__device__ void add_lane_to_tags(List& list) {
  const int tag = (Shape::kLanes - 1 - Shape::lane()) * Shape::kVectorGroups;
#pragma unroll
  for (int i = 0; i < List::kValues; ++i) list.at[i] |= tag;
}

// Groups before the row's first element come last, though their numbers are the lowest.
template <class Shape, class List>
__device__ void put_front_last(List& groups, int lead) {
  if constexpr (Shape::kVectorGroups > 1) {
    if (__builtin_expect(lead < Shape::kGroup || Shape::lane() != 0, 1)) return;
#pragma unroll
    for (int g = 0; g < Shape::kVectorGroups - 1; ++g) {
      if ((g + 1) * Shape::kGroup <= lead) groups.at[g] = List::kLeast;
    }
  }
}

template <class Shape, class Composite>
__device__ auto composites_of_groups(const uint4 (&vectors)[Shape::kVectors], int lead) {
  using Keys = WordKeys<Shape::kDType, Shape::kLargest>;
  List<typename Composite::Type, Shape::kLaneGroups> groups;
#pragma unroll
  for (int word = 0; word < Shape::kLaneGroups / Shape::kPerWord; ++word) {
    const std::uint32_t keys = Keys::of(best_of_groups<Shape>(vectors, word));
#pragma unroll
    for (int half = 0; half < Shape::kPerWord; ++half) {
      const int group = word * Shape::kPerWord + half;
      const std::uint32_t tag =
          tag_without_lane<Shape>(group / Shape::kVectorGroups, group % Shape::kVectorGroups);
      groups.at[group] = Composite::make(keys, half, tag & Composite::kNumbers);
    }
  }
  put_front_last<Shape>(groups, lead);
  return groups;
}

// ---- The best groups ----

template <class Shape, class Composite, class Dropped>
__device__ auto sort_groups(const uint4 (&vectors)[Shape::kVectors], int lead, Dropped& dropped) {
  auto best =
      best_values<Shape::kMost>(composites_of_groups<Shape, Composite>(vectors, lead), dropped);
  add_lane_to_tags<Shape>(best);
  return merge_lanes<Shape::kLanes, Shape::kMost>(best, dropped);
}

template <class Shape>
__device__ auto sort_groups(const uint4 (&vectors)[Shape::kVectors], int lead) {
  using Composite = typename Shape::Composite;
  ForgetDropped<typename Composite::Type> dropped;
  return sort_groups<Shape, Composite>(vectors, lead, dropped);
}

// The numbers of the groups that a lane reads again.
template <class Shape>
struct GroupNumbers {
  int at[Shape::kResults];

  template <class Composite>
  static __device__ GroupNumbers of(const List<typename Composite::Type, Shape::kResults>& groups) {
    GroupNumbers numbers;
#pragma unroll
    for (int i = 0; i < Shape::kResults; ++i) {
      numbers.at[i] = static_cast<int>(~Composite::tag(groups.at[i]) & Composite::kNumbers);
    }
    return numbers;
  }
};

// Keys without their last bits decide unless the last group that is taken and the best that is not
// have one such key. The order among those taken does not matter.
template <class Shape>
__device__ GroupNumbers<Shape> best_groups(const uint4 (&vectors)[Shape::kVectors], int lead) {
  using Numbers = GroupNumbers<Shape>;
  if constexpr (!Shape::kPairs) {
    using Cut = typename Shape::CutGroups;
    KeepGreatestDropped<typename Cut::Type> dropped{INT32_MIN};
    const auto groups = sort_groups<Shape, Cut>(vectors, lead, dropped);
    const auto last =
        __shfl_sync(~0u, groups.at[Shape::kResults - 1], Shape::kLanes - 1, Shape::kLanes);
    const bool undecided = __any_sync(~0u, Cut::have_one_key(last, dropped.greatest)) != 0;
    if (__builtin_expect(!undecided, 1)) return Numbers::template of<Cut>(groups);
  }
  return Numbers::template of<typename Shape::Composite>(sort_groups<Shape>(vectors, lead));
}

}  // namespace skim::cuda
