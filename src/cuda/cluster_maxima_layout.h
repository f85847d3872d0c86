// What cluster_maxima keeps where.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/layout.h"

namespace skim::cuda {

// Vectors of a thread that are compiled, for a CTA alone and for those of a cluster.
inline constexpr int kLoneVectors[] = {1, 2, 4, 8, 16};
inline constexpr int kExchangeVectors[] = {2, 4, 8, 16, 20};

// A CTA alone has fewer threads where each has many vectors, so that more rows are worked on.
constexpr int most_cluster_maxima_threads(CtaTeam team, int vectors) {
  return team == CtaTeam::grid && vectors >= 8 ? kMostMaximaThreads / 2 : kMostMaximaThreads;
}

// CTAs of so many threads that the registers of an SM are shared among.
constexpr int cluster_maxima_ctas(CtaTeam team, int vectors) {
  if (team == CtaTeam::grid && vectors == 8) return 3;
  return team == CtaTeam::cluster && vectors >= 16 ? 1 : 2;
}

// Maxima of groups are compared four at a time, and each warp has four at least.
inline constexpr int kMostLanesOfGroup = 8;

inline constexpr int kExchangeRounds = 2;

// A thread loads so many candidates before it compares any of them: one after the other, each load
// would be waited for. Lists are followed by least candidates up to a whole batch.
inline constexpr std::uint32_t kBatch = 8;
constexpr std::uint32_t padded(std::uint32_t count) {
  return (count + kBatch - 1) / kBatch * kBatch;
}

// Lists are read by threads that look at several of them at once: an odd number of pairs of
// candidates apart, they lie in different banks.
constexpr std::uint32_t list_stride(std::uint32_t capacity) { return padded(capacity) + 2; }

// Vectors of 16 bytes, and where in the row they lie.
constexpr std::size_t hit_queue_bytes(std::uint32_t capacity) {
  return std::size_t{capacity} * (16 + sizeof(std::int32_t));
}

// Shared memory that the kernel asks for at launch: a list that the CTA collects, and in a cluster
// one of each CTA that it receives, of each round; and the queue of hit_queue.cuh.
constexpr std::size_t cluster_maxima_shared_bytes(const CudaGeometry& geometry) {
  const int received = geometry.team == CtaTeam::cluster ? kExchangeRounds * geometry.ctas : 0;
  const auto capacity = static_cast<std::uint32_t>(geometry.capacity);
  return static_cast<std::size_t>(received + 1) * list_stride(capacity) * sizeof(std::int64_t) +
         hit_queue_bytes(capacity);
}

}  // namespace skim::cuda
