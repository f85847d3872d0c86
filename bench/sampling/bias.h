// Whether a path draws tokens with their probabilities.
#pragma once

#include <string>

#include "cases.h"
#include "measure.h"
#include "path.h"

namespace skim::bench {

// Draws from a small row as `bench_case` says and compares the counts. Empty, or what is wrong.
std::string find_bias(Path& path, const Case& bench_case, const MeasureOptions& options);

}  // namespace skim::bench
