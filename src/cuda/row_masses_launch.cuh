// Launches row_masses.
#pragma once

#include "cuda/launch.cuh"
#include "cuda/row_masses.cuh"

namespace skim::cuda {

using SampleKernel = void (*)(SampleArguments);

inline SampleArguments sample_arguments_of(const BoundSample& bound) {
  const SampleProblem& problem = bound.plan.problem;
  const SampleInputs& inputs = bound.buffers.inputs;
  const SampleOutputs& outputs = bound.buffers.outputs;
  SampleArguments arguments;
  arguments.logits = inputs.logits.data;
  arguments.row_stride = problem.row_stride;
  arguments.cols = problem.cols;
  arguments.rows = problem.rows;
  arguments.parameters = inputs.parameters;
  arguments.order = problem.order;
  arguments.row_lengths = inputs.row_lengths.given() ? inputs.row_lengths.data : nullptr;
  arguments.long_lengths = problem.row_lengths_dtype == DType::i64;
  if (inputs.allow_mask) {
    arguments.allow_mask = static_cast<const std::int32_t*>(inputs.allow_mask->data);
    arguments.mask_stride = inputs.allow_mask->row_stride;
  }
  if (inputs.logit_bias) {
    arguments.logit_bias = static_cast<const float*>(inputs.logit_bias->data);
    arguments.bias_stride = inputs.logit_bias->row_stride;
  }
  arguments.tokens = outputs.tokens.data;
  arguments.tokens_stride = outputs.tokens.row_stride;
  arguments.long_tokens = problem.token_dtype == DType::i64;
  arguments.kind = problem.logprobs;
  if (outputs.logprobs) {
    arguments.logprobs = static_cast<float*>(outputs.logprobs->data);
    arguments.logprobs_stride = outputs.logprobs->row_stride;
  }
  arguments.ctas = bound.plan.cuda.ctas;
  arguments.tiles = static_cast<std::uint32_t>(bound.plan.cuda.tiles);
  arguments.candidates = static_cast<std::uint32_t>(bound.plan.cuda.candidates);
  return arguments;
}

template <DType kDType>
class RowMassesLaunch {
 public:
  static void launch(const BoundSample& bound, Stream stream) {
    const CudaSampleGeometry& geometry = bound.plan.cuda;
    CudaGeometry grid;
    grid.team = geometry.team;
    grid.ctas = geometry.ctas;
    grid.threads = geometry.threads;
    LaunchConfig config(grid, best_bytes(geometry.candidates), stream);
    const SampleKernel kernel = kernel_of(geometry.team, geometry.held ? geometry.tiles : 0);
    for_rows(sample_arguments_of(bound), 1, [&](const SampleArguments& of_rows, std::int64_t ctas) {
      config.launch(kernel, ctas, of_rows);
    });
  }

  static void load(const Device& device) {
    for_each_team(device, [&](CtaTeam team) {
      for (const int tiles : kHeldTiles) load_kernel(kernel_of(team, tiles), device, team);
      load_kernel(kernel_of(team, 0), device, team);
    });
  }

 private:
  static_assert(sizeof(RowTeamShared) + sizeof(BestShared) <= kStaticSharedBytes);

  // `tiles` that a thread holds, or 0.
  static SampleKernel kernel_of(CtaTeam team, int tiles) {
    return team == CtaTeam::cluster ? kernel_of<true>(tiles) : kernel_of<false>(tiles);
  }
  template <bool kCluster>
  static SampleKernel kernel_of(int tiles) {
    switch (tiles) {
      case kHeldTiles[0]:
        return row_masses_kernel<kDType, kHeldTiles[0], kCluster>;
      case kHeldTiles[1]:
        return row_masses_kernel<kDType, kHeldTiles[1], kCluster>;
      default:
        return row_masses_kernel<kDType, 0, kCluster>;
    }
  }
};

}  // namespace skim::cuda
