#include "plan/cuda/algorithm.h"

#include <algorithm>

#include "cuda/layout.h"
#include "plan/topk_plan.h"
#include "plan/tuning.h"
#include "problem/checks.h"

namespace skim::cuda_plan {
namespace {

constexpr std::int64_t kVectorBytes = 16;
constexpr int kWarpThreads = 32;

}  // namespace

std::int64_t row_vectors(const TopkProblem& problem) {
  const std::int64_t bytes = problem.cols * element_bytes(problem);
  return divide_up(bytes, kVectorBytes) + (problem.alignment < kVectorBytes ? 1 : 0);
}

std::int64_t filling_ctas(const TopkProblem& problem, const Device& device) {
  return std::max<std::int64_t>(
      std::int64_t{tuning::kCtasPerMultiprocessor} * device.multiprocessors / problem.rows, 1);
}

void check_threads(const CudaGeometry& geometry, int most) {
  if (geometry.threads < kWarpThreads || geometry.threads > most ||
      !std::has_single_bit(static_cast<unsigned>(geometry.threads))) {
    refuse("forced cta_threads = {} must be a power of two in {}..{}", geometry.threads,
           kWarpThreads, most);
  }
}

void check_whole_warps(const CudaGeometry& geometry, int most) {
  if (geometry.threads < kWarpThreads || geometry.threads > most ||
      geometry.threads % kWarpThreads != 0) {
    refuse("forced cta_threads = {} must be a multiple of {} in {}..{}", geometry.threads,
           kWarpThreads, kWarpThreads, most);
  }
}

int whole_warps(std::int64_t threads, int fewest, int most) {
  return static_cast<int>(
      std::clamp<std::int64_t>(divide_up(threads, kWarpThreads) * kWarpThreads, fewest, most));
}

void check_served(const TopkProblem& problem, TopkAlgorithm algorithm, std::int64_t most_results,
                  const char* instead) {
  if (!cuda::has_lanes(problem.dtype)) {
    refuse("forced algorithm = {} does not serve {}; choose filter or radix_select",
           to_string(algorithm), name_of(problem.dtype));
  }
  if (problem.k > most_results) {
    refuse("forced algorithm = {} does not serve k = {}, the limit is {}; choose {}",
           to_string(algorithm), problem.k, most_results, instead);
  }
}

void check_alone(TopkAlgorithm algorithm, const CudaGeometry& geometry) {
  if (geometry.ctas == 1) return;
  refuse("forced ctas = {} must be 1 for {}, whose rows are whole in one CTA", geometry.ctas,
         to_string(algorithm));
}

std::size_t no_workspace(const TopkProblem&, const CudaGeometry&) { return 0; }

}  // namespace skim::cuda_plan
