// Forces a plan, for tests and the benchmark: every algorithm and geometry on every input.
#pragma once

#include <cstdint>
#include <optional>

#include "skim/topk.h"

namespace skim {

struct PlanOverride {
  std::optional<TopkAlgorithm> algorithm;
  std::optional<SimdTarget> simd;
  std::optional<int> threads;
  std::optional<int> splits;
  std::optional<std::int64_t> tile_cols;
  std::optional<int> group_vectors;
  std::optional<std::int64_t> buffer;
};

// As plan_topk, with the given choices forced. Values that cannot work (a buffer below its minimum,
// a SIMD target that this CPU lacks) throw InvalidRequest instead of being bent.
SKIM_EXPORT TopkPlan plan_topk(const TopkProblem& problem, const Device& device,
                               const PlanOverride& forced);

}  // namespace skim
