// What sample_select keeps where, and how much of a row its sample is.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "cuda/cluster_buckets_layout.h"
#include "cuda/filter_layout.h"
#include "cuda/layout.h"
#include "order/key_order.h"

namespace skim::cuda {

inline constexpr int kSampleThreads = 512;  // of a CTA that looks at the sample
inline constexpr int kSampleVectors = 4;    // of a thread, at a time; compiled
inline constexpr int kStreamVectors = 4;    // likewise, of a thread that collects
inline constexpr int kMostStreamThreads = 512;
inline constexpr int kFinishThreads = 512;  // of the CTA that orders the candidates
inline constexpr std::int64_t kMostSampledResults = 4096;

// What the kernels of a row tell each other.
struct SampleState {
  std::int32_t threshold;         // a key of the sample
  float middle;                   // that about half of the candidates reach
  unsigned long long candidates;  // above the threshold in the low half; at it in the high half
};

// Places in the workspace, of all rows, and what all rows have in common.
struct SamplePlaces {
  std::uint32_t* arrivals = nullptr;  // of filter; null where its CTAs do not meet
  SampleState* states = nullptr;
  std::uint32_t* ties = nullptr;
  RowCandidate* above = nullptr;
  RowCandidate* at = nullptr;
  std::uint32_t kept_above = 0;  // of a row
  std::uint32_t kept_at = 0;
  std::uint32_t stream_ctas = 1;  // of a row
  std::uint32_t sample_ctas = 1;  // of a row
  int sampled_vectors = 1;        // of a thread, at most
  std::uint32_t wanted = 0;       // rank of the threshold in the sample; 0: as expected
};

// Each CTA of a sample has 512, 256 or 128 groups of elements, all together at most 2048: a group
// has what 2 to this power lanes look at.
inline constexpr int kMostSampledGroups = 4 * kSampleThreads;
constexpr int sample_lane_bits(std::uint32_t ctas) { return ctas >= 16 ? 2 : ctas >= 8 ? 1 : 0; }
constexpr std::uint32_t sampled_groups(std::uint32_t ctas) {
  return ctas * kSampleThreads >> sample_lane_bits(ctas);
}

// Vectors that a thread looks at, at most: more of rows beside which they take no time.
constexpr int sampled_vectors(std::int64_t cols, int ctas) {
  const int of_long_rows = cols >= 1 << 26 ? 4 : cols >= 1 << 23 ? 2 : 1;
  return std::max({of_long_rows, 8 / ctas, 1});
}

// Of a row that is no more than a few times k, everything is a candidate.
SKIM_HOST_DEVICE constexpr bool keeps_all(std::int64_t length, std::int64_t k) {
  return length <= 4 * k;
}

// A sample has 2 to this power vectors: no more than `most`, a power of two, and than hold 512 of
// the k best, of which there are so many a vector.
SKIM_HOST_DEVICE inline int sample_vector_bits(std::uint32_t most, float best_of_vector) {
  constexpr float kEnough = 512;
  int bits = 1;
  while (2u << bits <= most && static_cast<float>(2u << bits) * best_of_vector <= kEnough) ++bits;
  return bits;
}

// Elements of a sample that reach the threshold: `expected` of them would be among the k best. Of
// independent elements fewer than k of the row reach it in one of 10^5 to 10^7 rows, by the
// distribution of Poisson.
SKIM_HOST_DEVICE inline float sampled_above(float expected) {
  return expected + 4.5f * std::sqrt(expected) + 3.5f;
}

// The rank of such a threshold among the maxima of groups of the sample's elements.
SKIM_HOST_DEVICE inline std::uint32_t sampled_rank(float sampled, float expected, float group) {
  const float part = std::fmin(sampled_above(expected) / sampled, 0.999f);
  const float rank = sampled / group * -std::expm1(group * std::log1p(-part));
  return static_cast<std::uint32_t>(std::fmax(rank, 1.0f));
}

// Candidates above the threshold that are kept: far more than a sample lets through.
constexpr std::int64_t kept_above(const TopkProblem& problem) {
  return std::min(4 * problem.k + 16384 + problem.cols / 4096, problem.cols);
}

// The CTA that orders the candidates has them all, as that of a cluster has those that it owns.
constexpr ClusterBucketsLayout finish_layout(std::uint32_t capacity) {
  return bucketed_layout(kFinishThreads, 0, capacity);
}

// The most candidates that so many bytes of shared memory have room for.
constexpr std::int64_t most_finish_capacity(std::int64_t bytes) {
  const std::int64_t each = finish_layout(32).end - finish_layout(0).end;
  return std::max<std::int64_t>((bytes - finish_layout(0).end) / each * 32, 0);
}

// The list of filter, where the candidates are too many or too few.
constexpr std::int64_t filtered_capacity(const TopkProblem& problem) {
  const std::int64_t tile = filter_tile(kFinishThreads, size_of(problem.dtype));
  const auto sorted = std::bit_ceil(static_cast<std::uint64_t>(problem.k));  // in place
  return std::max(problem.k + tile, static_cast<std::int64_t>(sorted));
}

constexpr std::size_t finish_shared_bytes(const TopkProblem& problem,
                                          const CudaGeometry& geometry) {
  const auto filtered = static_cast<std::size_t>(filtered_capacity(problem)) * sizeof(RowCandidate);
  return std::max<std::size_t>(finish_layout(static_cast<std::uint32_t>(geometry.capacity)).end,
                               filtered);
}

// Of a row, if candidates are no use: the CTAs of the last kernel.
constexpr int finishing_ctas(const CudaGeometry& geometry) {
  return std::max(geometry.ctas / 2, 1);
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
