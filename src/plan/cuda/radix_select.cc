#include "plan/cuda/radix_select.h"

#include <algorithm>

#include "cuda/radix_select_layout.h"
#include "plan/tuning.h"
#include "problem/checks.h"

namespace skim::cuda_plan {
namespace {

CudaGeometry choose(const TopkProblem& problem, const Device& device, CtaTeam) {
  CudaGeometry geometry;
  geometry.threads = cuda::kRadixThreads;
  geometry.vectors = 1;
  const std::int64_t useful =
      divide_up(row_vectors(problem), std::int64_t{cuda::kRadixThreads} * tuning::kRadixRounds);
  const std::int64_t most = std::max<std::int64_t>(filling_ctas(problem, device), 2);
  geometry.ctas = static_cast<int>(std::clamp<std::int64_t>(useful, 1, most));
  return geometry;
}

const char* reason(const TopkProblem&, const Device&, CtaTeam) {
  return "k is too large for shared memory: the k-th largest is found digit by digit";
}

void check(const TopkProblem& problem, const CudaGeometry& geometry) {
  if (geometry.threads != cuda::kRadixThreads || geometry.vectors != 1) {
    refuse(
        "forced cta_threads = {} and vectors = {} are not compiled for radix_select; choose {} "
        "and 1",
        geometry.threads, geometry.vectors, cuda::kRadixThreads);
  }
  constexpr std::int64_t kMostOfOneCta = std::int64_t{1} << 31;  // counted in 32 bits
  if (problem.cols / geometry.ctas > kMostOfOneCta) {
    refuse("forced ctas = {} leaves {} columns to each, the limit is {}; raise it", geometry.ctas,
           problem.cols / geometry.ctas, kMostOfOneCta);
  }
}

std::size_t shared_bytes(const TopkProblem&, const CudaGeometry&) { return 0; }

std::size_t workspace_bytes(const TopkProblem& problem, const CudaGeometry& geometry) {
  return cuda::radix_layout(problem, geometry).bytes();
}

}  // namespace

constinit const Algorithm kRadixSelect{TopkAlgorithm::radix_select,
                                       false,
                                       reason,
                                       choose,
                                       nullptr,
                                       check,
                                       shared_bytes,
                                       workspace_bytes};

}  // namespace skim::cuda_plan
