// The slow, literal definition of what a step of sampling makes of a row, to the bit. It shares no
// code with the product.
#pragma once

#include <cstdint>
#include <vector>

#include "skim/sampling_steps.h"
#include "support/sample_row.h"

namespace skim::test {

// What a step gives for one row: only the one that it is about is filled.
struct StepAnswer {
  std::vector<float> probabilities;
  std::vector<bool> kept;  // by a mask
  std::int64_t token = -1;
};

// `row.logits` are logits or probabilities, all of them allowed.
StepAnswer exact_step(SamplingStep step, const SampleRow& row);

}  // namespace skim::test
