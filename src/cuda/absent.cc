// Stands in for the CUDA backend in a build without it.
#include <string>

#include "cuda/device.h"
#include "cuda/sample.h"
#include "cuda/sampling_steps.h"
#include "cuda/topk.h"
#include "skim/error.h"

namespace skim::cuda {

int device_count() { return 0; }

std::string why_none() {
  return "no CUDA device: this build of skim has no CUDA backend; use a CPU tensor, or build with "
         "nvcc on the PATH";
}

Device make_device(int) { throw DeviceError(why_none()); }
void* allocate(std::size_t, DeviceId, void*) { throw DeviceError(why_none()); }
void release(void*, DeviceId, void*) noexcept {}
void run_topk(const BoundTopk&, Stream) { throw DeviceError(why_none()); }
void run_sample(const BoundSample&, Stream) { throw DeviceError(why_none()); }
void run_step(const BoundStep&, Stream) { throw DeviceError(why_none()); }

}  // namespace skim::cuda
