// Chooses for a GPU.
#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>

#include "cuda/layout.h"
#include "plan/topk_plan.h"
#include "plan/tuning.h"
#include "problem/checks.h"

namespace skim {
namespace {

constexpr std::int64_t kVectorBytes = 16;
constexpr int kFewestThreads = 32;

std::int64_t divide_up(std::int64_t a, std::int64_t b) { return a / b + (a % b != 0 ? 1 : 0); }

// The least power of two that is no smaller.
std::int64_t power_of_two(std::int64_t number) {
  return static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(number)));
}

// The vectors that a row touches; one more where it may begin inside one.
std::int64_t row_vectors(const TopkProblem& problem) {
  const std::int64_t bytes = problem.cols * element_bytes(problem);
  return divide_up(bytes, kVectorBytes) + (problem.alignment < kVectorBytes ? 1 : 0);
}

bool has_maxima(DType dtype) {
  return dtype == DType::f32 || dtype == DType::f16 || dtype == DType::bf16;
}

// ---- group_maxima ----

std::int64_t held_vectors(const CudaGeometry& geometry) {
  return std::int64_t{geometry.ctas} * geometry.threads * geometry.vectors;
}

int warps_of(const CudaGeometry& geometry) { return geometry.threads / 32; }

// Groups whose maxima are compared to find one threshold.
int groups_of(const CudaGeometry& geometry) {
  const int ctas = geometry.team == CtaTeam::cluster ? geometry.ctas : 1;
  return ctas * warps_of(geometry) * geometry.groups_per_warp;
}

// Room for what usually reaches the threshold, and for k in any case.
int maxima_capacity(std::int64_t k) {
  return static_cast<int>(std::max(power_of_two(k), divide_up(k + 32, 32) * 32));
}

// One CTA where it can hold the row with few vectors a thread, else the fewest that can.
CudaGeometry maxima_shape(const TopkProblem& problem, CtaTeam team) {
  const std::int64_t vectors = row_vectors(problem);
  CudaGeometry geometry;
  if (vectors <= tuning::kVectorsOfOneCta) {
    const std::int64_t most_single = problem.rows <= tuning::kFewSmallRows
                                         ? tuning::kSingleVectorsOfFewRows
                                         : tuning::kSingleVectorsOfManyRows;
    geometry.vectors = vectors <= most_single ? 1 : 4;
    geometry.threads = static_cast<int>(std::clamp<std::int64_t>(
        power_of_two(divide_up(vectors, geometry.vectors)), 64, cuda::kMostMaximaThreads));
    return geometry;
  }
  geometry.team = team;
  const bool many_rows = problem.rows >= tuning::kManyRows;
  const auto& shapes = many_rows ? tuning::kShapesOfManyRows : tuning::kShapesOfFewRows;
  for (const tuning::MaximaShape& shape : shapes) {
    geometry.ctas = static_cast<int>(std::min<std::int64_t>(
        std::max<std::int64_t>(power_of_two(divide_up(vectors, shape.threads * shape.vectors)), 2),
        shape.most_ctas));
    geometry.threads = shape.threads;
    geometry.vectors = shape.vectors;
    if (held_vectors(geometry) >= vectors) break;
  }
  return geometry;
}

void choose_groups(const TopkProblem& problem, CudaGeometry& geometry) {
  const auto wanted = std::clamp<std::int64_t>(
      power_of_two(divide_up(tuning::kGroupsPerTwoResults * problem.k, 2)), 64, cuda::kMostGroups);
  geometry.groups_per_warp = 1;
  const int of_one = groups_of(geometry);
  geometry.groups_per_warp = static_cast<int>(
      std::clamp<std::int64_t>(wanted / of_one, of_one < 32 ? 32 / of_one : 1, 32));
}

// Many rows want the CTAs back soon; few rows, and more candidates, are done sooner by all of them.
int choose_writers(const TopkProblem& problem, const CudaGeometry& geometry) {
  if (geometry.team == CtaTeam::grid) return 1;
  if (problem.rows >= tuning::kManyRows || problem.k < tuning::kSharedOrderingResults) return 1;
  return geometry.ctas;
}

