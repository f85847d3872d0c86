// Rows that the CTAs sharing them hold in registers, k up to a few hundred.
#pragma once

#include "plan/cuda/algorithm.h"

namespace skim::cuda_plan {

extern const Algorithm kGroupMaxima;

}  // namespace skim::cuda_plan
