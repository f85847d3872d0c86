// Launches top_lists.
#pragma once

#include "cuda/launch.cuh"
#include "cuda/row_masses_launch.cuh"
#include "cuda/top_lists.cuh"

namespace skim::cuda {

inline ListArguments list_arguments_of(const BoundSample& bound) {
  const SampleOutputs& outputs = bound.buffers.outputs;
  ListArguments arguments{sample_arguments_of(bound)};
  arguments.listed = static_cast<std::uint32_t>(bound.plan.problem.top_logprobs);
  arguments.top_tokens = outputs.top_tokens->data;
  arguments.top_tokens_stride = outputs.top_tokens->row_stride;
  arguments.top_logprobs = static_cast<float*>(outputs.top_logprobs->data);
  arguments.top_logprobs_stride = outputs.top_logprobs->row_stride;
  return arguments;
}

// Behind row_masses on its stream. Nothing where the problem has no lists.
template <DType kDType>
class TopListsLaunch {
 public:
  static void launch(const BoundSample& bound, Stream stream) {
    if (bound.plan.cuda.list_threads == 0) return;
    CudaGeometry grid;
    grid.team = CtaTeam::grid;
    grid.ctas = 1;
    grid.threads = bound.plan.cuda.list_threads;
    LaunchConfig config(grid, 0, stream);
    for_rows(list_arguments_of(bound), 1, [&](const ListArguments& of_rows, std::int64_t ctas) {
      config.launch(top_lists_kernel<kDType>, ctas, of_rows);
    });
  }

  static void load(const Device& device) { load_kernel(top_lists_kernel<kDType>, device); }
};

}  // namespace skim::cuda
