#include "skim/device.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <mutex>
#include <optional>

#include "cpu/simd_target.h"
#include "cpu/threads.h"
#include "cuda/device.h"
#include "skim/error.h"

namespace skim {
namespace {

std::int64_t l2_bytes_of_core() {
  constexpr std::int64_t kUsual = std::int64_t{1} << 20;  // where the system does not say
  const long bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
  return bytes > 0 ? bytes : kUsual;
}

}  // namespace

const Device& Device::cpu() {
  static const Device device = [] {
    Device cpu;
    cpu.simd = runnable_simd_targets().back();
    cpu.threads = cpu::default_threads();
    cpu.processors = cpu::processors();
    cpu.l2_bytes = l2_bytes_of_core();
    return cpu;
  }();
  return device;
}

const Device& Device::cuda(std::int32_t ordinal) {
  constexpr std::size_t kMostDevices = 64;
  static std::array<std::optional<Device>, kMostDevices> devices;
  static std::array<std::once_flag, kMostDevices> filled;
  const int count = cuda_device_count();
  if (count == 0) throw DeviceError(why_no_cuda());
  if (ordinal < 0 || ordinal >= count || ordinal >= static_cast<int>(kMostDevices)) {
    throw DeviceError(
        fmt::format("no CUDA device: cuda:{} is not one of the {} of this process; "
                    "use one of 0..{}",
                    ordinal, count, count - 1));
  }
  const auto at = static_cast<std::size_t>(ordinal);
  std::call_once(filled[at], [&] { devices[at] = cuda::make_device(ordinal); });
  return *devices[at];
}

int cuda_device_count() {
  static const int count = cuda::device_count();
  return count;
}

std::string why_no_cuda() { return cuda_device_count() > 0 ? "" : cuda::why_none(); }

std::vector<SimdTarget> runnable_simd_targets() { return cpu::runnable_targets(); }

std::string to_string(DeviceId id) {
  if (id.kind == DeviceKind::cpu) return "cpu";
  return fmt::format("cuda:{}", id.ordinal);
}

std::string to_string(SimdTarget target) {
  switch (target) {
    case SimdTarget::scalar:
      return "scalar";
    case SimdTarget::sse4:
      return "SSE4";
    case SimdTarget::neon:
      return "NEON";
    case SimdTarget::avx2:
      return "AVX2";
    case SimdTarget::avx3:
      return "AVX3";
    case SimdTarget::avx3_dl:
      return "AVX3_DL";
  }
  return "unknown";
}

std::string to_string(const Device& device) {
  if (device.id.kind == DeviceKind::cuda) {
    return fmt::format("{} {} compute={}.{} multiprocessors={} l2={}KiB shared={}KiB cluster={}",
                       to_string(device.id), device.name, device.compute_capability / 10,
                       device.compute_capability % 10, device.multiprocessors,
                       device.l2_bytes / 1024, device.shared_bytes / 1024, device.cluster_ctas);
  }
  return fmt::format("{} simd={} threads={} l2={}KiB", to_string(device.id), to_string(device.simd),
                     device.threads, device.l2_bytes / 1024);
}

}  // namespace skim
