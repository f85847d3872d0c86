// The limits of the CUDA plans in src/plan/tuning.h, each with the plans on both sides of it.
#pragma once

#include <string>
#include <vector>

#include "crossover/crossover.h"

namespace skim::bench {

std::vector<Boundary> tuned_boundaries();

// Those whose name begins with one of `names`; all where there are none. Throws
// std::invalid_argument on a name that none begins with.
std::vector<Boundary> boundaries_named(const std::vector<std::string>& names);

}  // namespace skim::bench
