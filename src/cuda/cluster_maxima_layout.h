// What cluster_maxima keeps where.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/layout.h"

namespace skim::cuda {

// Vectors of a thread that are compiled, for a CTA alone and for those of a cluster.
inline constexpr int kLoneVectors[] = {1, 2, 4};
inline constexpr int kExchangeVectors[] = {2, 4, 8, 16, 20};

// Threads of a CTA: so many vectors fill the registers of an SM with two CTAs of 256, of which one
// loads while the other selects.
constexpr int most_cluster_maxima_threads(int vectors) {
  return vectors >= 16 ? 256 : kMostMaximaThreads;
}

inline constexpr int kExchangeRounds = 2;

// Lists are read by threads that look at several of them at once: an odd number of pairs of
// candidates apart, they lie in different banks.
constexpr std::uint32_t list_stride(std::uint32_t capacity) { return (capacity + 3) / 4 * 4 + 2; }

// Shared memory that the kernel asks for at launch: a list that the CTA collects, and in a cluster
// one of each CTA that it receives, of each round.
constexpr std::size_t cluster_maxima_shared_bytes(const CudaGeometry& geometry) {
  const int received = geometry.team == CtaTeam::cluster ? kExchangeRounds * geometry.ctas : 0;
  return static_cast<std::size_t>(received + 1) *
         list_stride(static_cast<std::uint32_t>(geometry.capacity)) * sizeof(std::int64_t);
}

}  // namespace skim::cuda
