// The whole run in one table, in the columns of the published comparison.
#pragma once

#include <string>
#include <vector>

#include "results.h"
#include "terminal.h"

namespace skim::bench {

// Empty where nothing was timed.
std::string side_by_side(const std::vector<CaseResult>& results, const Painter& painter);

}  // namespace skim::bench
