#include "cuda/device.h"

#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <new>

#include "cuda/kernels.h"
#include "cuda/layout.h"
#include "cuda/runtime.h"
#include "cuda/sample_kernels.h"
#include "cuda/step_kernels.h"

namespace skim::cuda {
namespace {

int attribute(cudaDeviceAttr which, int ordinal) {
  int value = 0;
  check(cudaDeviceGetAttribute(&value, which, ordinal), "cudaDeviceGetAttribute");
  return value;
}

// Loading a kernel may do what a stream that is being captured forbids, unless told that it is
// fine: nothing of it belongs into the graph.
class RelaxedCapture {
 public:
  RelaxedCapture() { cudaThreadExchangeStreamCaptureMode(&mode_); }
  ~RelaxedCapture() { cudaThreadExchangeStreamCaptureMode(&mode_); }
  RelaxedCapture(const RelaxedCapture&) = delete;
  RelaxedCapture& operator=(const RelaxedCapture&) = delete;

 private:
  cudaStreamCaptureMode mode_ = cudaStreamCaptureModeRelaxed;
};

}  // namespace

int device_count() {
  int count = 0;
  if (cudaGetDeviceCount(&count) != cudaSuccess) {
    cudaGetLastError();  // not an error of whoever asks next
    return 0;
  }
  return count;
}

std::string why_none() {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  cudaGetLastError();
  return fmt::format("no CUDA device: {}; use a CPU tensor", cudaGetErrorString(status));
}

Device make_device(int ordinal) {
  const RelaxedCapture relaxed;
  const CurrentDevice current(ordinal);
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, ordinal), "cudaGetDeviceProperties");
  Device device;
  device.id = {DeviceKind::cuda, ordinal};
  device.name = properties.name;
  device.compute_capability = 10 * properties.major + properties.minor;
  device.multiprocessors = properties.multiProcessorCount;
  device.l2_bytes = properties.l2CacheSize;
  device.shared_bytes = static_cast<std::int64_t>(properties.sharedMemPerBlockOptin);
  const bool has_clusters = attribute(cudaDevAttrClusterLaunch, ordinal) != 0;
  device.cluster_ctas = has_clusters ? kMostClusterCtas : 1;
  load_kernels(device);
  load_sample_kernels(device);
  load_step_kernels(device);
  if (has_clusters) {
    const int most = std::min(most_cluster_ctas<DType::f32>(), kMostClusterCtas);
    device.cluster_ctas = static_cast<int>(std::bit_floor(static_cast<unsigned>(most)));
  }
  return device;
}

void* allocate(std::size_t bytes, DeviceId device, void* stream) {
  const CurrentDevice current(device.ordinal);
  void* memory = nullptr;
  const cudaError_t status = cudaMallocAsync(&memory, bytes, static_cast<cudaStream_t>(stream));
  if (status == cudaErrorMemoryAllocation) {
    cudaGetLastError();
    throw std::bad_alloc();
  }
  check(status, "cudaMallocAsync of the workspace");
  return memory;
}

void release(void* memory, DeviceId device, void* stream) noexcept {
  int previous = 0;
  if (cudaGetDevice(&previous) != cudaSuccess) return;
  if (previous != device.ordinal) cudaSetDevice(device.ordinal);
  cudaFreeAsync(memory, static_cast<cudaStream_t>(stream));
  if (previous != device.ordinal) cudaSetDevice(previous);
}

}  // namespace skim::cuda
