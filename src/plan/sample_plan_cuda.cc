// Chooses for a GPU how many CTAs share a row, and whether they hold it.
#include <algorithm>
#include <bit>
#include <cstdint>

#include "cuda/layout.h"
#include "cuda/row_masses_layout.h"
#include "plan/cuda/algorithm.h"
#include "plan/sample_plan.h"
#include "plan/topk_plan.h"
#include "plan/tuning.h"
#include "problem/checks.h"

namespace skim {
namespace {

using cuda_plan::divide_up;
using cuda_plan::power_of_two;

CudaSampleGeometry choose_shape(const SampleProblem& problem, CtaTeam team, int most_ctas) {
  const std::int64_t tiles = std::max<std::int64_t>(cuda::used_tiles(problem.cols), 1);
  const int wanted =
      problem.rows <= tuning::kFewMassRows ? tuning::kMassTilesOfFewRows : tuning::kMassTiles;
  const std::int64_t threads = divide_up(tiles, wanted);
  const std::int64_t ctas = power_of_two(divide_up(threads, tuning::kMassThreads));
  CudaSampleGeometry geometry;
  geometry.ctas = static_cast<int>(std::min<std::int64_t>(ctas, most_ctas));
  geometry.team = geometry.ctas > 1 ? team : CtaTeam::grid;
  geometry.threads = static_cast<int>(std::clamp<std::int64_t>(
      divide_up(threads, 32) * 32, tuning::kFewestMassThreads, tuning::kMassThreads));
  return geometry;
}

void check_team(const Device& device, const CudaSampleGeometry& geometry) {
  if (geometry.team == CtaTeam::grid) {
    if (geometry.ctas == 1) return;
    refuse("forced ctas = {} of a row must be a cluster; force team = cluster, or one CTA",
           geometry.ctas);
  }
  if (geometry.ctas < 2 || geometry.ctas > device.cluster_ctas ||
      !std::has_single_bit(static_cast<unsigned>(geometry.ctas))) {
    refuse("forced ctas = {} must be a power of two in 2..{} in a cluster on {}; choose grid for 1",
           geometry.ctas, device.cluster_ctas, to_string(device.id));
  }
}

void check_threads(const CudaSampleGeometry& geometry) {
  if (geometry.threads >= 32 && geometry.threads <= cuda::kMostMassThreads &&
      geometry.threads % 32 == 0) {
    return;
  }
  refuse("forced cta_threads = {} must be whole warps of 32, up to {}", geometry.threads,
         cuda::kMostMassThreads);
}

void check_candidates(const CudaSampleGeometry& geometry) {
  if (geometry.candidates == 0 ||
      (geometry.candidates >= geometry.ctas && geometry.candidates <= cuda::kRoomOfLists &&
       geometry.candidates % 32 == 0)) {
    return;
  }
  refuse("forced candidates = {} must be 0, or a multiple of 32 up to {}", geometry.candidates,
         cuda::kRoomOfLists);
}

bool fits(const CudaSampleGeometry& geometry, const Device& device) {
  return cuda::row_masses_shared_bytes(geometry) + cuda::kStaticSharedBytes <=
         static_cast<std::size_t>(device.shared_bytes);
}

}  // namespace

CudaSampleGeometry plan_sample_cuda(const SampleProblem& problem, const Device& device,
                                    const SampleOverride& forced, const char*& reason) {
  const CtaTeam team =
      forced.team.value_or(device.cluster_ctas > 1 ? CtaTeam::cluster : CtaTeam::grid);
  CudaSampleGeometry geometry =
      choose_shape(problem, team, team == CtaTeam::cluster ? device.cluster_ctas : 1);
  force(geometry.team, forced.team);
  force(geometry.ctas, forced.ctas);
  force(geometry.threads, forced.cta_threads);
  check_team(device, geometry);
  check_threads(geometry);
  geometry.tiles = static_cast<int>(
      divide_up(cuda::used_tiles(problem.cols), std::int64_t{geometry.ctas} * geometry.threads));
  geometry.candidates = forced.candidates.value_or(problem.most_top_k > 0 ? cuda::kRoomOfLists : 0);
  check_candidates(geometry);
  const bool can_hold = fits(geometry, device);
  geometry.held = forced.held.value_or(can_hold);
  if (geometry.held && !can_hold) {
    refuse("forced held tiles need {} bytes of shared memory, more than {} has; force more threads",
           cuda::row_masses_shared_bytes(geometry), to_string(device.id));
  }
  reason = geometry.held ? "the row fits into shared memory, and is read once"
                         : "the row is too long for shared memory, and is read for each question";
  return geometry;
}

}  // namespace skim
