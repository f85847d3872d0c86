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

// Of a CTA: a thread has no more registers than that leaves.
constexpr int most_cluster_bucket_threads(int vectors) { return vectors >= 8 ? 512 : 1024; }

// Maxima that a thread forms of its elements, at most: one of each word of its vectors.
inline constexpr int kMostThreadGroups = 4;

// Lists are put in order by warps, in runs of 32.
constexpr std::uint32_t whole_runs(std::uint32_t count) { return (count + 31) / 32 * 32; }

// Where the parts of the kernel's shared memory begin, in bytes.
struct ClusterBucketsLayout {
  std::uint32_t list = 0;      // candidates that the CTA collects
  std::uint32_t received = 0;  // what every CTA of the cluster sends, as many as one collects
  std::uint32_t ordered = 0;   // the same by buckets
  std::uint32_t marks = 0;     // of each that was received: its bucket and its place in it
  std::uint32_t spans = 0;     // of each that is ordered: where its bucket begins, and its length
  std::uint32_t end = 0;
};

// The counts of the buckets come first; then the CTA's own list of so many, and what it receives.
constexpr ClusterBucketsLayout bucketed_layout(std::uint32_t threads, std::uint32_t listed,
                                               std::uint32_t received) {
  constexpr std::uint32_t kBehindBuckets = 4 + kSpareBuckets;
  const std::uint32_t pool = whole_runs(received);
  ClusterBucketsLayout layout;
  layout.list = (threads * kBucketsPerThread + kBehindBuckets) * 4;
  layout.received = layout.list + whole_runs(listed) * 8;
  layout.ordered = layout.received + pool * 8;
  layout.marks = layout.ordered + pool * 8;
  layout.spans = layout.marks + pool * 4;
  layout.end = layout.spans + pool * 4;
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
  int groups = kMostThreadGroups;  // of a lane's kMostThreadGroups, where some may be the same
  int lane_bits = 0;               // of 2 to this power lanes, 16 at most
};

// Threads of each CTA that hold something: all, but of short rows.
constexpr std::uint32_t holding_threads(std::uint32_t vectors, std::uint32_t ctas,
                                        std::uint32_t threads) {
  return std::min(std::max(vectors / (32 * ctas), 1u) * 32, threads);
}

// Of a CTA of whose threads so many hold something; rounded down, so that there are no fewer sets
// than the share.
constexpr ClusterBucketSets cluster_bucket_sets(std::uint32_t threads, std::uint32_t thread_groups,
                                                std::uint32_t share) {
  const std::uint32_t of_set = std::max(threads * thread_groups / share, 1u);
  if (of_set < thread_groups) {
    const int together = static_cast<int>(std::bit_floor(of_set));
    return {kMostThreadGroups / static_cast<int>(thread_groups) * together, 0};
  }
  const int lane_bits = static_cast<int>(std::bit_width(of_set / thread_groups)) - 1;
  return {kMostThreadGroups, std::min(lane_bits, 4)};
}

}  // namespace skim::cuda
