// Per-target include (see hwy/foreach_target.h): the k best of a list by bisection over the range
// of its candidates, counting with whole vectors, and one stable compaction.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <type_traits>

#include "cpu/candidates.h"
#include "cpu/upper_middle.h"
#include "hwy/highway.h"
#include "order/candidate.h"

#if defined(SKIM_CPU_CANDIDATES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SKIM_CPU_CANDIDATES_INL_H_
#undef SKIM_CPU_CANDIDATES_INL_H_
#else
#define SKIM_CPU_CANDIDATES_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace skim::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// 64-bit candidates: vectors. A pivot exceeds some candidate, so pivot - 1 exists.
struct PackedList {
  using Candidate = std::int64_t;
  using D = hn::ScalableTag<std::int64_t>;

  static void range(const Candidate* list, std::size_t count, Candidate& low, Candidate& high) {
    const D d;
    const std::size_t lanes = hn::Lanes(d);
    low = high = list[0];
    std::size_t i = 0;
    if (count >= lanes) {
      auto lowest = hn::LoadU(d, list);
      auto highest = lowest;
      for (; i + lanes <= count; i += lanes) {
        const auto v = hn::LoadU(d, list + i);
        lowest = hn::Min(lowest, v);
        highest = hn::Max(highest, v);
      }
      low = hn::GetLane(hn::MinOfLanes(d, lowest));
      high = hn::GetLane(hn::MaxOfLanes(d, highest));
    }
    for (; i < count; ++i) {
      low = std::min(low, list[i]);
      high = std::max(high, list[i]);
    }
  }

  static std::size_t count_at_least(const Candidate* list, std::size_t count, Candidate pivot) {
    return count_above(list, count, pivot - 1);
  }

  static void sort(Candidate* list, std::size_t count) {
    if (count <= kCountingLimit) return sort_by_counting(list, count);
    sort_many(list, count);
  }

  // Each candidate's place is the number of better ones.
  static void sort_by_counting(Candidate* list, std::size_t count) {
    const std::size_t lanes = hn::Lanes(D());
    const std::size_t whole = (count + lanes - 1) / lanes * lanes;  // the list is padded
    std::fill(list + count, list + whole, std::numeric_limits<Candidate>::min());
    Candidate sorted[kCountingLimit];
    for (std::size_t i = 0; i < count; ++i) sorted[count_above(list, whole, list[i])] = list[i];
    std::copy_n(sorted, count, list);
  }

  static HWY_INLINE std::size_t count_above(const Candidate* list, std::size_t count, Candidate c) {
    const D d;
    const auto bound = hn::Set(d, c);
    std::size_t above = 0;
    std::size_t i = 0;
    for (; i + hn::Lanes(d) <= count; i += hn::Lanes(d)) {
      above += hn::CountTrue(d, hn::Gt(hn::LoadU(d, list + i), bound));
    }
    for (; i < count; ++i) above += list[i] > c;
    return above;
  }
};

// 128-bit candidates: plain loops.
struct WideList {
  using Candidate = Int128;

  static void range(const Candidate* list, std::size_t count, Candidate& low, Candidate& high) {
    const auto [lowest, highest] = std::minmax_element(list, list + count);
    low = *lowest;
    high = *highest;
  }
  static std::size_t count_at_least(const Candidate* list, std::size_t count, Candidate pivot) {
    std::size_t hits = 0;
    for (std::size_t i = 0; i < count; ++i) hits += list[i] >= pivot;
    return hits;
  }
  static void sort(Candidate* list, std::size_t count) {
    std::sort(list, list + count, std::greater<>());
  }
};

// Moves the candidates that reach the pivot to the front, without branches. No vectors: for 64-bit
// lanes g++ 12 copies Highway's table of permutations to the stack, 2 KiB for every vector.
template <class Candidate>
Kept<Candidate> keep_at_least(Candidate* list, std::size_t count, Candidate pivot) {
  Kept<Candidate> kept{0, Packing<Candidate>::greatest};
  for (std::size_t i = 0; i < count; ++i) {
    const Candidate candidate = list[i];
    const bool reached = candidate >= pivot;
    list[kept.count] = candidate;
    kept.count += reached;
    kept.worst = std::min(kept.worst, reached ? candidate : kept.worst);
  }
  return kept;
}

// Candidates are distinct, so some pivot is reached by exactly k of them.
template <class List>
Kept<typename List::Candidate> keep_best(typename List::Candidate* list, std::size_t count,
                                         std::size_t k, std::size_t at_most) {
  using Candidate = typename List::Candidate;
  Candidate low;   // reached by k or more
  Candidate high;  // whatever exceeds it is reached by fewer than k
  List::range(list, count, low, high);
  if (count <= at_most) return {count, low};
  while (low < high) {
    const Candidate middle = upper_middle(low, high);
    const std::size_t reached = List::count_at_least(list, count, middle);
    if (reached < k) {
      high = middle - 1;
      continue;
    }
    low = middle;
    if (reached <= at_most) break;
  }
  return keep_at_least(list, count, low);
}

}  // namespace skim::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // SKIM_CPU_CANDIDATES_INL_H_
