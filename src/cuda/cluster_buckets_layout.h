// What the plan and the kernel of cluster_buckets agree on.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "cuda/bucket_select_layout.h"
#include "cuda/layout.h"

namespace skim::cuda {

inline constexpr int kClusterBucketVectors[] = {2, 4, 8, 16};  // of a thread; each compiled

// Of a CTA: a thread has no more registers than that leaves. With 8 vectors 80 of them, so that
// three CTAs of 256 threads share a multiprocessor.
constexpr int most_cluster_bucket_threads(int vectors) {
  if (vectors > 8) return 512;
  return vectors > 4 ? 768 : 1024;
}

// Maxima that a thread forms of its elements, at most: one of each word of its vectors.
inline constexpr int kMostThreadGroups = 4;

inline constexpr std::uint32_t kCandidateBucketsPerThread = 4;

// Lists are put in order by warps, in runs of 32.
constexpr std::uint32_t whole_runs(std::uint32_t count) { return (count + 31) / 32 * 32; }

// Where the parts of the kernel's shared memory begin, in bytes.
struct ClusterBucketsLayout {
  std::uint32_t received = 0;  // what every CTA of the cluster sends, as many as one collects
  std::uint32_t list = 0;      // candidates that the CTA collects, until they are sent
  std::uint32_t ordered = 0;   // what was received, by buckets
  std::uint32_t end = 0;
};

// The counts of the buckets come first; then room for so many candidates to receive, and for
// either as many in order or a list of the CTA's own.
constexpr ClusterBucketsLayout bucketed_layout(std::uint32_t threads, std::uint32_t listed,
                                               std::uint32_t received) {
  constexpr std::uint32_t kBehindBuckets = 4 + kSpareBuckets;
  const std::uint32_t pool = whole_runs(received);
  ClusterBucketsLayout layout;
  layout.received = (threads * kCandidateBucketsPerThread + kBehindBuckets) * 4;
  layout.list = layout.ordered = layout.received + pool * 8;
  layout.end = layout.ordered + std::max(pool, whole_runs(listed)) * 8;
  return layout;
}
constexpr ClusterBucketsLayout cluster_buckets_layout(std::uint32_t threads, std::uint32_t ctas,
                                                      std::uint32_t capacity) {
  return bucketed_layout(threads, capacity, ctas * capacity);
}

constexpr std::size_t cluster_buckets_shared_bytes(const CudaGeometry& geometry) {
  return cluster_buckets_layout(static_cast<std::uint32_t>(geometry.threads),
                                static_cast<std::uint32_t>(geometry.ctas),
                                static_cast<std::uint32_t>(geometry.capacity))
      .end;
}

// Groups whose maxima have one: as many as one of a CTA's share of the k best is expected in.
struct ClusterBucketSets {
  int groups = 1;     // of a lane
  int lane_bits = 0;  // of 2 to this power lanes
};
constexpr ClusterBucketSets cluster_bucket_sets(const CudaGeometry& geometry, std::int64_t k) {
  const std::int64_t share = std::max<std::int64_t>((k + geometry.ctas - 1) / geometry.ctas, 1);
  const auto wanted = static_cast<int>(std::max<std::int64_t>(geometry.groups / share, 1));
  const int of_thread = geometry.groups / geometry.threads;
  if (wanted < of_thread) {
    const auto groups = static_cast<int>(std::bit_floor(static_cast<unsigned>(wanted)));
    return {groups, 0};
  }
  const int lanes = std::min(wanted / of_thread, 32);
  return {of_thread, static_cast<int>(std::bit_width(static_cast<unsigned>(lanes))) - 1};
}

}  // namespace skim::cuda
