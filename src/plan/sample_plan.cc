// SampleProblem + Device -> SamplePlan; for a GPU with sample_plan_cuda.cc.
#include <algorithm>

#include "cpu/sample_workspace.h"
#include "cuda/asked_row_layout.h"
#include "plan/override.h"
#include "plan/sample_plan.h"
#include "plan/topk_plan.h"
#include "plan/tuning.h"
#include "problem/checks.h"
#include "skim/sample.h"

namespace skim {
namespace {

// Selecting the best of one row, whose elements are floats where a mask or a bias was applied.
TopkProblem selection_problem(const SampleProblem& problem, std::int64_t most) {
  TopkProblem selection;
  selection.rows = 1;
  selection.cols = problem.cols;
  selection.row_stride = problem.cols;
  selection.k = most;
  selection.dtype = cpu::dtype_of_rows(problem);
  selection.num_threads = 1;
  return selection;
}

// One value of top-k is known; one a row may be anything, and then most rows ask for few.
void choose_selections(const Device& device, SamplePlan& plan) {
  const SampleProblem& problem = plan.problem;
  constexpr std::int64_t kUsual[] = {64, kSortedLimit};
  std::int64_t wanted[kMostSampleSelections] = {};
  int count = 0;
  const std::int64_t least = std::max<std::int64_t>(problem.top_logprobs, 1);
  const std::int64_t most = std::max(problem.most_top_k, least);
  if (problem.top_k_each) {
    for (const std::int64_t usual : kUsual) {
      if (usual < most) wanted[count++] = usual;
    }
  }
  wanted[count++] = most;
  PlanOverride forced;
  forced.simd = plan.simd;
  for (int i = 0; i < count; ++i) {
    const TopkPlan topk = plan_topk_cpu(selection_problem(problem, wanted[i]), device, forced);
    plan.selections[i] = {wanted[i], topk.algorithm, topk.cpu};
  }
  plan.selection_count = count;
}

std::int64_t bytes_of_rows(const SampleProblem& problem, std::int64_t rows) {
  TopkProblem elements;
  elements.cols = problem.cols;
  elements.dtype = problem.dtype;
  return skim::bytes_of_rows(elements, rows);
}

std::int64_t bytes_to_read(const SampleProblem& problem) {
  const bool broadcast = problem.rows > 1 && problem.row_stride == 0;
  return bytes_of_rows(problem, broadcast ? 1 : problem.rows);
}

// A row is one thread's.
int choose_threads(const SampleProblem& problem, const Device& device) {
  const int most = std::max(device.threads, device.processors);
  const int allowed =
      problem.num_threads > 0 ? std::min(problem.num_threads, most) : std::max(device.threads, 1);
  const std::int64_t worthwhile = bytes_of_rows(problem, problem.rows) / tuning::kBytesPerThread;
  return static_cast<int>(std::min(std::clamp<std::int64_t>(worthwhile, 1, allowed), problem.rows));
}

CudaSampleGeometry choose_on_gpu(const SampleProblem& problem, const Device& device,
                                 const SampleOverride& forced, const char*& reason) {
  CudaSampleGeometry geometry = plan_sample_cuda(problem, device, forced, reason);
  if (problem.top_logprobs > 0)
    geometry.list_threads = forced.cta_threads.value_or(cuda::asking_threads(problem.cols));
  return geometry;
}

}  // namespace

SamplePlan plan_sample(const SampleProblem& problem, const Device& device) {
  return plan_sample(problem, device, SampleOverride{});
}

SamplePlan plan_sample(const SampleProblem& problem, const Device& device,
                       const SampleOverride& forced) {
  if (problem.device != device.id) {
    refuse("the problem lives on {}, but the plan was asked for {}; hand in that device",
           to_string(problem.device), to_string(device.id));
  }
  SamplePlan plan;
  plan.problem = problem;
  plan.bytes_read = bytes_to_read(problem);
  if (device.id.kind == DeviceKind::cuda) {
    if (problem.rows > 0) plan.cuda = choose_on_gpu(problem, device, forced, plan.reason);
    return plan;
  }
  plan.simd = forced.simd.value_or(device.simd);
  if (problem.rows == 0) return plan;
  plan.threads = choose_threads(problem, device);
  force(plan.threads, forced.threads);
  if (plan.threads < 1) refuse("forced threads = {} must be at least 1", plan.threads);
  if (problem.cols > 0) choose_selections(device, plan);
  plan.workspace_bytes = cpu::sample_workspace_layout(plan).bytes(plan.threads);
  return plan;
}

}  // namespace skim
