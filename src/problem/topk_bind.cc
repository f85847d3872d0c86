// Plan + memory -> bound: what can be refused only with the pointers at hand.
#include "problem/memory_checks.h"
#include "skim/topk.h"

namespace skim {
namespace {

void check_overlap(const TopkPlan& plan, const TopkBuffers& buffers) {
  const Extent input = extent_of(buffers.input);
  const Extent values = extent_of(buffers.values);
  const Extent indices = extent_of(buffers.indices);
  const Extent workspace = extent_of(buffers.workspace, plan.workspace_bytes);
  const Extent lengths = extent_of(buffers.row_lengths);
  check_apart("values", values, "input", input);
  check_apart("indices", indices, "input", input);
  check_apart("indices", indices, "values", values);
  check_apart("values", values, "row_lengths", lengths);
  check_apart("indices", indices, "row_lengths", lengths);
  check_apart("workspace", workspace, "input", input);
  check_apart("workspace", workspace, "values", values);
  check_apart("workspace", workspace, "indices", indices);
  check_apart("workspace", workspace, "row_lengths", lengths);
}

}  // namespace

BoundTopk bind(const TopkPlan& plan, const TopkBuffers& buffers) {
  const TopkProblem& problem = plan.problem;
  check_input("input", problem, buffers.input);
  check_output("values", buffers.values, problem.rows, problem.k, problem.dtype, problem.device);
  check_output("indices", buffers.indices, problem.rows, problem.k, problem.index_dtype,
               problem.device);
  check_row_lengths(problem, buffers.row_lengths);
  check_workspace(plan, buffers);
  check_overlap(plan, buffers);
  return {plan, buffers};
}

}  // namespace skim
