#include "cuda/sample.h"

#include "cuda/runtime.h"
#include "cuda/sample_kernels.h"

namespace skim::cuda {

void run_sample(const BoundSample& bound, Stream stream) {
  if (cuda_device_count() == 0) throw DeviceError(why_no_cuda());  // counted once a process
  const CurrentDevice current(bound.plan.problem.device.ordinal);
  switch (bound.plan.problem.dtype) {
    case DType::f16:
      return launch_sample<DType::f16>(bound, stream);
    case DType::bf16:
      return launch_sample<DType::bf16>(bound, stream);
    default:  // make_sample_problem admits no other
      return launch_sample<DType::f32>(bound, stream);
  }
}

void load_sample_kernels(const Device& device) {
  load_sample_kernels<DType::f32>(device);
  load_sample_kernels<DType::f16>(device);
  load_sample_kernels<DType::bf16>(device);
}

}  // namespace skim::cuda
