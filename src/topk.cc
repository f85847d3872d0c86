// The steps put together: launch by device, and the convenience that does all of them.
#include "skim/topk.h"

#include "cpu/topk.h"
#include "cuda/topk.h"
#include "device_of.h"
#include "workspace.h"

namespace skim {

void run(const BoundTopk& bound, Stream stream) {
  if (bound.plan.algorithm == TopkAlgorithm::nothing) return;
  if (bound.plan.problem.device.kind == DeviceKind::cpu) {
    cpu::run_topk(bound);
  } else {
    cuda::run_topk(bound, stream);
  }
}

void topk(const TensorView& input, std::int64_t k, const MutableTensorView& values,
          const MutableTensorView& indices, const TopkOptions& options,
          const RowLengthsView& row_lengths, Stream stream) {
  const TopkProblem problem = make_problem({input, k, options, row_lengths});
  const TopkPlan plan = plan_topk(problem, device_of(problem.device));
  const OwnedWorkspace workspace(plan.workspace_bytes, problem.device, stream);
  run(bind(plan, {input, values, indices, row_lengths, workspace.data(), plan.workspace_bytes}),
      stream);
}

}  // namespace skim
