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

// An immutable description of one device. `cpu()` is filled once a process; a made-up value serves
// to see what a plan would be elsewhere.
struct SKIM_EXPORT Device {
  DeviceId id;
  SimdTarget simd = SimdTarget::scalar;  // the best one that was compiled and that this CPU runs
  int threads = 1;     // where the caller sets no limit: what OpenMP would use at the first call
  int processors = 1;  // that this process may run on: the most that a limit can raise it to
  std::int64_t l2_bytes = 1 << 20;  // of one core

  // The CPU of this process.
  static const Device& cpu();
};

// The SIMD targets that this build holds and this CPU runs, slowest first.
SKIM_EXPORT std::vector<SimdTarget> runnable_simd_targets();

SKIM_EXPORT std::string to_string(DeviceId id);  // "cpu", "cuda:0"
SKIM_EXPORT std::string to_string(SimdTarget target);
SKIM_EXPORT std::string to_string(const Device& device);  // one line

}  // namespace skim
