#include "plan/cuda/cluster_buckets.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <span>

#include "cuda/cluster_buckets_layout.h"
#include "plan/cuda/held_rows.h"
#include "plan/tuning.h"
#include "problem/checks.h"

namespace skim::cuda_plan {
namespace {

std::span<const tuning::MaximaShape> clusters_for(const TopkProblem& problem) {
  if (problem.rows <= tuning::kFewBucketRows) return tuning::kBucketClustersOfFewRows;
  if (problem.rows <= tuning::kSeveralBucketRows) return tuning::kBucketClustersOfSeveralRows;
  const std::int64_t more = problem.k <= tuning::kFewBucketResults
                                ? tuning::kMoreBucketRowsOfFewResults
                                : tuning::kMoreBucketRows;
  if (problem.rows <= more) return tuning::kBucketClustersOfMoreRows;
  if (problem.rows <= tuning::kManyBucketRows) return tuning::kBucketClustersOfManyRows;
  return tuning::kBucketClustersOfMostRows;
}

CudaGeometry choose(const TopkProblem& problem, const Device& device, CtaTeam team) {
  return first_that_holds(row_vectors(problem), team, device.cluster_ctas, clusters_for(problem));
}

// Of a thread. Rows may be shorter than they look, and their last threads have nothing then.
std::int64_t choose_thread_groups(const TopkProblem& problem, const CudaGeometry& geometry) {
  if (problem.has_row_lengths) return cuda::kMostThreadGroups;
  const std::int64_t threads =
      std::min(std::int64_t{geometry.ctas} * geometry.threads, row_vectors(problem));
  const std::int64_t wanted = power_of_two(
      divide_up(tuning::kBucketGroupsPerResult * problem.k, std::max<std::int64_t>(threads, 1)));
  return std::clamp<std::int64_t>(wanted, 1, cuda::kMostThreadGroups);
}

void complete(const TopkProblem& problem, CudaGeometry& geometry) {
  const std::int64_t share = divide_up(problem.k, std::max(geometry.ctas, 1));
  geometry.groups = geometry.threads * static_cast<int>(choose_thread_groups(problem, geometry));
  geometry.capacity =
      static_cast<int>(tuning::kCandidatesPerResult * share + tuning::kMoreCandidatesOfCta);
}

const char* reason(const TopkProblem& problem, const Device& device, CtaTeam team) {
  if (team == CtaTeam::grid || device.cluster_ctas == 1) return nullptr;
  if (!cuda::has_lanes(problem.dtype) || problem.k > kSortedLimit) return nullptr;
  if (problem.k <= tuning::kMostMaximaResults) return nullptr;
  if (held_vectors(choose(problem, device, team)) < row_vectors(problem)) return nullptr;
  return "the row fits into the registers of a cluster, and k is large: each CTA orders a range of "
         "values";
}

void check_shape(const TopkProblem& problem, const CudaGeometry& geometry) {
  if (geometry.team != CtaTeam::cluster) {
    refuse("forced team = {} is not one of cluster_buckets; choose cluster or algorithm = filter",
           to_string(geometry.team));
  }
  const auto& compiled = cuda::kClusterBucketVectors;
  if (std::ranges::find(compiled, geometry.vectors) == std::end(compiled)) {
    refuse("forced vectors = {} is not compiled for cluster_buckets; choose one of {}",
           geometry.vectors, fmt::join(compiled, ", "));
  }
  check_threads(geometry, cuda::most_cluster_bucket_threads(geometry.vectors));
  check_held(problem, geometry);
}

void check(const TopkProblem& problem, const CudaGeometry& geometry) {
  check_served(problem, TopkAlgorithm::cluster_buckets, kSortedLimit, "radix_select");
  check_shape(problem, geometry);
  const int threads = geometry.threads;
  if (geometry.groups != threads && geometry.groups != 2 * threads &&
      geometry.groups != 4 * threads) {
    refuse("forced groups = {} must be 1, 2 or 4 times cta_threads = {}", geometry.groups, threads);
  }
  const std::int64_t least = divide_up(problem.k, geometry.ctas);
  if (geometry.capacity < least) {
    refuse("forced capacity = {} must be at least {}, so that {} CTAs hold k = {}",
           geometry.capacity, least, geometry.ctas, problem.k);
  }
}

std::size_t shared_bytes(const TopkProblem&, const CudaGeometry& geometry) {
  return cuda::cluster_buckets_shared_bytes(geometry);
}

}  // namespace

constinit const Algorithm kClusterBuckets{TopkAlgorithm::cluster_buckets,
                                          true,
                                          reason,
                                          choose,
                                          complete,
                                          check,
                                          shared_bytes,
                                          no_workspace};

}  // namespace skim::cuda_plan
