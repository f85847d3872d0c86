// Rows that a cluster holds in registers, k of several hundred and more, ordered by buckets that
// its CTAs share out.
#pragma once

#include "plan/cuda/algorithm.h"

namespace skim::cuda_plan {

extern const Algorithm kClusterBuckets;

}  // namespace skim::cuda_plan
