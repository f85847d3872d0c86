#include "plan/cuda/sample_select.h"

#include <algorithm>
#include <cmath>

#include "cuda/sample_select_layout.h"
#include "order/result_order.h"
#include "plan/topk_plan.h"
#include "plan/tuning.h"
#include "problem/checks.h"

namespace skim::cuda_plan {
namespace {

// The last ties are taken with all that their thread has.
constexpr std::int64_t kTiesOfThread = 32;

// Those that reach the threshold, four deviations of their number more, and as many ties.
std::int64_t candidates(const TopkProblem& problem) {
  const std::int64_t vectors = cuda::most_sampled_vectors(problem.cols) * cuda::kSampleThreads;
  const std::int64_t sampled = vectors * 16 / element_bytes(problem);
  const double share =
      std::min(static_cast<double>(sampled) / static_cast<double>(problem.cols), 1.0);
  const auto expected = static_cast<float>(share * static_cast<double>(problem.k));
  const double rank = cuda::sampled_rank(expected, std::sqrt(expected));
  return static_cast<std::int64_t>((rank + 4 * std::sqrt(rank)) / share);
}

CudaGeometry choose(const TopkProblem& problem, const Device& device, CtaTeam) {
  CudaGeometry geometry;
  geometry.threads = tuning::kStreamThreads;
  geometry.vectors = cuda::kStreamVectors;
  const std::int64_t useful =
      divide_up(row_vectors(problem), std::int64_t{geometry.threads} * geometry.vectors);
  geometry.ctas = static_cast<int>(std::clamp<std::int64_t>(filling_ctas(problem, device), 1,
                                                            std::max<std::int64_t>(useful, 1)));
  const std::int64_t least = problem.k + kTiesOfThread;
  const std::int64_t most =
      cuda::most_finish_capacity(device.shared_bytes - cuda::kStaticSharedBytes);
  geometry.capacity =
      static_cast<int>(std::clamp<std::int64_t>(candidates(problem), least, std::max(least, most)));
  return geometry;
}

bool fits(const TopkProblem& problem, const Device& device) {
  const CudaGeometry geometry = choose(problem, device, CtaTeam::grid);
  return cuda::finish_shared_bytes(problem, geometry) + cuda::kStaticSharedBytes <=
         static_cast<std::size_t>(device.shared_bytes);
}

const char* reason(const TopkProblem& problem, const Device& device, CtaTeam) {
  if (!cuda::has_lanes(problem.dtype) || !selected_by_value(problem)) return nullptr;
  if (problem.k > cuda::kMostSampledResults) return nullptr;
  if (problem.cols < tuning::kFewestSampledCols) return nullptr;
  if (problem.cols < tuning::kSampledColsPerResult * problem.k) return nullptr;
  if (!fits(problem, device)) return nullptr;
  return "the row is long: a sample says what few elements reach, and one pass collects them";
}

void check(const TopkProblem& problem, const CudaGeometry& geometry) {
  check_served(problem, TopkAlgorithm::sample_select, cuda::kMostSampledResults, "radix_select");
  if (!selected_by_value(problem)) {
    refuse(
        "forced algorithm = sample_select orders by value, but k = {} results are wanted "
        "by index beyond {}; choose radix_select",
        problem.k, kSortedLimit);
  }
  check_threads(geometry, cuda::kMostStreamThreads);
  if (geometry.vectors != cuda::kStreamVectors) {
    refuse("forced vectors = {} is not compiled for sample_select; choose {}", geometry.vectors,
           cuda::kStreamVectors);
  }
  if (geometry.wanted < 0 || geometry.wanted > cuda::kSampledGroups) {
    refuse("forced wanted = {} must be in 0..{}, the maxima of the sample", geometry.wanted,
           cuda::kSampledGroups);
  }
  const std::int64_t least = problem.k + kTiesOfThread;
  if (geometry.capacity < least || geometry.capacity > UINT16_MAX) {
    refuse("forced capacity = {} must be in {}..{}, for k = {} and the ties of a thread",
           geometry.capacity, least, UINT16_MAX, problem.k);
  }
}

std::size_t shared_bytes(const TopkProblem& problem, const CudaGeometry& geometry) {
  return cuda::finish_shared_bytes(problem, geometry);
}

std::size_t workspace_bytes(const TopkProblem& problem, const CudaGeometry& geometry) {
  return cuda::sample_select_layout(problem, geometry).bytes();
}

}  // namespace

constinit const Algorithm kSampleSelect{TopkAlgorithm::sample_select,
                                        false,
                                        reason,
                                        choose,
                                        nullptr,
                                        check,
                                        shared_bytes,
                                        workspace_bytes};

}  // namespace skim::cuda_plan
