// Chooses for the CPU.
#include <algorithm>
#include <cstdint>

#include "cpu/simd_target.h"
#include "cpu/workspace.h"
#include "plan/topk_plan.h"
#include "plan/tuning.h"
#include "problem/checks.h"

namespace skim {
namespace {

void choose_threads(const TopkProblem& problem, const Device& device, CpuGeometry& geometry) {
  const int most = std::max(device.threads, device.processors);
  const std::int64_t allowed =
      problem.num_threads > 0 ? std::min(problem.num_threads, most) : device.threads;
  const std::int64_t bytes = bytes_of_rows(problem, problem.rows);
  const std::int64_t useful = std::clamp<std::int64_t>(bytes / tuning::kBytesPerThread, 1, allowed);
  if (problem.rows < useful && problem.cols >= tuning::kSplitCols) {
    geometry.splits =
        static_cast<int>(std::min(useful / problem.rows, 2 * problem.cols / tuning::kSplitCols));
  }
  geometry.threads = static_cast<int>(std::min(useful, problem.rows * geometry.splits));
}

// The whole row where it stays in the L2, else tiles that do.
std::int64_t choose_tile(const TopkProblem& problem, std::int64_t part_cols,
                         std::int64_t l2_bytes) {
  const std::int64_t l2_elements = l2_bytes / element_bytes(problem);
  if (static_cast<double>(part_cols) <= tuning::kTileShareOfL2 * static_cast<double>(l2_elements)) {
    return part_cols;
  }
  return l2_elements / 2;
}

// Two groups share a vector of maxima.
std::int64_t maxima_of(std::int64_t tile_cols, int group_vectors) {
  return tile_cols / (2 * group_vectors);
}

// Large groups make the first pass cheap, small ones the visit of those that reach the bound; there
// must be enough maxima for a sharp bound.
int choose_group_vectors(const TopkProblem& problem, std::int64_t tile_cols, std::int64_t lanes) {
  int group =
      tile_cols / lanes < tuning::kLongRowVectors ? tuning::kShortRowGroup : tuning::kLongRowGroup;
  const std::int64_t maxima_wanted = tuning::kWantedMaximaPerResult * problem.k;
  while (group > tuning::kSmallestGroup && maxima_of(tile_cols, group) < maxima_wanted) group /= 2;
  return group;
}

bool enough_maxima(const TopkProblem& problem, std::int64_t tile_cols, int group_vectors) {
  return maxima_of(tile_cols, group_vectors) >= tuning::kFewestMaximaPerResult * problem.k;
}

std::int64_t smallest_buffer(const TopkProblem& problem, SimdTarget simd) {
  return problem.k + cpu::vector_bytes(simd) / element_bytes(problem);
}

std::int64_t choose_buffer(const TopkProblem& problem, SimdTarget simd) {
  const std::int64_t roomy = tuning::kBufferPerResult * problem.k + tuning::kBufferExtra;
  return std::max(std::min(roomy, problem.cols), smallest_buffer(problem, simd));
}

void check_forced(const TopkProblem& problem, const TopkPlan& plan) {
  const CpuGeometry& geometry = plan.cpu;
  if (plan.algorithm != TopkAlgorithm::group_maxima && plan.algorithm != TopkAlgorithm::filter) {
    refuse("forced algorithm = {} is not one of the CPU; choose group_maxima or filter",
           to_string(plan.algorithm));
  }
  if (!cpu::is_runnable(geometry.simd)) {
    refuse("forced simd target {} does not run on this CPU; choose one of runnable_simd_targets()",
           to_string(geometry.simd));
  }
  if (geometry.threads < 1 || geometry.splits < 1) {
    refuse("forced threads = {} and splits = {} must both be at least 1", geometry.threads,
           geometry.splits);
  }
  const std::int64_t least = smallest_buffer(problem, geometry.simd);
  if (geometry.buffer < least) {
    refuse("forced buffer = {} cannot hold k and one vector; give at least {}", geometry.buffer,
           least);
  }
  if (plan.algorithm != TopkAlgorithm::group_maxima) return;
  if (geometry.group_vectors < 4 || geometry.group_vectors % 4 != 0) {
    refuse("forced group_vectors = {} must be a multiple of 4, at least 4", geometry.group_vectors);
  }
  const std::int64_t group =
      geometry.group_vectors * (cpu::vector_bytes(geometry.simd) / element_bytes(problem));
  if (geometry.tile_cols < group) {
    refuse("forced tile_cols = {} is below one group; give at least {}", geometry.tile_cols, group);
  }
}

void choose_algorithm(const TopkProblem& problem, const Device& device, TopkPlan& plan) {
  CpuGeometry& geometry = plan.cpu;
  const std::int64_t lanes = cpu::vector_bytes(geometry.simd) / element_bytes(problem);
  const std::int64_t part_cols = problem.cols / geometry.splits;
  geometry.tile_cols = choose_tile(problem, part_cols, device.l2_bytes);
  geometry.group_vectors = choose_group_vectors(problem, geometry.tile_cols, lanes);
  geometry.buffer = choose_buffer(problem, geometry.simd);
  const std::int64_t group = geometry.group_vectors * lanes;
  if (geometry.tile_cols < group) {
    plan.algorithm = TopkAlgorithm::filter;
    plan.reason = "the row is shorter than one group of vectors";
  } else if (!enough_maxima(problem, geometry.tile_cols, geometry.group_vectors)) {
    plan.algorithm = TopkAlgorithm::filter;
    plan.reason = "k is too large a part of the row for maxima of groups to bound it well";
  } else {
    plan.algorithm = TopkAlgorithm::group_maxima;
    plan.reason = "the maxima of groups bound the k-th largest, so few groups are read twice";
  }
}

}  // namespace

TopkPlan plan_topk_cpu(const TopkProblem& problem, const Device& device,
                       const PlanOverride& forced) {
  TopkPlan plan;
  plan.problem = problem;
  CpuGeometry& geometry = plan.cpu;
  geometry.simd = forced.simd.value_or(device.simd);
  choose_threads(problem, device, geometry);
  force(geometry.threads, forced.threads);
  force(geometry.splits, forced.splits);
  choose_algorithm(problem, device, plan);
  if (forced.algorithm && *forced.algorithm != plan.algorithm) {
    plan.algorithm = *forced.algorithm;
    plan.reason = "forced";
  }
  force(geometry.tile_cols, forced.tile_cols);
  force(geometry.group_vectors, forced.group_vectors);
  force(geometry.buffer, forced.buffer);
  check_forced(problem, plan);
  if (plan.algorithm != TopkAlgorithm::group_maxima)
    geometry.tile_cols = geometry.group_vectors = 0;
  plan.workspace_bytes = cpu::workspace_layout(problem, plan.algorithm, geometry).bytes();
  plan.bytes_read = bytes_to_read(problem);
  return plan;
}

}  // namespace skim
