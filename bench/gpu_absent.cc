// Stands in for the GPU in a build without CUDA.
#include "gpu.h"
#include "skim/error.h"

namespace skim::bench {

Gpu& open_gpu() { throw DeviceError(why_no_cuda()); }
std::optional<GpuEnvironment> gpu_environment() { return std::nullopt; }
std::optional<int> sm_clock_mhz() { return std::nullopt; }

}  // namespace skim::bench
