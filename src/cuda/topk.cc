#include "cuda/topk.h"

#include "cuda/kernels.h"
#include "cuda/runtime.h"

namespace skim::cuda {
namespace {

template <template <DType> class Action, class... Arguments>
void for_dtype(DType dtype, const Arguments&... arguments) {
  switch (dtype) {
    case DType::f32:
      return Action<DType::f32>()(arguments...);
    case DType::f16:
      return Action<DType::f16>()(arguments...);
    case DType::bf16:
      return Action<DType::bf16>()(arguments...);
    case DType::f64:
      return Action<DType::f64>()(arguments...);
    case DType::i8:
      return Action<DType::i8>()(arguments...);
    case DType::u8:
      return Action<DType::u8>()(arguments...);
    case DType::i16:
      return Action<DType::i16>()(arguments...);
    case DType::i32:
      return Action<DType::i32>()(arguments...);
    case DType::i64:
      return Action<DType::i64>()(arguments...);
  }
}

template <DType kDType>
struct Launch {
  void operator()(const BoundTopk& bound, Stream stream) { launch_topk<kDType>(bound, stream); }
};

template <DType kDType>
struct Load {
  void operator()(const Device& device) { load_topk_kernels<kDType>(device); }
};

}  // namespace

void run_topk(const BoundTopk& bound, Stream stream) {
  if (cuda_device_count() == 0) throw DeviceError(why_no_cuda());  // counted once a process
  const CurrentDevice current(bound.plan.problem.device.ordinal);
  for_dtype<Launch>(bound.plan.problem.dtype, bound, stream);
}

void load_kernels(const Device& device) {
  for (const DType dtype : kAllDTypes) for_dtype<Load>(dtype, device);
}

}  // namespace skim::cuda
