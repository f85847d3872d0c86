// The kernels of the steps of sampling of one element type, behind functions: launched, and loaded
// ahead of the first launch.
#pragma once

#include "skim/sampling_steps.h"

namespace skim::cuda {

template <DType kDType>
void launch_step(const BoundStep& bound, Stream stream);
template <DType kDType>
void load_step_kernels(const Device& device);

void load_step_kernels(const Device& device);  // of every type, on the current device

}  // namespace skim::cuda