CudaGeometry choose_maxima(const TopkProblem& problem, CtaTeam team) {
  CudaGeometry geometry = maxima_shape(problem, team);
  geometry.writers = choose_writers(problem, geometry);
  choose_groups(problem, geometry);
  geometry.capacity = maxima_capacity(problem.k);
  return geometry;
}

// ---- filter ----

std::int64_t tile_of(const TopkProblem& problem, int threads) {
  return cuda::filter_tile(threads, size_of(problem.dtype));
}

std::int64_t least_filter_capacity(const TopkProblem& problem, int threads) {
  return std::max(problem.k + tile_of(problem, threads), power_of_two(problem.k));
}

// As many CTAs as fill the device, each with several tiles and many more elements than it keeps.
void choose_filter_ctas(const TopkProblem& problem, const Device& device, CtaTeam team,
                        CudaGeometry& geometry) {
  const std::int64_t share = std::max(tuning::kTilesPerCta * tile_of(problem, geometry.threads),
                                      tuning::kColsPerResult * problem.k);
  const std::int64_t useful = std::max<std::int64_t>(problem.cols / share, 1);
  const std::int64_t filling = std::max<std::int64_t>(
      std::int64_t{tuning::kCtasPerMultiprocessor} * device.multiprocessors / problem.rows, 1);
  geometry.ctas = static_cast<int>(std::min(useful, filling));
  if (geometry.ctas == 1 || team == CtaTeam::grid) return;
  if (geometry.ctas > tuning::kMostPortableClusterCtas) return;
  geometry.ctas = static_cast<int>(std::bit_floor(static_cast<unsigned>(geometry.ctas)));
  geometry.team = CtaTeam::cluster;
}

CudaGeometry choose_filter(const TopkProblem& problem, const Device& device, CtaTeam team) {
  CudaGeometry geometry;
  geometry.vectors = cuda::filter_vectors(size_of(problem.dtype));
  geometry.threads = static_cast<int>(
      std::clamp<std::int64_t>(power_of_two(divide_up(row_vectors(problem), geometry.vectors)), 64,
                               cuda::kMostFilterThreads));
  choose_filter_ctas(problem, device, team, geometry);
  const std::int64_t least = least_filter_capacity(problem, geometry.threads);
  geometry.capacity = static_cast<int>(least + tile_of(problem, geometry.threads) / 2);
  return geometry;
}

// ---- radix_select ----

CudaGeometry choose_radix(const TopkProblem& problem, const Device& device) {
  CudaGeometry geometry;
  geometry.threads = cuda::kRadixThreads;
  geometry.vectors = 1;
  const std::int64_t useful =
      divide_up(row_vectors(problem), std::int64_t{cuda::kRadixThreads} * tuning::kRadixRounds);
  const std::int64_t filling = std::max<std::int64_t>(
      std::int64_t{tuning::kCtasPerMultiprocessor} * device.multiprocessors / problem.rows, 1);
  geometry.ctas =
      static_cast<int>(std::clamp<std::int64_t>(useful, 1, std::max<std::int64_t>(filling, 2)));
  return geometry;
}

// ---- all of them ----

bool maxima_serves(const TopkProblem& problem, const CudaGeometry& geometry) {
  return has_maxima(problem.dtype) && problem.k <= tuning::kMostMaximaResults &&
         held_vectors(geometry) >= row_vectors(problem);
}

TopkAlgorithm choose_algorithm(const TopkProblem& problem, CtaTeam team, const char*& reason) {
  if (maxima_serves(problem, choose_maxima(problem, team))) {
    reason = "the row fits into registers, and maxima of groups bound the k-th largest";
    return TopkAlgorithm::group_maxima;
  }
  if (problem.k <= kSortedLimit) {
    reason = "k is small enough to keep the best so far in shared memory while the row streams by";
    return TopkAlgorithm::filter;
  }
  reason = "k is too large for shared memory: the k-th largest is found digit by digit";
  return TopkAlgorithm::radix_select;
}

CudaGeometry choose_geometry(const TopkProblem& problem, const Device& device, CtaTeam team,
                             TopkAlgorithm algorithm) {
  switch (algorithm) {
    case TopkAlgorithm::group_maxima:
      return choose_maxima(problem, team);
    case TopkAlgorithm::filter:
      return choose_filter(problem, device, team);
    default:
      return choose_radix(problem, device);
  }
}

