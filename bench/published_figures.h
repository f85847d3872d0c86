// What the published figures can have measured.
#pragma once

#include <string>
#include <vector>

#include "results.h"

namespace skim::bench {

// One line a published figure of the run: GPU time beside host time, and which of them the figure
// is consistent with. Empty where nothing published was timed on a GPU.
std::string published_figures(const std::vector<CaseResult>& results);

}  // namespace skim::bench
