// What each step of sampling takes and gives.
#pragma once

#include "skim/sampling_steps.h"

namespace skim {

struct StepKind {
  const char* name;
  const char* rows;    // what it takes, as errors call it
  const char* output;  // what it gives
  bool temperature;    // which parameters it has a use for
  bool top_k;
  bool top_p;
  bool draws;  // seed and offset
};

// `step` is one of the enumerators.
constexpr StepKind kind_of(SamplingStep step) {
  switch (step) {
    case SamplingStep::softmax:
      return {"softmax", "logits", "probs", true, false, false, false};
    case SamplingStep::top_k_renorm_probs:
      return {"top_k_renorm_probs", "probs", "shares", false, true, false, false};
    case SamplingStep::top_p_renorm_probs:
      return {"top_p_renorm_probs", "probs", "shares", false, false, true, false};
    case SamplingStep::top_k_mask_logits:
      return {"top_k_mask_logits", "logits", "masked", false, true, false, false};
    case SamplingStep::top_p_mask_logits:
      return {"top_p_mask_logits", "logits", "masked", true, false, true, false};
    case SamplingStep::sample_from_probs:
      return {"sample_from_probs", "probs", "tokens", false, false, false, true};
  }
  return {"unknown", "rows", "output", false, false, false, false};
}

// What scalar parameters of a step may be; asked of a request and of every run.
void check_step_parameters(SamplingStep step, const SampleParameters& parameters);

}  // namespace skim
