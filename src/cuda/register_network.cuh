// Lists that lie in the registers of a few lanes, and the networks that sort and merge them: which
// composites are compared never depends on the data. A composite is an integer whose order is the
// order of results, greatest first; no two composites of a row are equal.
//
// A sorted list over `kLanes` lanes has rank value * kLanes + lane: lane l holds every kLanes-th.
#pragma once

#include <cstdint>
#include <limits>

#include "cuda/register_sort_ptx.cuh"

namespace skim::cuda {

template <class Composite, int kCount>
struct List {
  static constexpr int kValues = kCount;
  static constexpr Composite kLeast = std::numeric_limits<Composite>::min();
  Composite at[kCount];
};

template <class Composite>
__device__ void order_pair(Composite& first, Composite& second) {
  if constexpr (sizeof(Composite) == sizeof(std::int64_t)) {
    order_long_pair(first, second);
  } else {
    const Composite least = min(first, second);
    first = max(first, second);
    second = least;
  }
}

// What a network leaves out: nothing is asked of it, or the greatest.
template <class Composite>
struct ForgetDropped {
  __device__ void drop_least(Composite, Composite) {}
};

template <class Composite>
struct KeepGreatestDropped {
  Composite greatest;
  __device__ void drop_least(Composite one, Composite other) {
    greatest = max(greatest, min(one, other));
  }
};

// Runs of kRun that are sorted become runs of twice the length (Batcher's odd-even merge).
template <int kRun, int kStep, class Composite, int kValues>
__device__ void merge_runs(List<Composite, kValues>& list) {
#pragma unroll
  for (int low = kStep % kRun; low + kStep < kValues; low += 2 * kStep) {
#pragma unroll
    for (int i = 0; i < kStep; ++i) {
      const int first = low + i;
      const bool in_one_run = first / (2 * kRun) == (first + kStep) / (2 * kRun);
      if (first + kStep < kValues && in_one_run) order_pair(list.at[first], list.at[first + kStep]);
    }
  }
  if constexpr (kStep > 1) merge_runs<kRun, kStep / 2>(list);
}

template <int kRun = 1, class Composite, int kValues>
__device__ void sort_values(List<Composite, kValues>& list) {
  if constexpr (kRun < kValues) {
    merge_runs<kRun, kRun>(list);
    sort_values<2 * kRun>(list);
  }
}

// A list that rises and falls, or falls and rises, in every 2 * kStep values is sorted in them.
template <int kStep, class Composite, int kValues>
__device__ void merge_values(List<Composite, kValues>& list) {
  if constexpr (kStep > 0) {
#pragma unroll
    for (int i = 0; i < kValues; ++i) {
      if (i / kStep % 2 == 0) order_pair(list.at[i], list.at[i + kStep]);
    }
    merge_values<kStep / 2>(list);
  }
}

template <int kFirst, int kCount, class Composite, int kValues>
__device__ List<Composite, kCount> part_of(const List<Composite, kValues>& list) {
  List<Composite, kCount> part;
#pragma unroll
  for (int i = 0; i < kCount; ++i) part.at[i] = list.at[kFirst + i];
  return part;
}

// `best` becomes the best half of itself and the values of `list` from kFirst on.
template <int kFirst, int kMost, class Composite, int kValues, class Dropped>
__device__ void keep_best_values(List<Composite, kMost>& best, const List<Composite, kValues>& list,
                                 Dropped& dropped) {
  if constexpr (kFirst < kValues) {
    List<Composite, kMost> other = part_of<kFirst, kMost>(list);
    sort_values(other);
#pragma unroll
    for (int i = 0; i < kMost; ++i) {
      dropped.drop_least(best.at[i], other.at[kMost - 1 - i]);
      best.at[i] = max(best.at[i], other.at[kMost - 1 - i]);
    }
    merge_values<kMost / 2>(best);
    keep_best_values<kFirst + kMost, kMost>(best, list, dropped);
  }
}

// The kMost best of one lane's values, sorted; kMost divides their number where it is less.
template <int kMost, class Composite, int kValues, class Dropped>
__device__ auto best_values(const List<Composite, kValues>& list, Dropped& dropped) {
  constexpr int kKept = kValues < kMost ? kValues : kMost;
  List<Composite, kKept> best = part_of<0, kKept>(list);
  sort_values(best);
  keep_best_values<kKept, kKept>(best, list, dropped);
  return best;
}

// One step of a merge between lanes: those without `bit` in their number keep the greater.
template <class Composite, int kValues>
__device__ void merge_with_lane(List<Composite, kValues>& list, int mask, int bit) {
  const bool keeps_greater = (threadIdx.x & bit) == 0;
#pragma unroll
  for (int i = 0; i < kValues; ++i) {
    const Composite theirs = __shfl_xor_sync(~0u, list.at[i], mask);
    if ((theirs > list.at[i]) == keeps_greater) list.at[i] = theirs;
  }
}

// The list of kLanes lanes and that of the kLanes lanes beside them become one. Reversing one makes
// the two a list that falls and rises; its reverse is on mirrored lanes. A lane sends one half of
// its values and compares the other; where the list would outgrow kMost, the lesser are dropped.
template <int kLanes, int kMost, class Composite, int kValues, class Dropped>
__device__ auto merge_neighbours(const List<Composite, kValues>& list, Dropped& dropped) {
  static_assert(kValues >= 2);
  constexpr bool kGrows = 2 * kLanes * kValues <= kMost;
  constexpr int kHalf = kValues / 2;
  constexpr int kMirror = 2 * kLanes - 1;
  List<Composite, kGrows ? kValues : kHalf> merged;
#pragma unroll
  for (int i = 0; i < kHalf; ++i) {
    Composite mine = list.at[2 * i];
    Composite theirs = __shfl_xor_sync(~0u, list.at[kValues - 1 - 2 * i], kMirror);
    if constexpr (kGrows) {
      order_pair(mine, theirs);
      merged.at[i] = mine;
      merged.at[i + kHalf] = theirs;
    } else {
      dropped.drop_least(mine, theirs);
      merged.at[i] = max(mine, theirs);
    }
  }
  merge_values<kHalf / 2>(merged);
  merge_with_lane(merged, kMirror, kLanes);
#pragma unroll
  for (int bit = kLanes / 2; bit > 0; bit /= 2) merge_with_lane(merged, bit, bit);
  return merged;
}

// Sorted lists of every lane -> one of the kMost best over kRowLanes lanes.
template <int kRowLanes, int kMost, int kLanes = 1, class Composite, int kValues, class Dropped>
__device__ auto merge_lanes(const List<Composite, kValues>& list, Dropped& dropped) {
  if constexpr (kLanes == kRowLanes) {
    return list;
  } else {
    return merge_lanes<kRowLanes, kMost, 2 * kLanes>(merge_neighbours<kLanes, kMost>(list, dropped),
                                                     dropped);
  }
}

}  // namespace skim::cuda
