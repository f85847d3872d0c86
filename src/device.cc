#include "skim/device.h"

#include <fmt/format.h>
#include <unistd.h>

#include "cpu/simd_target.h"
#include "cpu/threads.h"

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
  return fmt::format("{} simd={} threads={} l2={}KiB", to_string(device.id), to_string(device.simd),
                     device.threads, device.l2_bytes / 1024);
}

}  // namespace skim
