// StepPlan + memory -> BoundStep: what can be refused only with the pointers at hand.
#include <array>

#include "problem/memory_checks.h"
#include "problem/parameter_memory.h"
#include "problem/step_kind.h"

namespace skim {
namespace {

void check_overlap(const StepPlan& plan, const StepBuffers& buffers) {
  const StepKind kind = kind_of(plan.problem.step);
  const StepInputs& inputs = buffers.inputs;
  const std::array<Named, 1> output = {{{kind.output, extent_of(buffers.output)}}};
  const std::array<Named, 1> workspace = {
      {{"workspace", extent_of(buffers.workspace, plan.workspace_bytes)}}};
  const std::array<Named, 2> read = {
      {{kind.rows, extent_of(inputs.rows)}, {"row_lengths", extent_of(inputs.row_lengths)}}};
  const auto parameters = parameter_extents(plan.problem.rows, inputs.parameters);
  check_all_apart(output, read);
  check_all_apart(output, parameters);
  check_all_apart(workspace, read);
  check_all_apart(workspace, parameters);
  check_all_apart(workspace, output);
}

}  // namespace

BoundStep bind(const StepPlan& plan, const StepBuffers& buffers) {
  const StepProblem& problem = plan.problem;
  const StepKind kind = kind_of(problem.step);
  check_input(kind.rows, problem, buffers.inputs.rows);
  check_step_parameters(problem.step, buffers.inputs.parameters);
  check_parameter_memory(problem, buffers.inputs.parameters);
  check_row_lengths(problem, buffers.inputs.row_lengths);
  check_output(kind.output, buffers.output, problem.rows, problem.output_cols, problem.output_dtype,
               problem.device);
  check_workspace(plan, buffers);
  check_overlap(plan, buffers);
  return {plan, buffers};
}

}  // namespace skim
