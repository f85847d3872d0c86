// What cluster_maxima keeps where.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/layout.h"

namespace skim::cuda {

// Vectors of a thread that are compiled, for a CTA alone and for those of a cluster.
inline constexpr int kLoneVectors[] = {1, 2, 4};
inline constexpr int kExchangeVectors[] = {2, 4, 8, 10};

inline constexpr int kExchangeRounds = 2;

// Lists are read in pairs by threads that look at several of them at once: an odd number of pairs
// apart, they lie in different banks.
constexpr std::uint32_t list_stride(std::uint32_t capacity) { return (capacity + 3) / 4 * 4 + 2; }

// Shared memory that the kernel asks for at launch: one list a CTA of the row, of each round.
constexpr std::size_t cluster_maxima_shared_bytes(const CudaGeometry& geometry) {
  const std::size_t rounds = geometry.team == CtaTeam::cluster ? kExchangeRounds : 1;
  return rounds * static_cast<std::size_t>(geometry.ctas) *
         list_stride(static_cast<std::uint32_t>(geometry.capacity)) * sizeof(std::int64_t);
}

}  // namespace skim::cuda
