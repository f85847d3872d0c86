#include "plan/cuda/cluster_maxima.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <span>

#include "cuda/cluster_maxima_layout.h"
#include "plan/cuda/held_rows.h"
#include "plan/tuning.h"
#include "problem/checks.h"

namespace skim::cuda_plan {
namespace {

std::span<const int> compiled_vectors(CtaTeam team) {
  if (team == CtaTeam::cluster) return cuda::kExchangeVectors;
  return cuda::kLoneVectors;
}

std::span<const tuning::MaximaShape> clusters_for(const TopkProblem& problem,
                                                  const Device& device) {
  if (problem.rows <= tuning::kFewClusterRows) {
    if (problem.k >= tuning::kManyClusterResults) return tuning::kClustersOfManyResults;
    return tuning::kClustersOfFewRows;
  }
  if (problem.rows <= tuning::kManyClusterRows) return tuning::kClustersOfMoreRows;
  if (problem.rows <= device.multiprocessors / 2) return tuning::kClustersOfManyRows;
  return tuning::kClustersOfMostRows;
}

CudaGeometry choose_shape(const TopkProblem& problem, const Device& device, CtaTeam team) {
  const std::int64_t vectors = row_vectors(problem);
  const std::int64_t most_of_one = problem.rows > tuning::kFewClusterRows
                                       ? tuning::kLoneCtaVectorsOfMoreRows
                                       : tuning::kLoneCtaVectors;
  if (vectors <= cuda::kMostMaximaThreads) return lone_cta(vectors, 1);
  if (vectors <= 2 * cuda::kMostMaximaThreads) return lone_cta(vectors, 2);
  if (team == CtaTeam::grid || vectors <= most_of_one) return lone_cta(vectors, 4);
  return several_ctas(vectors, team, device.cluster_ctas, clusters_for(problem, device));
}

// Its share of the k best, and so many more that hardly ever a CTA has more of them: how many it
// has is about binomial, and one in 700 is 3 standard deviations above the mean.
int wanted_of(std::int64_t k, const CudaGeometry& geometry) {
  const double share = static_cast<double>(k) / geometry.ctas;
  const double wanted = std::ceil(share + tuning::kSpareDeviations * std::sqrt(share) + 1);
  const double most = static_cast<double>(std::max<std::int64_t>(k, 1));
  return static_cast<int>(geometry.ctas == 1 ? most : std::min(wanted, most));
}

int groups_of(const CudaGeometry& geometry) {
  const auto groups =
      std::clamp<std::int64_t>(power_of_two(tuning::kGroupsPerResult * geometry.wanted),
                               tuning::kFewestGroups, cuda::kMostGroups);
  const std::int64_t threads = std::max(geometry.threads, 1);  // forced, and not looked at yet
  return static_cast<int>(std::clamp(groups, threads / 32, threads));
}

// Room for the k best, for what usually reaches the threshold, and for whole vectors where the
// elements of one go together, as in an ascending row.
int capacity_for(const TopkProblem& problem, const CudaGeometry& geometry) {
  constexpr std::int64_t kMostOfVectors = 256;
  const auto elements = static_cast<std::int64_t>(16 / size_of(problem.dtype));
  const std::int64_t usual = std::max<std::int64_t>(
      2 * geometry.wanted, std::min(geometry.wanted * elements, kMostOfVectors));
  return static_cast<int>(std::max(problem.k, divide_up(usual + 32, 32) * 32));
}

CudaGeometry choose(const TopkProblem& problem, const Device& device, CtaTeam team) {
  return choose_shape(problem, device, team);
}

void complete(const TopkProblem& problem, CudaGeometry& geometry) {
  geometry.wanted = wanted_of(problem.k, geometry);
  geometry.groups = groups_of(geometry);
  geometry.capacity = capacity_for(problem, geometry);
}

const char* reason(const TopkProblem& problem, const Device& device, CtaTeam team) {
  if (!cuda::has_lanes(problem.dtype) || problem.k > tuning::kMostMaximaResults) return nullptr;
  if (held_vectors(choose(problem, device, team)) < row_vectors(problem)) return nullptr;
  return "the row fits into registers, and CTAs that share it need to hear of each other once";
}

void check_problem(const TopkProblem& problem) {
  if (!cuda::has_lanes(problem.dtype)) {
    refuse("forced algorithm = cluster_maxima does not serve {}; choose filter or radix_select",
           name_of(problem.dtype));
  }
  if (problem.k > tuning::kMostMaximaResults) {
    refuse(
        "forced algorithm = cluster_maxima does not serve k = {}, the limit is {}; choose filter",
        problem.k, tuning::kMostMaximaResults);
  }
}

void check_shape(const TopkProblem& problem, const CudaGeometry& geometry) {
  check_threads(geometry, cuda::kMostMaximaThreads);
  if (geometry.team == CtaTeam::grid) check_alone(TopkAlgorithm::cluster_maxima, geometry);
  const std::span<const int> compiled = compiled_vectors(geometry.team);
  if (std::ranges::find(compiled, geometry.vectors) == compiled.end()) {
    refuse(
        "forced vectors = {} is not compiled for cluster_maxima with team = {}; choose one of {}",
        geometry.vectors, to_string(geometry.team), fmt::join(compiled, ", "));
  }
  check_held(problem, geometry);
}

void check(const TopkProblem& problem, const CudaGeometry& geometry) {
  check_problem(problem);
  check_shape(problem, geometry);
  const int groups = geometry.groups;
  if (groups < geometry.threads / 32 || groups < 4 || groups > geometry.threads ||
      !std::has_single_bit(static_cast<unsigned>(groups))) {
    refuse("forced groups = {} must be a power of two from {} to cta_threads = {}", groups,
           std::max(geometry.threads / 32, 4), geometry.threads);
  }
  if (geometry.wanted < 1 || (geometry.ctas == 1 && geometry.wanted < problem.k)) {
    refuse("forced wanted = {} must be at least {}", geometry.wanted,
           geometry.ctas == 1 ? problem.k : 1);
  }
  if (geometry.capacity < problem.k) {
    refuse("forced capacity = {} cannot hold k = {}; raise it", geometry.capacity, problem.k);
  }
}

std::size_t shared_bytes(const TopkProblem&, const CudaGeometry& geometry) {
  return cuda::cluster_maxima_shared_bytes(geometry);
}

}  // namespace

constinit const Algorithm kClusterMaxima{TopkAlgorithm::cluster_maxima,
                                         true,
                                         reason,
                                         choose,
                                         complete,
                                         check,
                                         shared_bytes,
                                         no_workspace};

}  // namespace skim::cuda_plan
