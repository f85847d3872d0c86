// Rows that one CTA holds in registers, k large beside their length.
#pragma once

#include "plan/cuda/algorithm.h"

namespace skim::cuda_plan {

extern const Algorithm kBucketSelect;

}  // namespace skim::cuda_plan
