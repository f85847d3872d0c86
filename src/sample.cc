// The steps of sampling put together: launch, and the convenience that does all of them.
#include "skim/sample.h"

#include "cpu/sample.h"
#include "cuda/sample.h"
#include "device_of.h"
#include "workspace.h"

namespace skim {

void run(const BoundSample& bound, Stream stream) {
  if (bound.plan.problem.rows == 0) return;
  if (bound.plan.problem.device.kind == DeviceKind::cpu) {
    cpu::run_sample(bound);
  } else {
    cuda::run_sample(bound, stream);
  }
}

void sample(const SampleInputs& inputs, const SampleOutputs& outputs, const SampleOptions& options,
            Stream stream) {
  const SampleProblem problem = make_sample_problem({inputs, options});
  const SamplePlan plan = plan_sample(problem, device_of(problem.device));
  const OwnedWorkspace workspace(plan.workspace_bytes, problem.device, stream);
  run(bind(plan, {inputs, outputs, workspace.data(), plan.workspace_bytes}), stream);
}

}  // namespace skim
