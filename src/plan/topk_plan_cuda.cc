// Chooses for a GPU: which algorithm. What each then needs is its own file's (plan/cuda/).
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <iterator>
#include <string>
#include <vector>

#include "cuda/layout.h"
#include "plan/cuda/algorithm.h"
#include "plan/cuda/bucket_select.h"
#include "plan/cuda/cluster_buckets.h"
#include "plan/cuda/cluster_maxima.h"
#include "plan/cuda/filter.h"
#include "plan/cuda/group_maxima.h"
#include "plan/cuda/radix_select.h"
#include "plan/cuda/register_sort.h"
#include "plan/cuda/sample_select.h"
#include "plan/cuda/warp_maxima.h"
#include "plan/topk_plan.h"
#include "problem/checks.h"

namespace skim {
namespace {

using cuda_plan::Algorithm;

// In the order in which they are asked; the last serves every problem.
constexpr const Algorithm* kAlgorithms[] = {
    &cuda_plan::kRegisterSort,  &cuda_plan::kWarpMaxima,     &cuda_plan::kBucketSelect,
    &cuda_plan::kClusterMaxima, &cuda_plan::kClusterBuckets, &cuda_plan::kGroupMaxima,
    &cuda_plan::kSampleSelect,  &cuda_plan::kFilter,         &cuda_plan::kRadixSelect};

const Algorithm& choose_algorithm(const TopkProblem& problem, const Device& device, CtaTeam team,
                                  const char*& reason) {
  const auto* const chosen = std::ranges::find_if(kAlgorithms, [&](const Algorithm* algorithm) {
    reason = algorithm->reason(problem, device, team);
    return reason != nullptr;
  });
  return **chosen;
}

const Algorithm& forced_algorithm(TopkAlgorithm wanted) {
  const auto* const found = std::ranges::find(kAlgorithms, wanted, &Algorithm::algorithm);
  if (found != std::end(kAlgorithms)) return **found;
  std::vector<std::string> names;
  for (const Algorithm* algorithm : kAlgorithms) names.push_back(to_string(algorithm->algorithm));
  refuse("forced algorithm = {} is not one of a GPU; choose {}", to_string(wanted),
         fmt::join(names, ", "));
}

void check_team(const Device& device, const Algorithm& algorithm, const CudaGeometry& geometry) {
  if (geometry.team == CtaTeam::cluster && !algorithm.in_clusters) {
    refuse("forced team = cluster is not one of {}; choose grid", to_string(algorithm.algorithm));
  }
  if (geometry.ctas < 1 || geometry.ctas > cuda::kMostGridCtas) {
    refuse("forced ctas = {} must be in 1..{}", geometry.ctas, cuda::kMostGridCtas);
  }
  if (geometry.sample_ctas > device.cluster_ctas) {
    refuse("forced sample_ctas = {} must be at most {}, the CTAs of a cluster of {}",
           geometry.sample_ctas, device.cluster_ctas, to_string(device.id));
  }
  if (geometry.team == CtaTeam::grid) return;
  if (device.cluster_ctas == 1) {
    refuse("forced team = cluster needs compute capability 9.0, but {} has {}.{}; choose grid",
           to_string(device.id), device.compute_capability / 10, device.compute_capability % 10);
  }
  if (geometry.ctas < 2 || geometry.ctas > device.cluster_ctas ||
      !std::has_single_bit(static_cast<unsigned>(geometry.ctas))) {
    refuse("forced ctas = {} must be a power of two in 2..{} in a cluster; choose grid for others",
           geometry.ctas, device.cluster_ctas);
  }
}

void check_lanes(const Algorithm& algorithm, const CudaGeometry& chosen,
                 const PlanOverride& forced) {
  if (chosen.lanes > 0 || forced.lanes.value_or(0) == 0) return;
  refuse("forced lanes = {} means nothing to {}, whose rows have whole CTAs; leave it out",
         *forced.lanes, to_string(algorithm.algorithm));
}

void check_shared(const TopkProblem& problem, const Device& device, const Algorithm& algorithm,
                  const CudaGeometry& geometry) {
  const std::size_t needed = algorithm.shared_bytes(problem, geometry);
  const auto there = static_cast<std::size_t>(device.shared_bytes);
  if (needed + cuda::kStaticSharedBytes <= there) return;
  refuse(
      "forced ctas = {} and capacity = {} need {} bytes of shared memory, the limit of {} is {}; "
      "lower one of them",
      geometry.ctas, geometry.capacity, needed, to_string(device.id),
      there - cuda::kStaticSharedBytes);
}

void force_shape(CudaGeometry& geometry, const PlanOverride& forced) {
  force(geometry.team, forced.team);
  force(geometry.ctas, forced.ctas);
  force(geometry.threads, forced.cta_threads);
  force(geometry.lanes, forced.lanes);
  force(geometry.vectors, forced.vectors);
  force(geometry.sample_ctas, forced.sample_ctas);
}

void force_rest(CudaGeometry& geometry, const PlanOverride& forced) {
  force(geometry.groups_per_warp, forced.groups_per_warp);
  force(geometry.groups, forced.groups);
  force(geometry.wanted, forced.wanted);
  force(geometry.capacity, forced.capacity);
}

}  // namespace

TopkPlan plan_topk_cuda(const TopkProblem& problem, const Device& device,
                        const PlanOverride& forced) {
  TopkPlan plan;
  plan.problem = problem;
  const CtaTeam team =
      forced.team.value_or(device.cluster_ctas > 1 ? CtaTeam::cluster : CtaTeam::grid);
  const Algorithm* algorithm = &choose_algorithm(problem, device, team, plan.reason);
  if (forced.algorithm && *forced.algorithm != algorithm->algorithm) {
    algorithm = &forced_algorithm(*forced.algorithm);
    plan.reason = "forced";
  }
  plan.algorithm = algorithm->algorithm;
  plan.cuda = algorithm->geometry(problem, device, team);
  check_lanes(*algorithm, plan.cuda, forced);
  force_shape(plan.cuda, forced);
  check_team(device, *algorithm, plan.cuda);
  if (algorithm->complete != nullptr) algorithm->complete(problem, plan.cuda);
  force_rest(plan.cuda, forced);
  algorithm->check(problem, plan.cuda);
  check_shared(problem, device, *algorithm, plan.cuda);
  plan.workspace_bytes = algorithm->workspace_bytes(problem, plan.cuda);
  plan.bytes_read = bytes_to_read(problem);
  return plan;
}

}  // namespace skim
