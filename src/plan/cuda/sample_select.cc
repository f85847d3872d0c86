#include "plan/cuda/sample_select.h"

#include <algorithm>
#include <bit>
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
std::int64_t candidates(const TopkProblem& problem, int sample_ctas) {
  if (cuda::keeps_all(problem.cols, problem.k)) return problem.cols;
  const auto of_vector = static_cast<int>(16 / element_bytes(problem));
  const auto most = static_cast<std::uint32_t>(
      cuda::kSampleThreads * cuda::sampled_vectors(problem.cols, sample_ctas) * sample_ctas);
  const double best = static_cast<double>(problem.k) / static_cast<double>(problem.cols);
  const int vector_bits = cuda::sample_vector_bits(most, static_cast<float>(best * of_vector));
  const double sampled = std::ldexp(of_vector, vector_bits);
  const double share = std::min(sampled / static_cast<double>(problem.cols), 1.0);
  const double above = cuda::sampled_above(static_cast<float>(sampled * best));
  return static_cast<std::int64_t>((above + 4 * std::sqrt(above)) / share);
}

// One wave of clusters.
int choose_sample_ctas(const TopkProblem& problem, const Device& device) {
  const std::int64_t most = std::min<std::int64_t>(device.cluster_ctas, cuda::kMostClusterCtas);
  const std::int64_t of_row = device.multiprocessors / std::max<std::int64_t>(problem.rows, 1);
  return static_cast<int>(
      std::bit_floor(static_cast<std::uint64_t>(std::clamp<std::int64_t>(of_row, 1, most))));
}

CudaGeometry choose(const TopkProblem& problem, const Device& device, CtaTeam) {
  CudaGeometry geometry;
  geometry.threads = tuning::kStreamThreads;
  geometry.vectors = cuda::kStreamVectors;
  const std::int64_t useful =
      divide_up(row_vectors(problem), std::int64_t{geometry.threads} * geometry.vectors);
  const std::int64_t filling =
      std::int64_t{tuning::kStreamCtasPerMultiprocessor} * device.multiprocessors / problem.rows;
  geometry.ctas = static_cast<int>(std::max<std::int64_t>(std::min(filling, useful), 1));
  geometry.sample_ctas = choose_sample_ctas(problem, device);
  const std::int64_t least = problem.k + kTiesOfThread;
  const std::int64_t most =
      cuda::most_finish_capacity(device.shared_bytes - std::int64_t{cuda::kStaticSharedBytes});
  geometry.capacity = static_cast<int>(std::clamp<std::int64_t>(
      candidates(problem, geometry.sample_ctas), least, std::max(least, most)));
  return geometry;
}

bool fits(const TopkProblem& problem, const Device& device) {
  const CudaGeometry geometry = choose(problem, device, CtaTeam::grid);
  return cuda::finish_shared_bytes(problem, geometry) + cuda::kStaticSharedBytes <=
         static_cast<std::size_t>(device.shared_bytes);
}

const char* reason(const TopkProblem& problem, const Device& device, CtaTeam) {
  if (!cuda::has_lanes(problem.dtype) || !selected_by_value(problem)) return nullptr;
  if (problem.k > cuda::kMostSampledResults || !fits(problem, device)) return nullptr;
  if (problem.k > kSortedLimit)
    return "k is beyond what one CTA selects by itself: a sample says what few elements reach";
  if (problem.cols < tuning::kFewestSampledCols) return nullptr;
  if (problem.cols < tuning::kSampledColsPerResult * problem.k) return nullptr;
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
  if (geometry.wanted < 0 || geometry.wanted > cuda::kMostSampledGroups) {
    refuse("forced wanted = {} must be in 0..{}, the maxima of the sample", geometry.wanted,
           cuda::kMostSampledGroups);
  }
  if (geometry.sample_ctas < 1 || geometry.sample_ctas > cuda::kMostClusterCtas ||
      !std::has_single_bit(static_cast<unsigned>(geometry.sample_ctas))) {
    refuse("forced sample_ctas = {} must be a power of two in 1..{}", geometry.sample_ctas,
           cuda::kMostClusterCtas);
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
