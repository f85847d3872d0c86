// The shapes and settings of `--op sample`.
#pragma once

#include <string_view>
#include <vector>

#include "cases.h"

namespace skim::bench {

// Throws std::invalid_argument with one sentence that names what exists.
std::vector<Case> sampling_sweep(std::string_view name);

}  // namespace skim::bench
