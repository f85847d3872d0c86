// Rows of any length, k up to kSortedLimit.
#pragma once

#include "plan/cuda/algorithm.h"

namespace skim::cuda_plan {

extern const Algorithm kFilter;

}  // namespace skim::cuda_plan
