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

const tuning::MassShape& shape_of(std::int64_t rows) {
  for (const tuning::MassShape& shape : tuning::kMassShapes) {
    if (rows <= shape.rows) return shape;
  }
  return tuning::kMassShapeOfManyRows;
}

CudaSampleGeometry choose_shape(const SampleProblem& problem, CtaTeam team, int most_ctas) {
  const std::int64_t tiles = std::max<std::int64_t>(cuda::used_tiles(problem.cols), 1);
  const tuning::MassShape& shape = shape_of(problem.rows);
  const std::int64_t threads = divide_up(tiles, shape.tiles);
  std::int64_t ctas = power_of_two(divide_up(threads, shape.threads));
  while (ctas < tuning::kMassCtas && divide_up(threads, 2 * ctas) >= tuning::kMassThreadsToDivide)
    ctas *= 2;
  CudaSampleGeometry geometry;
  geometry.ctas = static_cast<int>(std::min<std::int64_t>(ctas, most_ctas));
  geometry.team = geometry.ctas > 1 ? team : CtaTeam::grid;
  geometry.threads = static_cast<int>(
      std::clamp<std::int64_t>(divide_up(divide_up(threads, geometry.ctas), 32) * 32,
                               tuning::kFewestMassThreads, cuda::kMostMassThreads));
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

// The fewest tiles of a thread that the kernel can hold and are as many as it has; 0 where those
// are too many.
int held_tiles(int tiles) {
  for (const int held : cuda::kHeldTiles) {
    if (tiles <= held) return held;
  }
  return 0;
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
  const int held = held_tiles(geometry.tiles);
  geometry.held = forced.held.value_or(held > 0);
  if (geometry.held && held == 0) {
    refuse("forced held tiles are {} of a thread, which can hold {}; force more threads or ctas",
           geometry.tiles, cuda::kMostHeldTiles);
  }
  if (geometry.held) geometry.tiles = held;
  reason = geometry.held ? "the row fits into registers, and is read once"
                         : "the row is too long for registers, and is read for each question";
  return geometry;
}

}  // namespace skim
