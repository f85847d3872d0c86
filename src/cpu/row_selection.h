// The best of one row, in order, for an operation that goes on with them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "cpu/sample_workspace.h"
#include "cpu/select.h"
#include "order/candidate.h"
#include "skim/sample.h"

namespace skim::cpu {

// What a plan selects with, looked up once.
template <DType kDType>
class RowSelector {
  using Element = typename KeyOrder<kDType>::Key;
  using Candidate = CandidateFor<Element>;

 public:
  explicit RowSelector(const SamplePlan& plan)
      : plan_(plan),
        select_(select_function<kDType>(true, plan.simd)),
        functions_(candidate_functions<Candidate>(plan.simd)) {}

  // The k largest of row[0, cols), best first, in the scratch memory. 1 <= k <= cols, and k is at
  // most what the plan was made for.
  std::span<const Candidate> best(const Element* row, std::int64_t cols, std::int64_t k,
                                  std::byte* scratch) const {
    const SampleSelection& selection = selection_for(k);
    const WorkspaceLayout layout = selection_layout(plan_.problem, selection);
    const auto parts = scratch_of<Element>(layout, scratch, 0);
    std::size_t count =
        select_({row, cols, 0, k, selection.algorithm, &selection.cpu, &functions_, parts});
    const auto wanted = static_cast<std::size_t>(k);
    if (count > 2 * wanted) {  // sorting a few too many is cheaper than cutting
      count = functions_.keep_best(parts.candidates, count, wanted, wanted).count;
    }
    functions_.sort(parts.candidates, count);
    return {parts.candidates, wanted};
  }

 private:
  const SampleSelection& selection_for(std::int64_t k) const {
    int i = 0;
    while (plan_.selections[i].most < k) ++i;
    return plan_.selections[i];
  }

  const SamplePlan& plan_;
  SelectFunction<Element> select_;
  const CandidateFunctions<Candidate>& functions_;
};

}  // namespace skim::cpu
