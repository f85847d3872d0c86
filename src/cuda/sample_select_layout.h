// What sample_select keeps where, and how much of a row its sample is.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "cuda/bucket_select_layout.h"
#include "cuda/cluster_buckets_layout.h"
#include "cuda/filter_layout.h"
#include "cuda/layout.h"

namespace skim::cuda {

inline constexpr int kSampleThreads = 512;  // of the CTA that looks at the sample
inline constexpr int kSampleVectors = 16;   // of a thread, at a time
inline constexpr int kStreamVectors = 4;    // of a thread, at a time; compiled
inline constexpr int kMostStreamThreads = 512;
inline constexpr int kFinishThreads = 512;                 // of the CTA that orders the candidates
inline constexpr int kSampledGroups = 4 * kSampleThreads;  // whose maxima are compared
inline constexpr std::int64_t kMostSampledResults = 4096;

// What the kernels of a row tell each other.
struct SampleState {
  std::int32_t threshold;         // a key of the sample
  float middle;                   // that about half of the candidates reach
  unsigned long long candidates;  // above the threshold in the low half; at it in the high half
};

// Of the sample's maxima, as many reach the threshold as this; `expected` of them would be among
// the k best. The number of elements that reach it has the deviation of a sum of so many
// exponential variates: five deviations below its mean it still is k.
constexpr float sampled_rank(float expected, float root) { return expected + 5 * root + 5; }

// Vectors that a thread looks at in rows of so many columns, at most.
constexpr std::int64_t most_sampled_vectors(std::int64_t cols) {
  const std::int64_t vectors = (cols >> 24) * kSampleVectors / 4;
  return std::clamp<std::int64_t>(vectors, kSampleVectors, std::int64_t{4} * kSampleVectors);
}

// Candidates above the threshold that are kept: far more than a sample lets through.
constexpr std::int64_t kept_above(const TopkProblem& problem) {
  return std::min(4 * problem.k + 16384 + problem.cols / 4096, problem.cols);
}

// The CTA that orders the candidates has them all, as that of a cluster has those that it owns.
constexpr ClusterBucketsLayout finish_layout(std::uint32_t capacity) {
  constexpr std::uint32_t kBehindBuckets = 4 + kSpareBuckets;
  const std::uint32_t pool = whole_runs(capacity);
  ClusterBucketsLayout layout;
  layout.received = (kFinishThreads * kBucketsPerThread + kBehindBuckets) * 4;
  layout.ordered = layout.received + pool * 8;
  layout.marks = layout.ordered + pool * 8;
  layout.spans = layout.marks + pool * 4;
  layout.end = layout.spans + pool * 4;
  return layout;
}

// The most candidates that so many bytes of shared memory have room for.
constexpr std::int64_t most_finish_capacity(std::int64_t bytes) {
  const std::int64_t each = finish_layout(32).end - finish_layout(0).end;
  return std::max<std::int64_t>((bytes - finish_layout(0).end) / each * 32, 0);
}

// The list of filter, where the candidates are too many or too few.
constexpr std::int64_t filtered_capacity(const TopkProblem& problem) {
  const std::int64_t tile = filter_tile(kFinishThreads, size_of(problem.dtype));
  std::int64_t sorted = 1;  // its list is sorted in place
  while (sorted < problem.k) sorted *= 2;
  return std::max(problem.k + tile, sorted);
}

constexpr std::size_t finish_shared_bytes(const TopkProblem& problem,
                                          const CudaGeometry& geometry) {
  const auto filtered = static_cast<std::size_t>(filtered_capacity(problem)) * sizeof(RowCandidate);
  return std::max<std::size_t>(finish_layout(static_cast<std::uint32_t>(geometry.capacity)).end,
                               filtered);
}

// Of a row, if candidates are no use: the CTAs of the last kernel.
constexpr int finishing_ctas(const CudaGeometry& geometry) {
  return std::max(geometry.ctas / 4, 1);
}
constexpr CudaGeometry finishing_geometry(const CudaGeometry& geometry) {
  CudaGeometry finishing = geometry;
  finishing.threads = kFinishThreads;
  finishing.ctas = finishing_ctas(geometry);
  return finishing;
}

struct SampleSelectLayout {
  std::size_t meeting = 0;  // of filter, whose counters of arrivals come first
  std::size_t states = 0;
  std::size_t ties = 0;   // a uint32 a CTA: its elements at the threshold
  std::size_t above = 0;  // candidates above it
  std::size_t at = 0;     // candidates at it

  constexpr std::size_t bytes() const { return meeting + states + ties + above + at; }
};

constexpr SampleSelectLayout sample_select_layout(const TopkProblem& problem,
                                                  const CudaGeometry& geometry) {
  const auto rows = static_cast<std::size_t>(problem.rows);
  SampleSelectLayout layout;
  layout.meeting = meeting_layout(problem.rows, finishing_geometry(geometry),
                                  static_cast<std::size_t>(problem.k), sizeof(RowCandidate))
                       .bytes();
  layout.states = round_up(rows * sizeof(SampleState));
  layout.ties = round_up(rows * static_cast<std::size_t>(geometry.ctas) * sizeof(std::uint32_t));
  layout.above =
      round_up(rows * static_cast<std::size_t>(kept_above(problem)) * sizeof(RowCandidate));
  layout.at = round_up(rows * static_cast<std::size_t>(geometry.capacity) * sizeof(RowCandidate));
  return layout;
}

}  // namespace skim::cuda
