// Problem + Device -> Plan: which backend's plan, and what both count.
#include "plan/topk_plan.h"

#include <limits>

#include "problem/checks.h"

namespace skim {

std::int64_t element_bytes(const TopkProblem& problem) {
  return static_cast<std::int64_t>(size_of(problem.dtype));
}

std::int64_t bytes_of_rows(const TopkProblem& problem, std::int64_t rows) {
  const auto elements = checked_product(rows, problem.cols);
  const auto bytes = elements ? checked_product(*elements, element_bytes(problem)) : elements;
  return bytes.value_or(std::numeric_limits<std::int64_t>::max());
}

std::int64_t bytes_to_read(const TopkProblem& problem) {
  const bool broadcast = problem.rows > 1 && problem.row_stride == 0;
  return bytes_of_rows(problem, broadcast ? 1 : problem.rows);
}

TopkPlan plan_topk(const TopkProblem& problem, const Device& device, const PlanOverride& forced) {
  if (problem.device != device.id) {
    refuse("the problem lives on {}, but the plan was asked for {}; hand in that device",
           to_string(problem.device), to_string(device.id));
  }
  if (nothing_to_select(problem)) {
    TopkPlan plan;
    plan.problem = problem;
    plan.reason = "there is nothing to select";
    return plan;
  }
  if (forced.algorithm == TopkAlgorithm::nothing) {
    refuse("forced algorithm = nothing does not serve k = {} of {} rows; choose another", problem.k,
           problem.rows);
  }
  return device.id.kind == DeviceKind::cpu ? plan_topk_cpu(problem, device, forced)
                                           : plan_topk_cuda(problem, device, forced);
}

TopkPlan plan_topk(const TopkProblem& problem, const Device& device) {
  return plan_topk(problem, device, PlanOverride{});
}

}  // namespace skim
