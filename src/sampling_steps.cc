// What makes up a step of sampling put together: launch, and the convenience that does all of it.
#include "skim/sampling_steps.h"

#include "cpu/sampling_steps.h"
#include "cuda/sampling_steps.h"
#include "device_of.h"
#include "workspace.h"

namespace skim {

void run(const BoundStep& bound, Stream stream) {
  if (bound.plan.problem.rows == 0) return;
  if (bound.plan.problem.device.kind == DeviceKind::cpu) {
    cpu::run_step(bound);
  } else {
    cuda::run_step(bound, stream);
  }
}

void apply(SamplingStep step, const StepInputs& inputs, const MutableTensorView& output,
           const StepOptions& options, Stream stream) {
  const StepProblem problem = make_step_problem({step, inputs, options});
  const StepPlan plan = plan_step(problem, device_of(problem.device));
  const OwnedWorkspace workspace(plan.workspace_bytes, problem.device, stream);
  run(bind(plan, {inputs, output, workspace.data(), plan.workspace_bytes}), stream);
}

}  // namespace skim
