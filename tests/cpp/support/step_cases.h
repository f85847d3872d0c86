// Requests for steps of sampling that cover the contract: hard distributions, dtypes, parameters,
// strides and lengths, in pairwise combinations.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "support/step_image.h"

namespace skim::test {

inline constexpr SamplingStep kAllSteps[] = {SamplingStep::softmax,
                                             SamplingStep::top_k_renorm_probs,
                                             SamplingStep::top_p_renorm_probs,
                                             SamplingStep::top_k_mask_logits,
                                             SamplingStep::top_p_mask_logits,
                                             SamplingStep::sample_from_probs};
static_assert(std::size(kAllSteps) == kSamplingSteps);

inline std::string name_of_scope(const std::tuple<SamplingStep, DType>& scope) {
  return to_string(std::get<0>(scope)) + "_" + std::string(name_of(std::get<1>(scope)));
}

struct StepCase {
  InputSpec input;
  StepSpec step;
};

std::vector<StepCase> step_cases(SamplingStep step, DType dtype,
                                 const std::vector<std::int64_t>& sizes);

}  // namespace skim::test
