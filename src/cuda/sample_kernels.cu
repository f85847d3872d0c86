// Compiled once a dtype that logits may have (-DSKIM_DTYPE=f32).
#include "cuda/row_masses_launch.cuh"
#include "cuda/sample_kernels.h"
#include "cuda/top_lists_launch.cuh"

namespace skim::cuda {

template <>
void launch_sample<DType::SKIM_DTYPE>(const BoundSample& bound, Stream stream) {
  RowMassesLaunch<DType::SKIM_DTYPE>::launch(bound, stream);
  TopListsLaunch<DType::SKIM_DTYPE>::launch(bound, stream);
}

template <>
void load_sample_kernels<DType::SKIM_DTYPE>(const Device& device) {
  RowMassesLaunch<DType::SKIM_DTYPE>::load(device);
  TopListsLaunch<DType::SKIM_DTYPE>::load(device);
}

}  // namespace skim::cuda
