// StepProblem + Device -> StepPlan: rows are shared out and selected from as in sampling.
#include "cpu/step_workspace.h"
#include "cuda/asked_row_layout.h"
#include "plan/override.h"
#include "problem/checks.h"
#include "skim/sampling_steps.h"

namespace skim {
namespace {

SampleProblem sampling_problem(const StepProblem& problem) {
  SampleProblem sampling;
  sampling.rows = problem.rows;
  sampling.cols = problem.cols;
  sampling.row_stride = problem.row_stride;
  sampling.dtype = problem.dtype;
  sampling.most_top_k = problem.most_top_k;
  sampling.top_k_each = problem.top_k_each;
  sampling.num_threads = problem.num_threads;
  sampling.alignment = problem.alignment;
  sampling.device = problem.device;
  return sampling;
}

// One CTA a row.
CudaSampleGeometry geometry_of(const StepProblem& problem, const SampleOverride& forced) {
  CudaSampleGeometry geometry;
  geometry.threads = forced.cta_threads.value_or(cuda::asking_threads(problem.cols));
  geometry.held = false;
  if (!cuda::are_asking_threads(geometry.threads)) {
    refuse("forced cta_threads = {} must be whole warps of 32, up to {}", geometry.threads,
           cuda::kMostAskingThreads);
  }
  return geometry;
}

}  // namespace

StepPlan plan_step(const StepProblem& problem, const Device& device) {
  return plan_step(problem, device, SampleOverride{});
}

StepPlan plan_step(const StepProblem& problem, const Device& device, const SampleOverride& forced) {
  if (problem.device != device.id) {
    refuse("the problem lives on {}, but the plan was asked for {}; hand in that device",
           to_string(problem.device), to_string(device.id));
  }
  StepPlan plan;
  plan.problem = problem;
  if (device.id.kind == DeviceKind::cuda) {
    plan.rows = plan_sample(sampling_problem(problem), device);
    plan.rows.cuda = geometry_of(problem, forced);
    plan.bytes_read = plan.rows.bytes_read;
    return plan;
  }
  plan.rows = plan_sample(sampling_problem(problem), device, forced);
  plan.workspace_bytes = cpu::step_workspace_layout(plan).bytes(plan.rows.threads);
  plan.bytes_read = plan.rows.bytes_read;
  return plan;
}

}  // namespace skim
