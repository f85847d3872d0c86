#include "plan/cuda/group_maxima.h"

#include <algorithm>
#include <bit>
#include <iterator>

#include "cuda/layout.h"
#include "plan/cuda/held_rows.h"
#include "plan/tuning.h"
#include "problem/checks.h"

namespace skim::cuda_plan {
namespace {

// Groups whose maxima are compared to find one threshold.
int groups_of(const CudaGeometry& geometry) {
  return geometry.threads / 32 * geometry.groups_per_warp;
}

// Room for what usually reaches the threshold, and for k in any case.
int capacity_for(std::int64_t k) {
  return static_cast<int>(std::max(power_of_two(k), divide_up(k + 32, 32) * 32));
}

CudaGeometry lone_cta(std::int64_t row_vectors, int vectors) {
  constexpr std::int64_t kFewestThreads = 64;
  CudaGeometry geometry;
  geometry.vectors = vectors;
  geometry.threads = static_cast<int>(std::clamp<std::int64_t>(
      power_of_two(divide_up(row_vectors, vectors)), kFewestThreads, cuda::kMostMaximaThreads));
  return geometry;
}

// One CTA where it can hold the row with few vectors a thread, else the fewest that can.
CudaGeometry choose_shape(const TopkProblem& problem) {
  const std::int64_t vectors = row_vectors(problem);
  if (vectors <= tuning::kVectorsOfOneCta) {
    const std::int64_t most_single = problem.rows <= tuning::kFewSmallRows
                                         ? tuning::kSingleVectorsOfFewRows
                                         : tuning::kSingleVectorsOfManyRows;
    return lone_cta(vectors, vectors <= most_single ? 1 : 4);
  }
  return first_that_holds(vectors, CtaTeam::grid, cuda::kMostGridCtas, tuning::kMeetingShapes);
}

void choose_groups(const TopkProblem& problem, CudaGeometry& geometry) {
  const auto wanted = std::clamp<std::int64_t>(power_of_two(tuning::kGroupsPerResult * problem.k),
                                               64, cuda::kMostGroups);
  geometry.groups_per_warp = 1;
  const int of_one = groups_of(geometry);
  geometry.groups_per_warp = static_cast<int>(
      std::clamp<std::int64_t>(wanted / of_one, of_one < 32 ? 32 / of_one : 1, 32));
}

CudaGeometry choose(const TopkProblem& problem, const Device&, CtaTeam) {
  CudaGeometry geometry = choose_shape(problem);
  choose_groups(problem, geometry);
  geometry.capacity = capacity_for(problem.k);
  return geometry;
}

const char* reason(const TopkProblem& problem, const Device& device, CtaTeam team) {
  if (team == CtaTeam::cluster) return nullptr;
  if (!cuda::has_lanes(problem.dtype) || problem.k > tuning::kMostMaximaResults) return nullptr;
  if (held_vectors(choose(problem, device, team)) < row_vectors(problem)) return nullptr;
  return "the row fits into the registers of CTAs that are no cluster, and maxima of groups bound "
         "the k-th largest";
}

void check_groups(const CudaGeometry& geometry) {
  const int per_warp = geometry.groups_per_warp;
  if (per_warp < 1 || per_warp > 32 || !std::has_single_bit(static_cast<unsigned>(per_warp))) {
    refuse("forced groups_per_warp = {} must be a power of two in 1..32", per_warp);
  }
  const int groups = groups_of(geometry);
  if (groups < 32 || groups > cuda::kMostGroups) {
    refuse("forced groups_per_warp = {} makes {} groups; there must be 32 to {}", per_warp, groups,
           cuda::kMostGroups);
  }
}

void check(const TopkProblem& problem, const CudaGeometry& geometry) {
  check_served(problem, TopkAlgorithm::group_maxima, tuning::kMostMaximaResults, "filter");
  check_threads(geometry, cuda::kMostMaximaThreads);
  if (std::ranges::find(cuda::kMaximaVectors, geometry.vectors) == std::end(cuda::kMaximaVectors)) {
    refuse("forced vectors = {} is not compiled; choose 1, 4, 8 or 10", geometry.vectors);
  }
  check_held(problem, geometry);
  check_groups(geometry);
  if (geometry.capacity < power_of_two(problem.k)) {
    refuse("forced capacity = {} cannot hold k = {} and its ordering; give at least {}",
           geometry.capacity, problem.k, power_of_two(problem.k));
  }
}

std::size_t shared_bytes(const TopkProblem&, const CudaGeometry& geometry) {
  return cuda::group_maxima_shared_bytes(geometry);
}

std::size_t workspace_bytes(const TopkProblem& problem, const CudaGeometry& geometry) {
  return cuda::meeting_layout(problem.rows, geometry, static_cast<std::size_t>(geometry.capacity),
                              sizeof(std::int64_t))
      .bytes();
}

}  // namespace

constinit const Algorithm kGroupMaxima{TopkAlgorithm::group_maxima,
                                       false,
                                       reason,
                                       choose,
                                       nullptr,
                                       check,
                                       shared_bytes,
                                       workspace_bytes};

}  // namespace skim::cuda_plan
