// Forces a plan, for tests and the benchmark: every algorithm and geometry on every input.
#pragma once

#include <cstdint>
#include <optional>

#include "skim/sample.h"
#include "skim/sampling_steps.h"
#include "skim/topk.h"

namespace skim {

struct PlanOverride {
  std::optional<TopkAlgorithm> algorithm;

  // CPU
  std::optional<SimdTarget> simd;
  std::optional<int> threads;
  std::optional<int> splits;
  std::optional<std::int64_t> tile_cols;
  std::optional<int> group_vectors;
  std::optional<std::int64_t> buffer;

  // CUDA
  std::optional<CtaTeam> team;
  std::optional<int> ctas;
  std::optional<int> cta_threads;
  std::optional<int> lanes;
  std::optional<int> vectors;
  std::optional<int> groups_per_warp;
  std::optional<int> groups;
  std::optional<int> wanted;
  std::optional<int> capacity;
  std::optional<int> sample_ctas;
};

// As plan_topk, with the given choices forced; those of the other kind of device mean nothing.
// Values that cannot work (a buffer below its minimum, a SIMD target that this CPU lacks, a cluster
// where there are none) throw InvalidRequest instead of being bent.
SKIM_EXPORT TopkPlan plan_topk(const TopkProblem& problem, const Device& device,
                               const PlanOverride& forced);

struct SampleOverride {
  // CPU
  std::optional<SimdTarget> simd = {};
  std::optional<int> threads = {};

  // CUDA
  std::optional<CtaTeam> team = {};
  std::optional<int> ctas = {};
  std::optional<int> cta_threads = {};
  std::optional<bool> held = {};
  std::optional<int> candidates = {};
};

// As plan_sample and plan_step, with the given choices forced, or refused where they cannot work.
SKIM_EXPORT SamplePlan plan_sample(const SampleProblem& problem, const Device& device,
                                   const SampleOverride& forced);
SKIM_EXPORT StepPlan plan_step(const StepProblem& problem, const Device& device,
                               const SampleOverride& forced);

}  // namespace skim
