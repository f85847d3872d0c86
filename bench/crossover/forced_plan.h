// Plans and shapes as text, so that a crossover can be asked for on the command line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cases.h"
#include "path.h"
#include "plan/override.h"
#include "skim/device.h"

namespace skim::bench {

struct ForcedPlan {
  std::string text;  // "cluster_maxima ctas=8 vectors=4"; "plan" forces nothing
  PlanOverride forced;
};

// Plans are an algorithm and then fields of PlanOverride, separated by `;`. Shapes are
// ROWSxCOLS:kK:DTYPE or ROWSxCOLS:kK:DTYPE:INPUT, separated by commas. Both throw
// std::invalid_argument with one sentence that says what would do.
std::vector<ForcedPlan> parse_plans(std::string_view text);
std::vector<Case> parse_shapes(std::string_view text);

// What would run for that case. Throws InvalidRequest where the forced plan cannot serve it.
TopkPlan plan_of(const Case& bench_case, const Device& device, int threads,
                 const PlanOverride& forced);

// Our own path with that plan, named by its text.
PathPtr make_forced_skim(const ForcedPlan& plan);

}  // namespace skim::bench
