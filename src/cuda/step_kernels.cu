// Compiled once a dtype that rows of a step may have (-DSKIM_DTYPE=f32).
#include "cuda/sampling_step_launch.cuh"
#include "cuda/step_kernels.h"

namespace skim::cuda {

template <>
void launch_step<DType::SKIM_DTYPE>(const BoundStep& bound, Stream stream) {
  SamplingStepLaunch<DType::SKIM_DTYPE>::launch(bound, stream);
}

template <>
void load_step_kernels<DType::SKIM_DTYPE>(const Device& device) {
  SamplingStepLaunch<DType::SKIM_DTYPE>::load(device);
}

}  // namespace skim::cuda
