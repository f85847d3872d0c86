// The steps put together: launch by device, and the convenience that does all of them.
#include "skim/topk.h"

#include "cpu/topk.h"
#include "workspace.h"

namespace skim {
namespace {

const Device& device_of(DeviceId id) {
  if (id.kind == DeviceKind::cpu) return Device::cpu();
  throw DeviceError("this build of skim has no CUDA backend for " + to_string(id) +
                    "; use a CPU tensor");
}

}  // namespace

void run(const BoundTopk& bound, Stream) {
  if (bound.plan.algorithm == TopkAlgorithm::nothing) return;
  cpu::run_topk(bound);
}

void topk(const TensorView& input, std::int64_t k, const MutableTensorView& values,
          const MutableTensorView& indices, const TopkOptions& options,
          const RowLengthsView& row_lengths) {
  const TopkProblem problem = make_problem({input, k, options, row_lengths});
  const TopkPlan plan = plan_topk(problem, device_of(problem.device));
  const OwnedWorkspace workspace(plan.workspace_bytes);
  run(bind(plan, {input, values, indices, row_lengths, workspace.data(), plan.workspace_bytes}));
}

}  // namespace skim
