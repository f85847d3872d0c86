// The sampling kernels of one element type, behind functions: launched, and loaded ahead of the
// first launch.
#pragma once

#include "skim/sample.h"

namespace skim::cuda {

template <DType kDType>
void launch_sample(const BoundSample& bound, Stream stream);
template <DType kDType>
void load_sample_kernels(const Device& device);

void load_sample_kernels(const Device& device);  // of every type, on the current device

}  // namespace skim::cuda
