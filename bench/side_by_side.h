// The whole run in one table, in the columns of the published comparison, and what the published
// figures can have measured.
#pragma once

#include <string>
#include <vector>

#include "results.h"
#include "terminal.h"

namespace skim::bench {

// Empty where nothing was timed.
std::string side_by_side(const std::vector<CaseResult>& results, const Painter& painter);

// One line a published figure of the run: GPU time beside host time, and which of them the figure
// is consistent with. Empty where nothing published was timed on a GPU.
std::string published_figures(const std::vector<CaseResult>& results);

}  // namespace skim::bench
