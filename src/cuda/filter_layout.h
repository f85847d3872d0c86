// What filter keeps where.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/layout.h"

namespace skim::cuda {

// Elements that a CTA of filter looks at between two barriers: small enough for shared memory to
// hold them all as candidates.
constexpr int filter_vectors(std::size_t element_bytes) { return element_bytes == 1 ? 2 : 4; }
constexpr std::int64_t filter_tile(int threads, std::size_t element_bytes) {
  return std::int64_t{threads} * filter_vectors(element_bytes) *
         (16 / static_cast<std::int64_t>(element_bytes));
}
inline constexpr int kMostFilterThreads = 256;

constexpr std::size_t filter_shared_bytes(const CudaGeometry& geometry, std::size_t element_bytes) {
  return static_cast<std::size_t>(geometry.capacity) * candidate_bytes(element_bytes);
}

}  // namespace skim::cuda
