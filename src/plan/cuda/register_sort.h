// Short rows of floats, several in a warp: k up to 128, fewer columns the more results.
#pragma once

#include "plan/cuda/algorithm.h"

namespace skim::cuda_plan {

extern const Algorithm kRegisterSort;

}  // namespace skim::cuda_plan
