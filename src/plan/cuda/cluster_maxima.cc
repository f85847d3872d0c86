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

std::span<const tuning::MaximaShape> shapes_for(const TopkProblem& problem, const Device& device,
                                                CtaTeam team) {
  if (team == CtaTeam::grid) return tuning::kLoneShapes;
  if (problem.rows <= tuning::kFewClusterRows) {
    if (problem.k >= tuning::kManyClusterResults) return tuning::kShapesOfManyResults;
    return tuning::kShapesOfFewRows;
  }
  if (problem.rows <= tuning::kManyClusterRows) return tuning::kShapesOfMoreRows;
  const bool is_few_rounds = problem.rows <= tuning::kFewRoundsOfRows * device.multiprocessors;
  if (is_few_rounds && problem.k >= tuning::kManyResultsOfFewRounds)
    return tuning::kShapesOfFewRoundsAndManyResults;
  if (!is_few_rounds && problem.k >= tuning::kManyResultsOfMostRows)
    return tuning::kShapesOfMostRowsAndManyResults;
  if (problem.rows <= device.multiprocessors / 2) return tuning::kShapesOfManyRows;
  if (is_few_rounds) return tuning::kShapesOfFewRounds;
  return tuning::kShapesOfMostRows;
}

// Fewer threads than the shape has where they hold the row: whole warps where rows wait for each
// other; a power of two where one row's threads do, which are divided among its candidates.
CudaGeometry choose_shape(const TopkProblem& problem, const Device& device, CtaTeam team) {
  const std::int64_t vectors = row_vectors(problem);
  CudaGeometry geometry =
      first_that_holds(vectors, team, team == CtaTeam::grid ? 1 : device.cluster_ctas,
                       shapes_for(problem, device, team));
  const std::int64_t threads = divide_up(vectors, geometry.ctas * geometry.vectors);
  const bool is_alone = geometry.ctas == 1;
  if (problem.rows <= tuning::kManyClusterRows && !is_alone) return geometry;
  geometry.threads = whole_warps(
      is_alone && problem.rows <= tuning::kManyClusterRows ? power_of_two(threads) : threads,
      tuning::kFewestMaximaThreads, geometry.threads);
  return geometry;
}

// Its share of the k best, and so many more that hardly ever a CTA has more of them: how many it
// has is about binomial, and one in 700 is 3 standard deviations above the mean.
int wanted_of(std::int64_t k, const CudaGeometry& geometry) {
  const double share = static_cast<double>(k) / geometry.ctas;
  const double wanted = std::ceil(share + tuning::kSpareDeviations * std::sqrt(share) + 1);
  const double most = static_cast<double>(std::max<std::int64_t>(k, 1));
  return static_cast<int>(geometry.ctas == 1 ? most : std::min(wanted, most));
}

// As few lanes share a group as leave enough groups.
int groups_of(const CudaGeometry& geometry) {
  const std::int64_t wanted =
      std::max<std::int64_t>(tuning::kGroupsPerResult * geometry.wanted, tuning::kFewestGroups);
  int lanes = cuda::kMostLanesOfGroup;
  while (lanes > 1 && geometry.threads / lanes < wanted) lanes /= 2;
  return geometry.threads / lanes;
}

// Room for the k best, for what usually reaches the threshold, and for whole vectors where the
// elements of one go together. Not for more: ordering a long list and sending it takes longer than
// the exact way to its k best (1 x 50304, k 50, ascending: 10.0 us with room for 192, 7.2 with
// 160).
int capacity_for(const TopkProblem& problem, const CudaGeometry& geometry) {
  constexpr std::int64_t kMostOfVectors = 256;
  const auto elements = static_cast<std::int64_t>(16 / size_of(problem.dtype));
  const std::int64_t usual = std::max<std::int64_t>(
      2 * geometry.wanted, std::min(geometry.wanted * elements, kMostOfVectors));
  return static_cast<int>(std::max(problem.k, divide_up(usual + 8, 32) * 32));
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

void check_shape(const TopkProblem& problem, const CudaGeometry& geometry) {
  if (geometry.team == CtaTeam::grid) check_alone(TopkAlgorithm::cluster_maxima, geometry);
  const std::span<const int> compiled = compiled_vectors(geometry.team);
  if (std::ranges::find(compiled, geometry.vectors) == compiled.end()) {
    refuse(
        "forced vectors = {} is not compiled for cluster_maxima with team = {}; choose one of {}",
        geometry.vectors, to_string(geometry.team), fmt::join(compiled, ", "));
  }
  check_whole_warps(geometry, cuda::most_cluster_maxima_threads(geometry.team, geometry.vectors));
  check_held(problem, geometry);
}

// Groups of neighbouring lanes are looked at four at a time.
void check_groups(const CudaGeometry& geometry) {
  const int threads = geometry.threads;
  const int lanes = geometry.groups > 0 ? threads / geometry.groups : 0;
  if (lanes >= 1 && lanes <= cuda::kMostLanesOfGroup && lanes * geometry.groups == threads &&
      std::has_single_bit(static_cast<unsigned>(lanes))) {
    return;
  }
  refuse("forced groups = {} must be cta_threads = {} or a half, a quarter or an eighth of it",
         geometry.groups, threads);
}

void check(const TopkProblem& problem, const CudaGeometry& geometry) {
  check_served(problem, TopkAlgorithm::cluster_maxima, tuning::kMostMaximaResults, "filter");
  check_shape(problem, geometry);
  check_groups(geometry);
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
