// Where a selection runs, and what a plan needs to know of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "skim/export.h"

namespace skim {

enum class DeviceKind : std::uint8_t { cpu, cuda };

struct DeviceId {
  DeviceKind kind = DeviceKind::cpu;
  std::int32_t ordinal = 0;

  friend constexpr bool operator==(DeviceId, DeviceId) = default;
};

// Instruction sets that the CPU backend is compiled for, slowest first.
// `scalar` is portable C++; `neon` exists on 64-bit Arm only.
enum class SimdTarget : std::uint8_t { scalar, sse4, neon, avx2, avx3, avx3_dl };

// An immutable description of one device. `cpu()` and `cuda()` are filled once a process; a made-up
// value serves to see what a plan would be elsewhere.
struct SKIM_EXPORT Device {
  DeviceId id;
  std::int64_t l2_bytes = 1 << 20;  // of one core; of the whole device for CUDA

  // CPU
  SimdTarget simd = SimdTarget::scalar;  // the best one that was compiled and that this CPU runs
  int threads = 1;     // where the caller sets no limit: what OpenMP would use at the first call
  int processors = 1;  // that this process may run on: the most that a limit can raise it to

  // CUDA
  std::string name;            // "NVIDIA H100 80GB HBM3"
  int compute_capability = 0;  // 90 means 9.0
  int multiprocessors = 0;
  std::int64_t shared_bytes = 0;  // the most shared memory that one CTA may ask for
  int cluster_ctas = 1;           // the most CTAs in a cluster; 1 where there are none (below 9.0)

  // The CPU of this process.
  static const Device& cpu();

  // A GPU of this process. The first call loads skim's kernels onto it, also while a stream is
  // being captured. Throws DeviceError where there is no such GPU, or no CUDA backend in this
  // build.
  static const Device& cuda(std::int32_t ordinal = 0);
};

// How many GPUs this process can use; 0 without a driver or a CUDA backend.
SKIM_EXPORT int cuda_device_count();

// Why cuda_device_count() is 0: "no CUDA device: ..."; empty where it is not.
SKIM_EXPORT std::string why_no_cuda();

// The SIMD targets that this build holds and this CPU runs, slowest first.
SKIM_EXPORT std::vector<SimdTarget> runnable_simd_targets();

SKIM_EXPORT std::string to_string(DeviceId id);  // "cpu", "cuda:0"
SKIM_EXPORT std::string to_string(SimdTarget target);
SKIM_EXPORT std::string to_string(const Device& device);  // one line

}  // namespace skim
