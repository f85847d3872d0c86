// Ordering and cutting lists of candidates, one compiled copy a SIMD target.
#pragma once

#include <cstddef>
#include <cstdint>

#include "order/candidate.h"
#include "skim/device.h"

namespace skim::cpu {

// Lists are stored with this many spare elements behind their capacity, because vectors are stored
// whole and read whole.
inline constexpr std::size_t kCandidatePadding = 64;

// Up to this many candidates are sorted by counting, more by Highway's VQSort.
inline constexpr std::size_t kCountingLimit = 96;

// Best first; the part that is the same for every SIMD target.
void sort_many(std::int64_t* list, std::size_t count);

template <class Candidate>
struct Kept {
  std::size_t count;
  Candidate worst;
};

template <class Candidate>
struct CandidateFunctions {
  // Keeps the best of list[0..count) in the order they stand in: at least k, at most `at_most`.
  // 0 < k <= at_most, k <= count. O(count) a pass, at most 64 (128) passes, a few where at_most
  // leaves room.
  Kept<Candidate> (*keep_best)(Candidate* list, std::size_t count, std::size_t k,
                               std::size_t at_most);
  // Sorts best first. O(count log count).
  void (*sort)(Candidate* list, std::size_t count);
};

template <class Candidate>
const CandidateFunctions<Candidate>& candidate_functions(SimdTarget target);

template <>
const CandidateFunctions<std::int64_t>& candidate_functions<std::int64_t>(SimdTarget target);
template <>
const CandidateFunctions<Int128>& candidate_functions<Int128>(SimdTarget target);

}  // namespace skim::cpu
