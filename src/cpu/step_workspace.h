// How the workspace of a step of sampling on a CPU is laid out: the parts of sampling's that it
// needs.
#pragma once

#include "cpu/sample_workspace.h"
#include "skim/sampling_steps.h"

namespace skim::cpu {

// Greedy rows are selected from too.
constexpr bool selects(SamplingStep step) {
  return step != SamplingStep::top_p_renorm_probs && step != SamplingStep::sample_from_probs;
}

constexpr bool weighs_tiles(SamplingStep step) {
  return step == SamplingStep::softmax || step == SamplingStep::top_p_mask_logits;
}

inline SampleWorkspaceLayout step_workspace_layout(const StepPlan& plan) {
  const SampleWorkspaceLayout of_sampling = sample_workspace_layout(plan.rows);
  SampleWorkspaceLayout layout;
  if (selects(plan.problem.step)) layout.selection = of_sampling.selection;
  if (weighs_tiles(plan.problem.step)) {
    layout.tile_values = of_sampling.tile_values;
    layout.tile_masses = of_sampling.tile_masses;
  }
  return layout;
}

}  // namespace skim::cpu
