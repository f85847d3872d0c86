#include "noise.h"

#include <algorithm>

namespace skim::bench {

double noise_of(const Timing& one, const Timing& other) {
  constexpr double kBetweenRuns = 0.03;
  return std::max(kBetweenRuns, one.spread + other.spread);
}

bool slower(const Timing& one, const Timing& other) {
  return one.median_us > (1 + noise_of(one, other)) * other.median_us;
}

}  // namespace skim::bench
