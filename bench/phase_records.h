// What kernels with clocks leave behind.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace skim::bench {

inline constexpr int kMostPhases = 16;  // of a kernel

// Clock cycles of the first thread of each CTA.
struct PhaseRecords {
  std::vector<std::string> names;
  int ctas = 1;  // that share a row, or a few rows where one CTA takes them
  // A call each: kMostPhases a CTA, the CTAs of a row side by side.
  std::vector<std::vector<std::int64_t>> calls;
};

}  // namespace skim::bench
