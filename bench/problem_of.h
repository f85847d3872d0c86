// A case as the problem that a plan is made for, without memory.
#pragma once

#include "cases.h"
#include "skim/device.h"
#include "skim/topk.h"

namespace skim::bench {

TopkProblem problem_of(const Case& bench_case, const Device& device, int threads);

}  // namespace skim::bench
