// The CPU backend of the steps of sampling.
#pragma once

#include "skim/sampling_steps.h"

namespace skim::cpu {

void run_step(const BoundStep& bound);

}  // namespace skim::cpu
