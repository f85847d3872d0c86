// Any problem.
#pragma once

#include "plan/cuda/algorithm.h"

namespace skim::cuda_plan {

extern const Algorithm kRadixSelect;

}  // namespace skim::cuda_plan
