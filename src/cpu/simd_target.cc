#include "cpu/simd_target.h"

#include <algorithm>

#include "hwy/highway.h"

namespace skim::cpu {
namespace {

struct Pair {
  SimdTarget target;
  std::int64_t bit;  // Highway's
};

constexpr Pair kTargets[] = {
    {SimdTarget::scalar, HWY_SCALAR | HWY_EMU128},
    {SimdTarget::sse4, HWY_SSE4},
    {SimdTarget::neon, HWY_NEON},
    {SimdTarget::avx2, HWY_AVX2},
    {SimdTarget::avx3, HWY_AVX3},
    {SimdTarget::avx3_dl, HWY_AVX3_DL},
};

std::int64_t bit_of(SimdTarget target) {
  for (const Pair& pair : kTargets) {
    if (pair.target == target) return pair.bit;
  }
  return 0;
}

}  // namespace

std::vector<SimdTarget> runnable_targets() {
  std::vector<SimdTarget> targets;
  for (const Pair& pair : kTargets) {
    if (is_runnable(pair.target)) targets.push_back(pair.target);
  }
  return targets;
}

bool is_runnable(SimdTarget target) {
  // Portable C++ runs everywhere; which of the two forms was compiled is Highway's choice (g++
  // before 12.3 miscompiles HWY_EMU128: https://gcc.gnu.org/bugzilla/show_bug.cgi?id=106322).
  // Asked once: CPUID costs microseconds on a virtual machine.
  static const std::int64_t supported = hwy::SupportedTargets() | HWY_SCALAR | HWY_EMU128;
  return (bit_of(target) & HWY_TARGETS & supported) != 0;
}

std::size_t table_index(SimdTarget target) {
#if (HWY_TARGETS & (HWY_TARGETS - 1)) == 0
  (void)target;
  return 0;  // one target only: HWY_EXPORT makes a table of one
#else
  hwy::ChosenTarget chosen;
  chosen.Update(bit_of(target));
  return chosen.GetIndex();
#endif
}

}  // namespace skim::cpu
