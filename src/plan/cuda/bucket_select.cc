#include "plan/cuda/bucket_select.h"

#include <algorithm>
#include <bit>
#include <cstdint>

#include "cuda/bucket_select_layout.h"
#include "cuda/layout.h"
#include "plan/tuning.h"
#include "problem/checks.h"

namespace skim::cuda_plan {
namespace {

constexpr int kFewestThreads = 32;
constexpr int kFewestGroupsOfWarp = 2;

// Vectors that a thread may have of elements of that size.
int most_vectors(const TopkProblem& problem) {
  return std::min<int>(
      *std::rbegin(cuda::kBucketVectors),
      cuda::kMostBucketElements / cuda::bucket_elements(1, size_of(problem.dtype)));
}

std::int64_t held_vectors(const CudaGeometry& geometry) {
  return std::int64_t{geometry.threads} * geometry.vectors;
}

int most_groups(const CudaGeometry& geometry) { return 32 * geometry.vectors; }

// Each element is a group: there are no more maxima than vectors.
int groups_of_one(const TopkProblem& problem, const CudaGeometry& geometry) {
  return 32 * cuda::bucket_elements(geometry.vectors, size_of(problem.dtype));
}

// The least of the maxima of groups bounds the range that is looked at. With two elements of the k
// best in a group, one row in e^(0.145 k / 2) has none in one of them and is likely to start over;
// a group for each leaves one in e^(0.46 k). Where k is near the length of the row, all of it is in
// the range.
int choose_groups(const TopkProblem& problem, const CudaGeometry& geometry) {
  const std::int64_t of_warp = groups_of_one(problem, geometry);
  if (problem.k * 8 >= problem.cols * 5) return static_cast<int>(of_warp);
  const std::int64_t results_of_group = problem.k >= tuning::kResultsOfLargeBucketGroups ? 2 : 1;
  const std::int64_t group = std::max<std::int64_t>(results_of_group * problem.cols / problem.k, 1);
  const std::int64_t groups = power_of_two(divide_up(of_warp, group));
  if (groups > most_groups(geometry)) return static_cast<int>(of_warp);
  return static_cast<int>(std::max<std::int64_t>(groups, kFewestGroupsOfWarp));
}

// Threads are cheap where there are multiprocessors for all rows; many rows want few instructions.
int choose_vectors(const TopkProblem& problem, const Device& device) {
  const std::int64_t of_row = divide_up(row_vectors(problem), cuda::kMostBucketThreads);
  const std::int64_t rounds = divide_up(problem.rows, std::max(device.multiprocessors, 1));
  const std::int64_t wanted =
      rounds <= tuning::kFewRoundsOfBuckets ? rounds : most_vectors(problem);
  return static_cast<int>(
      std::clamp<std::int64_t>(power_of_two(std::max(of_row, wanted)), 1, most_vectors(problem)));
}

CudaGeometry choose(const TopkProblem& problem, const Device& device, CtaTeam) {
  CudaGeometry geometry;
  geometry.vectors = choose_vectors(problem, device);
  geometry.threads = whole_warps(divide_up(row_vectors(problem), geometry.vectors), kFewestThreads,
                                 cuda::kMostBucketThreads);
  geometry.groups_per_warp = choose_groups(problem, geometry);
  return geometry;
}

// Rows that wait for a multiprocessor are done sooner by smaller CTAs of cluster_maxima.
std::int64_t fewest_results(const TopkProblem& problem, const Device& device) {
  const auto row_bytes = problem.cols * static_cast<std::int64_t>(size_of(problem.dtype));
  if (problem.rows > device.multiprocessors && row_bytes > tuning::kBucketBytesOfManyRows)
    return divide_up(row_vectors(problem), tuning::kMostBucketVectorsPerResult);
  return problem.cols <= tuning::kBucketColsOfFewResults ? tuning::kFewestBucketResults
                                                         : tuning::kFewestBucketResultsOfLongRows;
}

const char* reason(const TopkProblem& problem, const Device& device, CtaTeam team) {
  if (!cuda::has_lanes(problem.dtype) || problem.k > kSortedLimit) return nullptr;
  if (problem.k < fewest_results(problem, device)) return nullptr;
  if (held_vectors(choose(problem, device, team)) < row_vectors(problem)) return nullptr;
  return "the row fits into one CTA's registers, and k is large: buckets by value order it";
}

void check(const TopkProblem& problem, const CudaGeometry& geometry) {
  check_served(problem, TopkAlgorithm::bucket_select, kSortedLimit, "radix_select");
  check_whole_warps(geometry, cuda::kMostBucketThreads);
  check_alone(TopkAlgorithm::bucket_select, geometry);
  if (geometry.vectors < 1 || geometry.vectors > most_vectors(problem) ||
      !std::has_single_bit(static_cast<unsigned>(geometry.vectors))) {
    refuse("forced vectors = {} must be a power of two in 1..{} for bucket_select of {}",
           geometry.vectors, most_vectors(problem), name_of(problem.dtype));
  }
  if (held_vectors(geometry) < row_vectors(problem)) {
    refuse(
        "forced cta_threads = {} and vectors = {} hold {} vectors of 16 bytes, but a row has {}; "
        "raise one of them or choose filter",
        geometry.threads, geometry.vectors, held_vectors(geometry), row_vectors(problem));
  }
  const int groups = geometry.groups_per_warp;
  const int of_one = groups_of_one(problem, geometry);
  if (groups == of_one) return;
  if (groups < kFewestGroupsOfWarp || groups > most_groups(geometry) ||
      !std::has_single_bit(static_cast<unsigned>(groups))) {
    refuse("forced groups_per_warp = {} must be a power of two in {}..{}, or {}, one an element",
           groups, kFewestGroupsOfWarp, most_groups(geometry), of_one);
  }
}

std::size_t shared_bytes(const TopkProblem& problem, const CudaGeometry& geometry) {
  return cuda::bucket_select_shared_bytes(geometry, problem.k);
}

}  // namespace

constinit const Algorithm kBucketSelect{TopkAlgorithm::bucket_select,
                                        false,
                                        reason,
                                        choose,
                                        nullptr,
                                        check,
                                        shared_bytes,
                                        no_workspace};

}  // namespace skim::cuda_plan
