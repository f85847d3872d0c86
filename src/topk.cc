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
  topk({input, k, options, row_lengths}, values, indices, stream);
}

void topk(const TopkRequest& request, const MutableTensorView& values,
          const MutableTensorView& indices, Stream stream) {
  const TopkProblem problem = make_problem(request);
  const TopkPlan plan = plan_topk(problem, device_of(problem.device));
  const OwnedWorkspace workspace(plan.workspace_bytes, problem.device, stream);
  run(bind(plan, {request.input, values, indices, request.row_lengths, workspace.data(),
                  plan.workspace_bytes, request.transform}),
      stream);
}

}  // namespace skim
