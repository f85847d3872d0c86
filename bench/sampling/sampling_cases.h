// The shapes and settings of `--op sample`, and which operation has which shapes.
#pragma once

#include <string_view>
#include <vector>

#include "cases.h"

namespace skim::bench {

// Throws std::invalid_argument with one sentence that names what exists.
std::vector<Case> sampling_sweep(std::string_view name);

// The sweeps of an operation, by their names.
using SweepOf = std::vector<Case> (*)(std::string_view name);
SweepOf sweeps_of(Operation operation);

}  // namespace skim::bench
