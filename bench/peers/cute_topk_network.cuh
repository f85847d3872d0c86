// The sorting networks of the CuTe kernel. A composite is one integer that holds an element's key
// and its column, so that the order of composites is the order of results and no two are equal.
//
// A list lies over L lanes with V composites each, best first: rank = value * L + lane, the compact
// layout of (lane, value). Merging needs two properties of it: the mirrored rank is on the mirrored
// lane, and giving away every other value doubles the lanes without moving what is kept.
//
// Warp is what a lane sees of its warp: lane(), and exchange(value, mask), which gives its value to
// the lane with the number lane() ^ mask and returns that lane's.
#pragma once

#include <cute/tensor.hpp>

namespace skim::bench {

template <class Composite>
CUTE_HOST_DEVICE void put_greater_first(Composite& first, Composite& second) {
  const bool swapped = first < second;
  const Composite greater = swapped ? second : first;
  second = swapped ? first : second;
  first = greater;
}

// Sorted runs of kRun become runs of twice the length; the passes with kStep and smaller steps.
template <int kRun, int kStep, class List>
CUTE_HOST_DEVICE void merge_runs(List& list) {
  constexpr int kLast = decltype(cute::size(list))::value - kStep;
  CUTE_UNROLL
  for (int i = 0; i < kLast; ++i) {
    const int from_first = i - kStep % kRun;
    const bool compared = from_first >= 0 && from_first / kStep % 2 == 0 &&
                          i / (2 * kRun) == (i + kStep) / (2 * kRun);
    if (compared) put_greater_first(list(i), list(i + kStep));
  }
  if constexpr (kStep > 1) merge_runs<kRun, kStep / 2>(list);
}

// Batcher's odd-even merge sort, of one lane's values.
template <int kRun = 1, class List>
CUTE_HOST_DEVICE void sort_values(List& list) {
  merge_runs<kRun, kRun>(list);
  if constexpr (2 * kRun < decltype(cute::size(list))::value) sort_values<2 * kRun>(list);
}

// The steps of a bitonic merge between values of a lane.
template <int kStep, class List>
CUTE_HOST_DEVICE void merge_values(List& list) {
  if constexpr (kStep > 0) {
    constexpr int kPairs = decltype(cute::size(list))::value / (2 * kStep);
    cute::Tensor pairs = cute::make_tensor(
        list.data(), cute::Layout<cute::Shape<cute::Int<kStep>, cute::_2, cute::Int<kPairs>>>{});
    CUTE_UNROLL
    for (int i = 0; i < kStep; ++i) {
      CUTE_UNROLL
      for (int pair = 0; pair < kPairs; ++pair) {
        put_greater_first(pairs(i, 0, pair), pairs(i, 1, pair));
      }
    }
    merge_values<kStep / 2>(list);
  }
}

// One step of a bitonic merge between lanes; those without `bit` keep the greater of each pair.
template <class Warp, class List>
CUTE_HOST_DEVICE void merge_with_lane(const Warp& warp, List& list, int mask, int bit) {
  const bool keeps_greater = (warp.lane() & bit) == 0;
  CUTE_UNROLL
  for (int i = 0; i < cute::size(list); ++i) {
    const auto theirs = warp.exchange(list(i), mask);
    if ((theirs > list(i)) == keeps_greater) list(i) = theirs;
  }
}

template <int kLanes, class Warp, class List>
CUTE_HOST_DEVICE void merge_lanes(const Warp& warp, List& list) {
  CUTE_UNROLL
  for (int bit = kLanes / 2; bit > 0; bit /= 2) merge_with_lane(warp, list, bit, bit);
}

// The better half of two lists over the same lanes, sorted.
template <int kLanes, class Warp, class List>
CUTE_HOST_DEVICE void keep_better_half(const Warp& warp, List& list, const List& other) {
  constexpr int kValues = decltype(cute::size(list))::value;
  CUTE_UNROLL
  for (int i = 0; i < kValues; ++i) {
    const auto mirrored = warp.exchange(other(kValues - 1 - i), kLanes - 1);
    if (mirrored > list(i)) list(i) = mirrored;
  }
  merge_values<kValues / 2>(list);
  merge_lanes<kLanes>(warp, list);
}

// The list of kLanes lanes and that of the kLanes lanes beside them become one over all of them:
// every lane keeps the even values, gives away the odd ones, and compares what it keeps with what
// it got. Where the result would be longer than kLimit, its second half is dropped.
template <int kLanes, int kLimit, class Warp, class List>
CUTE_HOST_DEVICE auto merge_neighbours(const Warp& warp, const List& list) {
  using Composite = typename List::value_type;
  constexpr int kValues = decltype(cute::size(list))::value;
  constexpr bool kGrows = 2 * kLanes * kValues <= kLimit;
  constexpr int kMirror = 2 * kLanes - 1;
  using Half = cute::Int<kValues / 2>;
  cute::Tensor merged =
      cute::make_tensor<Composite>(cute::Int < kGrows ? kValues : kValues / 2 > {});
  CUTE_UNROLL
  for (int i = 0; i < Half::value; ++i) {
    const Composite mine = list(2 * i);
    const Composite theirs = warp.exchange(list(kValues - 1 - 2 * i), kMirror);
    merged(i) = mine > theirs ? mine : theirs;
    if constexpr (kGrows) merged(i + Half::value) = mine > theirs ? theirs : mine;
  }
  merge_values<Half::value / 2>(merged);
  merge_with_lane(warp, merged, kMirror, kLanes);
  merge_lanes<kLanes>(warp, merged);
  return merged;
}

// Lists of every lane of a row -> one list of the kLimit best. With one value a lane left, a list
// cannot spread any further: then all lanes beyond the first kLimit hold a copy.
template <int kRowLanes, int kLimit, int kLanes = 1, class Warp, class List>
CUTE_HOST_DEVICE auto merge_row(const Warp& warp, const List& list) {
  if constexpr (kLanes == kRowLanes) {
    return list;
  } else if constexpr (kLanes < kLimit) {
    return merge_row<kRowLanes, kLimit, 2 * kLanes>(warp,
                                                    merge_neighbours<kLanes, kLimit>(warp, list));
  } else {
    List merged = list;
    const auto mirrored = warp.exchange(list(0), 2 * kLanes - 1);
    if (mirrored > merged(0)) merged(0) = mirrored;
    merge_lanes<kLimit>(warp, merged);
    return merge_row<kRowLanes, kLimit, 2 * kLanes>(warp, merged);
  }
}

}  // namespace skim::bench
