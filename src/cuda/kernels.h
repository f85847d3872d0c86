// The kernels of one element type, behind functions: launched, and loaded ahead of the first
// launch.
#pragma once

#include "skim/topk.h"

namespace skim::cuda {

template <DType kDType>
void launch_topk(const BoundTopk& bound, Stream stream);
template <DType kDType>
void load_topk_kernels(const Device& device);

// CTAs of a cluster of those of its kernels that have the largest CTAs; after they are loaded.
template <DType kDType>
int most_cluster_ctas();

void load_kernels(const Device& device);  // of every type, on the current device

}  // namespace skim::cuda
