// Many short rows, k up to a hundred or so.
#pragma once

#include "plan/cuda/algorithm.h"

namespace skim::cuda_plan {

extern const Algorithm kWarpMaxima;

}  // namespace skim::cuda_plan
