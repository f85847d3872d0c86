// When two timings differ: defined once, for the comparison with an old run and for the guidance.
#pragma once

#include "clock.h"

namespace skim::bench {

// The share by which two medians may differ and mean nothing: the spreads of both together, and
// never less than 3 %, because a run differs from the next by more than its own samples do.
double noise_of(const Timing& one, const Timing& other);

// Beyond the noise: median > (1 + noise) x the other median.
bool slower(const Timing& one, const Timing& other);

}  // namespace skim::bench
