// Sampling on the CPU.
#pragma once

#include "skim/sample.h"

namespace skim::cpu {

void run_sample(const BoundSample& bound);

}  // namespace skim::cpu
