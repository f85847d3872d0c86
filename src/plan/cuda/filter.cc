#include "plan/cuda/filter.h"

#include <algorithm>
#include <bit>

#include "cuda/filter_layout.h"
#include "plan/tuning.h"
#include "problem/checks.h"

namespace skim::cuda_plan {
namespace {

std::int64_t tile_of(const TopkProblem& problem, int threads) {
  return cuda::filter_tile(threads, size_of(problem.dtype));
}

std::int64_t least_capacity(const TopkProblem& problem, int threads) {
  return std::max(problem.k + tile_of(problem, threads), power_of_two(problem.k));
}

// As many CTAs as fill the device, each with several tiles and many more elements than it keeps.
void choose_ctas(const TopkProblem& problem, const Device& device, CtaTeam team,
                 CudaGeometry& geometry) {
  const std::int64_t share = std::max(tuning::kTilesPerCta * tile_of(problem, geometry.threads),
                                      tuning::kColsPerResult * problem.k);
  const std::int64_t useful = std::max<std::int64_t>(problem.cols / share, 1);
  geometry.ctas = static_cast<int>(std::min(useful, filling_ctas(problem, device)));
  if (geometry.ctas == 1 || team == CtaTeam::grid) return;
  if (geometry.ctas > std::min(tuning::kMostPortableClusterCtas, device.cluster_ctas)) return;
  geometry.ctas = static_cast<int>(std::bit_floor(static_cast<unsigned>(geometry.ctas)));
  geometry.team = CtaTeam::cluster;
}

std::int64_t roomy_capacity(const TopkProblem& problem, int threads) {
  return least_capacity(problem, threads) + tile_of(problem, threads) / 2;
}

bool fits(const TopkProblem& problem, const Device& device, const CudaGeometry& geometry) {
  return cuda::filter_shared_bytes(geometry, size_of(problem.dtype)) + cuda::kStaticSharedBytes <=
         static_cast<std::size_t>(device.shared_bytes);
}

void choose_threads(const TopkProblem& problem, std::int64_t threads, CudaGeometry& geometry) {
  geometry.threads = static_cast<int>(threads);
  geometry.capacity = static_cast<int>(roomy_capacity(problem, geometry.threads));
}

CudaGeometry choose(const TopkProblem& problem, const Device& device, CtaTeam team) {
  constexpr std::int64_t kFewestThreads = 64;
  CudaGeometry geometry;
  geometry.vectors = cuda::filter_vectors(size_of(problem.dtype));
  const std::int64_t wanted = power_of_two(divide_up(row_vectors(problem), geometry.vectors));
  choose_threads(problem,
                 std::clamp<std::int64_t>(wanted, kFewestThreads, cuda::kMostFilterThreads),
                 geometry);
  // A CTA of few threads has small tiles, and a list with room for one needs little memory.
  while (geometry.threads > kFewestThreads && !fits(problem, device, geometry)) {
    choose_threads(problem, geometry.threads / 2, geometry);
  }
  choose_ctas(problem, device, team, geometry);
  return geometry;
}

const char* reason(const TopkProblem& problem, const Device&, CtaTeam) {
  if (problem.k > kSortedLimit) return nullptr;
  return "k is small enough to keep the best so far in shared memory while the row streams by";
}

void check(const TopkProblem& problem, const CudaGeometry& geometry) {
  if (problem.k > kSortedLimit) {
    refuse("forced algorithm = filter does not serve k = {}, the limit is {}; choose radix_select",
           problem.k, kSortedLimit);
  }
  check_threads(geometry, cuda::kMostFilterThreads);
  const int vectors = cuda::filter_vectors(size_of(problem.dtype));
  if (geometry.vectors != vectors) {
    refuse("forced vectors = {} is not compiled for filter; choose {}", geometry.vectors, vectors);
  }
  const std::int64_t least = least_capacity(problem, geometry.threads);
  if (geometry.capacity < least) {
    refuse("forced capacity = {} cannot hold k and one tile; give at least {}", geometry.capacity,
           least);
  }
}

std::size_t shared_bytes(const TopkProblem& problem, const CudaGeometry& geometry) {
  return cuda::filter_shared_bytes(geometry, size_of(problem.dtype));
}

std::size_t workspace_bytes(const TopkProblem& problem, const CudaGeometry& geometry) {
  return cuda::meeting_layout(problem.rows, geometry, static_cast<std::size_t>(problem.k),
                              cuda::candidate_bytes(size_of(problem.dtype)))
      .bytes();
}

}  // namespace

constinit const Algorithm kFilter{
    TopkAlgorithm::filter, true, reason, choose, nullptr, check, shared_bytes, workspace_bytes};

}  // namespace skim::cuda_plan
