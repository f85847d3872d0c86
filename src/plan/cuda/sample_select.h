// Rows that no cluster holds: a threshold from a sample of the row, and one pass over it.
#pragma once

#include "plan/cuda/algorithm.h"

namespace skim::cuda_plan {

extern const Algorithm kSampleSelect;

}  // namespace skim::cuda_plan
