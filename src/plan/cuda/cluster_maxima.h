// Rows that a cluster holds in registers, k up to a few hundred, with one exchange between its
// CTAs.
#pragma once

#include "plan/cuda/algorithm.h"

namespace skim::cuda_plan {

extern const Algorithm kClusterMaxima;

}  // namespace skim::cuda_plan
