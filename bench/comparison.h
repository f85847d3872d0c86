// A run beside an earlier one: what got slower or faster beyond the noise of both (noise.h).
#pragma once

#include <string>

#include "saved_results.h"

namespace skim::bench {

struct Comparison {
  std::string text;
  // 1: a path got slower, or wrong where it was right. 2: nothing was judged, because the machines
  // differ or the runs have no time in common. 0: neither.
  int status = 0;
};

Comparison compare_runs(const SavedRun& old, const SavedRun& now);

}  // namespace skim::bench