std::size_t shared_bytes(const TopkProblem& problem, TopkAlgorithm algorithm,
                         const CudaGeometry& geometry) {
  switch (algorithm) {
    case TopkAlgorithm::group_maxima:
      return cuda::group_maxima_shared_bytes(geometry);
    case TopkAlgorithm::filter:
      return cuda::filter_shared_bytes(geometry, size_of(problem.dtype));
    default:
      return 0;
  }
}

std::size_t workspace_bytes(const TopkProblem& problem, TopkAlgorithm algorithm,
                            const CudaGeometry& geometry) {
  switch (algorithm) {
    case TopkAlgorithm::group_maxima:
      return cuda::meeting_layout(problem.rows, geometry,
                                  static_cast<std::size_t>(geometry.capacity), sizeof(std::int64_t))
          .bytes();
    case TopkAlgorithm::filter:
      return cuda::meeting_layout(problem.rows, geometry, static_cast<std::size_t>(problem.k),
                                  cuda::candidate_bytes(size_of(problem.dtype)))
          .bytes();
    default:
      return cuda::radix_layout(problem, geometry).bytes();
  }
}

void check_team(const Device& device, const TopkPlan& plan) {
  const CudaGeometry& geometry = plan.cuda;
  if (plan.algorithm == TopkAlgorithm::radix_select && geometry.team == CtaTeam::cluster) {
    refuse("forced team = cluster is not one of radix_select; choose grid");
  }
  if (geometry.ctas < 1) refuse("forced ctas = {} must be at least 1", geometry.ctas);
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

void check_threads(const CudaGeometry& geometry, int most) {
  if (geometry.threads < kFewestThreads || geometry.threads > most ||
      !std::has_single_bit(static_cast<unsigned>(geometry.threads))) {
    refuse("forced cta_threads = {} must be a power of two in {}..{}", geometry.threads,
           kFewestThreads, most);
  }
}

void check_maxima(const TopkProblem& problem, const CudaGeometry& geometry) {
  if (!has_maxima(problem.dtype)) {
    refuse("forced algorithm = group_maxima does not serve {}; choose filter or radix_select",
           name_of(problem.dtype));
  }
  if (problem.k > tuning::kMostMaximaResults) {
    refuse("forced algorithm = group_maxima does not serve k = {}, the limit is {}; choose filter",
           problem.k, tuning::kMostMaximaResults);
  }
  check_threads(geometry, cuda::kMostMaximaThreads);
  if (std::ranges::find(cuda::kMaximaVectors, geometry.vectors) == std::end(cuda::kMaximaVectors)) {
    refuse("forced vectors = {} is not compiled; choose 1, 4, 8 or 10", geometry.vectors);
  }
  if (held_vectors(geometry) < row_vectors(problem)) {
    refuse(
        "forced ctas = {}, cta_threads = {} and vectors = {} hold {} vectors of 16 bytes, but a "
        "row "
        "has {}; raise one of them or choose filter",
        geometry.ctas, geometry.threads, geometry.vectors, held_vectors(geometry),
        row_vectors(problem));
  }
  const int per_warp = geometry.groups_per_warp;
  if (per_warp < 1 || per_warp > 32 || !std::has_single_bit(static_cast<unsigned>(per_warp))) {
    refuse("forced groups_per_warp = {} must be a power of two in 1..32", per_warp);
  }
  const int groups = groups_of(geometry);
  if (groups < 32 || groups > cuda::kMostGroups) {
    refuse("forced groups_per_warp = {} makes {} groups; there must be 32 to {}", per_warp, groups,
           cuda::kMostGroups);
  }
  const int all_writers = geometry.team == CtaTeam::cluster ? geometry.ctas : 1;
  if (geometry.writers != 1 && geometry.writers != all_writers) {
    refuse("forced writers = {} must be 1 or all {} CTAs of a cluster", geometry.writers,
           all_writers);
  }
  if (geometry.capacity < power_of_two(problem.k)) {
    refuse("forced capacity = {} cannot hold k = {} and its ordering; give at least {}",
           geometry.capacity, problem.k, power_of_two(problem.k));
  }
}

void check_filter(const TopkProblem& problem, const CudaGeometry& geometry) {
  if (problem.k > kSortedLimit) {
    refuse("forced algorithm = filter does not serve k = {}, the limit is {}; choose radix_select",
           problem.k, kSortedLimit);
  }
  check_threads(geometry, cuda::kMostFilterThreads);
  const int vectors = cuda::filter_vectors(size_of(problem.dtype));
  if (geometry.vectors != vectors) {
    refuse("forced vectors = {} is not compiled for filter; choose {}", geometry.vectors, vectors);
  }
  const std::int64_t least = least_filter_capacity(problem, geometry.threads);
  if (geometry.capacity < least) {
    refuse("forced capacity = {} cannot hold k and one tile; give at least {}", geometry.capacity,
           least);
  }
}

void check_radix(const TopkProblem& problem, const CudaGeometry& geometry) {
  if (geometry.threads != cuda::kRadixThreads || geometry.vectors != 1) {
    refuse(
        "forced cta_threads = {} and vectors = {} are not compiled for radix_select; choose {} "
        "and 1",
        geometry.threads, geometry.vectors, cuda::kRadixThreads);
  }
  constexpr std::int64_t kMostOfOneCta = std::int64_t{1} << 31;  // counted in 32 bits
  if (problem.cols / geometry.ctas > kMostOfOneCta) {
    refuse("forced ctas = {} leaves {} columns to each, the limit is {}; raise it", geometry.ctas,
           problem.cols / geometry.ctas, kMostOfOneCta);
  }
}

void check_shared(const TopkProblem& problem, const Device& device, const TopkPlan& plan) {
  const std::size_t needed = shared_bytes(problem, plan.algorithm, plan.cuda);
  const auto there = static_cast<std::size_t>(device.shared_bytes);
  if (needed + cuda::kStaticSharedBytes <= there) return;
  refuse(
      "forced ctas = {} and capacity = {} need {} bytes of shared memory, the limit of {} is {}; "
      "lower one of them",
      plan.cuda.ctas, plan.cuda.capacity, needed, to_string(device.id),
      there - cuda::kStaticSharedBytes);
}

void check_forced(const TopkProblem& problem, const Device& device, const TopkPlan& plan) {
  check_team(device, plan);
  switch (plan.algorithm) {
    case TopkAlgorithm::group_maxima:
      check_maxima(problem, plan.cuda);
      break;
    case TopkAlgorithm::filter:
      check_filter(problem, plan.cuda);
      break;
    default:
      check_radix(problem, plan.cuda);
  }
  check_shared(problem, device, plan);
}

void force_geometry(CudaGeometry& geometry, const PlanOverride& forced) {
  force(geometry.team, forced.team);
  force(geometry.ctas, forced.ctas);
  force(geometry.threads, forced.cta_threads);
  force(geometry.vectors, forced.vectors);
  force(geometry.groups_per_warp, forced.groups_per_warp);
  if (geometry.writers > 1) geometry.writers = geometry.ctas;
  force(geometry.writers, forced.writers);
  force(geometry.capacity, forced.capacity);
}

}  // namespace

TopkPlan plan_topk_cuda(const TopkProblem& problem, const Device& device,
                        const PlanOverride& forced) {
  TopkPlan plan;
  plan.problem = problem;
  const CtaTeam team =
      forced.team.value_or(device.cluster_ctas > 1 ? CtaTeam::cluster : CtaTeam::grid);
  plan.algorithm = choose_algorithm(problem, team, plan.reason);
  if (forced.algorithm && *forced.algorithm != plan.algorithm) {
    plan.algorithm = *forced.algorithm;
    plan.reason = "forced";
  }
  plan.cuda = choose_geometry(problem, device, team, plan.algorithm);
  force_geometry(plan.cuda, forced);
  check_forced(problem, device, plan);
  plan.workspace_bytes = workspace_bytes(problem, plan.algorithm, plan.cuda);
  plan.bytes_read = bytes_to_read(problem);
  return plan;
}

}  // namespace skim
