// Launches sampling_step.
#pragma once

#include "cuda/launch.cuh"
#include "cuda/sampling_step.cuh"

namespace skim::cuda {

inline StepArguments step_arguments_of(const BoundStep& bound) {
  const StepProblem& problem = bound.plan.problem;
  const StepInputs& inputs = bound.buffers.inputs;
  StepArguments arguments;
  arguments.logits = inputs.rows.data;
  arguments.row_stride = problem.row_stride;
  arguments.cols = problem.cols;
  arguments.rows = problem.rows;
  arguments.parameters = inputs.parameters;
  arguments.row_lengths = inputs.row_lengths.given() ? inputs.row_lengths.data : nullptr;
  arguments.long_lengths = problem.row_lengths_dtype == DType::i64;
  arguments.long_tokens = problem.output_dtype == DType::i64;
  arguments.step = problem.step;
  arguments.output = bound.buffers.output.data;
  arguments.output_stride = bound.buffers.output.row_stride;
  return arguments;
}

template <DType kDType>
class SamplingStepLaunch {
 public:
  static void launch(const BoundStep& bound, Stream stream) {
    CudaGeometry grid;
    grid.team = CtaTeam::grid;
    grid.ctas = 1;
    grid.threads = bound.plan.rows.cuda.threads;
    LaunchConfig config(grid, 0, stream);
    for_rows(step_arguments_of(bound), 1, [&](const StepArguments& of_rows, std::int64_t ctas) {
      config.launch(sampling_step_kernel<kDType>, ctas, of_rows);
    });
  }

  static void load(const Device& device) { load_kernel(sampling_step_kernel<kDType>, device); }
};

}  // namespace skim::cuda
