#include "plan/cuda/warp_maxima.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

#include "cuda/warp_maxima_layout.h"
#include "plan/tuning.h"
#include "problem/checks.h"

namespace skim::cuda_plan {
namespace {

constexpr int kLanes = 32;  // of a row: a warp

std::int64_t cols_of(const TopkProblem& problem, int vectors) {
  return cuda::warp_maxima_cols(vectors, size_of(problem.dtype));
}

bool serves(const TopkProblem& problem) {
  return cuda::has_lanes(problem.dtype) && problem.k <= cuda::kMostWarpMaximaResults &&
         problem.cols <= cols_of(problem, *std::rbegin(cuda::kWarpMaximaVectors));
}

// The first that is enough, or the last.
template <class Enough>
int least_enough(const auto& compiled, Enough enough) {
  const auto* const found = std::ranges::find_if(compiled, enough);
  return found != std::end(compiled) ? *found : *std::rbegin(compiled);
}

std::int64_t row_bytes(const TopkProblem& problem) {
  return problem.cols * static_cast<std::int64_t>(size_of(problem.dtype));
}

CudaGeometry choose(const TopkProblem& problem, const Device&, CtaTeam) {
  CudaGeometry geometry;
  geometry.threads = row_bytes(problem) <= tuning::kWarpMaximaShortRowBytes
                         ? tuning::kWarpMaximaThreadsOfShortRows
                         : tuning::kWarpMaximaThreads;
  geometry.lanes = kLanes;
  geometry.capacity = least_enough(cuda::kWarpMaximaSlots, [&](int slots) {
    return cuda::warp_maxima_results(slots) >= problem.k;
  });
  geometry.vectors = least_enough(cuda::kWarpMaximaVectors, [&](int vectors) {
    return cols_of(problem, vectors) >= problem.cols &&
           cuda::is_warp_maxima_shape(vectors, geometry.capacity);
  });
  return geometry;
}

bool orders_sooner_than_buckets(const TopkProblem& problem) {
  const std::int64_t bytes = row_bytes(problem);
  const std::int64_t most = bytes > tuning::kWarpMaximaShorterRowBytes
                                ? tuning::kWarpMaximaResultsOfLongRows
                                : tuning::kWarpMaximaResultsOfFewRows;
  if (problem.k <= most) return true;
  if (bytes <= tuning::kFewestBucketBytesPerResult * problem.k) return true;
  return problem.rows >= tuning::kWarpMaximaManyRows &&
         problem.k * static_cast<std::int64_t>(size_of(problem.dtype)) <=
             tuning::kWarpMaximaBytesOfManyRows;
}

const char* reason(const TopkProblem& problem, const Device&, CtaTeam) {
  if (!serves(problem) || !orders_sooner_than_buckets(problem)) return nullptr;
  return "a row is short enough for a warp to hold it in registers and select alone";
}

void check_compiled(const char* name, int number, const auto& compiled) {
  if (std::ranges::find(compiled, number) != std::end(compiled)) return;
  refuse("forced {} = {} is not compiled for warp_maxima; choose one of {}", name, number,
         fmt::join(compiled, ", "));
}

void check(const TopkProblem& problem, const CudaGeometry& geometry) {
  check_served(problem, TopkAlgorithm::warp_maxima, cuda::kMostWarpMaximaResults, "filter");
  check_threads(geometry, cuda::kMostWarpMaximaThreads);
  check_alone(TopkAlgorithm::warp_maxima, geometry);
  if (geometry.lanes != kLanes) {
    refuse("forced lanes = {} must be {} for warp_maxima", geometry.lanes, kLanes);
  }
  check_compiled("vectors", geometry.vectors, cuda::kWarpMaximaVectors);
  check_compiled("capacity", geometry.capacity, cuda::kWarpMaximaSlots);
  if (!cuda::is_warp_maxima_shape(geometry.vectors, geometry.capacity)) {
    refuse("forced capacity = {} is not compiled with vectors = {}; lower it or raise vectors",
           geometry.capacity, geometry.vectors);
  }
  if (cols_of(problem, geometry.vectors) < problem.cols) {
    refuse("forced vectors = {} hold {} columns of {}, but a row has {}; raise it or choose filter",
           geometry.vectors, cols_of(problem, geometry.vectors), name_of(problem.dtype),
           problem.cols);
  }
  if (cuda::warp_maxima_results(geometry.capacity) < problem.k) {
    refuse("forced capacity = {} orders {} results, but k = {}; raise it", geometry.capacity,
           cuda::warp_maxima_results(geometry.capacity), problem.k);
  }
}

std::size_t shared_bytes(const TopkProblem&, const CudaGeometry&) { return 0; }

}  // namespace

constinit const Algorithm kWarpMaxima{
    TopkAlgorithm::warp_maxima, false, reason, choose, nullptr, check, shared_bytes, no_workspace};

}  // namespace skim::cuda_plan
