// What the plan and the kernel of bucket_select agree on.
#pragma once

#include <cstddef>
#include <cstdint>

#include "skim/topk.h"

namespace skim::cuda {

inline constexpr int kMostBucketThreads = 512;
inline constexpr int kBucketVectors[] = {1, 2, 4, 8};  // of a thread; compiled, each once more
inline constexpr int kMostBucketElements = 32;         // of a thread: a mask has a bit for each

inline constexpr std::uint32_t kBucketsPerThread = 8;

// A bucket of more is not ordered by comparing all with all.
inline constexpr std::uint32_t kMostInBucket = 32;

// Read beyond the last candidate of a list.
inline constexpr std::uint32_t kBucketSentinels = 4;

// A list for k results and those beside them in the last bucket, in whole runs of a warp.
constexpr std::uint32_t bucket_list_room(std::uint32_t count) {
  return (count + 31) / 32 * 32 + kBucketSentinels;
}

// Behind the buckets: where the last one ends, and a bucket a lane for elements that are in none.
inline constexpr std::uint32_t kSpareBuckets = 32;

// Counts of the buckets, where later the second list of merging is.
constexpr std::size_t bucket_count_bytes(std::uint32_t threads, std::uint32_t list_room) {
  const std::size_t counts =
      (std::size_t{threads} * kBucketsPerThread + 4 + kSpareBuckets) * sizeof(std::uint32_t);
  const std::size_t list = std::size_t{list_room} * sizeof(std::int64_t);
  return counts > list ? counts : list;
}

constexpr std::size_t bucket_select_shared_bytes(const CudaGeometry& geometry, std::int64_t k) {
  const std::uint32_t room = bucket_list_room(static_cast<std::uint32_t>(k) + kMostInBucket);
  return bucket_count_bytes(static_cast<std::uint32_t>(geometry.threads), room) +
         std::size_t{room} * sizeof(std::int64_t);
}

// Elements of a thread in vectors of 16 bytes.
constexpr int bucket_elements(int vectors, std::size_t element_bytes) {
  return vectors * static_cast<int>(16 / element_bytes);
}

}  // namespace skim::cuda
