// In which of the two orders results are written (docs/semantics.md).
#pragma once

#include "skim/topk.h"

namespace skim {

// By value; else in ascending order of index.
constexpr bool ordered_by_value(const TopkProblem& problem) {
  return !problem.by_index && (problem.sorted || problem.k <= kSortedLimit);
}

// Whether results may stand by value before they are written: at last, or until few of them are put
// in order of index.
constexpr bool selected_by_value(const TopkProblem& problem) {
  return problem.k <= kSortedLimit || ordered_by_value(problem);
}

}  // namespace skim
