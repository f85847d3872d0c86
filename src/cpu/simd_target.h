// SimdTarget <-> Highway's targets, and the choice of an entry in a Highway dispatch table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "skim/device.h"

namespace skim::cpu {

// Of those compiled here, what this CPU runs; slowest first, never empty.
std::vector<SimdTarget> runnable_targets();
bool is_runnable(SimdTarget target);

// Bytes of one vector.
constexpr int vector_bytes(SimdTarget target) {
  switch (target) {
    case SimdTarget::scalar:
    case SimdTarget::sse4:
    case SimdTarget::neon:
      return 16;
    case SimdTarget::avx2:
      return 32;
    case SimdTarget::avx3:
    case SimdTarget::avx3_dl:
      return 64;
  }
  return 16;
}

// Position of a target's function in a table made by HWY_EXPORT.
std::size_t table_index(SimdTarget target);

}  // namespace skim::cpu
