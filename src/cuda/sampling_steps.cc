#include "cuda/sampling_steps.h"

#include "cuda/runtime.h"
#include "cuda/step_kernels.h"

namespace skim::cuda {

void run_step(const BoundStep& bound, Stream stream) {
  if (cuda_device_count() == 0) throw DeviceError(why_no_cuda());  // counted once a process
  const CurrentDevice current(bound.plan.problem.device.ordinal);
  switch (bound.plan.problem.dtype) {
    case DType::f16:
      return launch_step<DType::f16>(bound, stream);
    case DType::bf16:
      return launch_step<DType::bf16>(bound, stream);
    default:  // make_step_problem admits no other
      return launch_step<DType::f32>(bound, stream);
  }
}

void load_step_kernels(const Device& device) {
  load_step_kernels<DType::f32>(device);
  load_step_kernels<DType::f16>(device);
  load_step_kernels<DType::bf16>(device);
}

}  // namespace skim::cuda
