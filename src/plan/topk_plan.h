// What the plans of the backends share.
#pragma once

#include <cstdint>
#include <optional>

#include "plan/override.h"
#include "skim/topk.h"

namespace skim {

TopkPlan plan_topk_cpu(const TopkProblem& problem, const Device& device,
                       const PlanOverride& forced);
TopkPlan plan_topk_cuda(const TopkProblem& problem, const Device& device,
                        const PlanOverride& forced);

// Of one row.
std::int64_t element_bytes(const TopkProblem& problem);

// Of so many rows; of a broadcast that nobody could store, as many as 64 bits count.
std::int64_t bytes_of_rows(const TopkProblem& problem, std::int64_t rows);

// Each element once.
std::int64_t bytes_to_read(const TopkProblem& problem);

inline bool nothing_to_select(const TopkProblem& problem) {
  return problem.rows == 0 || problem.k == 0;
}

template <class T>
void force(T& value, const std::optional<T>& forced) {
  if (forced) value = *forced;
}

}  // namespace skim
