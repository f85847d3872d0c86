#include "cuda/topk.h"

#include "cuda/kernels.h"
#include "cuda/runtime.h"
#include "for_dtype.h"

namespace skim::cuda {

void run_topk(const BoundTopk& bound, Stream stream) {
  if (cuda_device_count() == 0) throw DeviceError(why_no_cuda());  // counted once a process
  const CurrentDevice current(bound.plan.problem.device.ordinal);
  for_dtype(bound.plan.problem.dtype, [&]<DType kDType>() { launch_topk<kDType>(bound, stream); });
}

void load_kernels(const Device& device) {
  for (const DType dtype : kAllDTypes)
    for_dtype(dtype, [&]<DType kDType>() { load_topk_kernels<kDType>(device); });
}

}  // namespace skim::cuda
