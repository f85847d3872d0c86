// The shapes of warp_maxima that are compiled.
#pragma once

#include <cstdint>

#include "cuda/layout.h"

namespace skim::cuda {

inline constexpr int kMostWarpMaximaThreads = 128;          // a warp a row
inline constexpr int kWarpMaximaVectors[] = {2, 4, 8, 16};  // of a lane
inline constexpr int kWarpMaximaSlots[] = {64, 128, 256};   // of a row

// Groups are of two words of a lane or more, and there are as many as slots.
constexpr bool is_warp_maxima_shape(int vectors, int slots) { return slots <= 64 * vectors; }

// Slots hold the results twice over, because more elements than these reach the bound.
constexpr int warp_maxima_results(int slots) { return slots / 2; }
inline constexpr int kMostWarpMaximaResults = 128;

// Whole vectors are dealt to lanes, and what lies beside them goes elsewhere: any alignment.
constexpr std::int64_t warp_maxima_cols(int vectors, std::size_t element_bytes) {
  return std::int64_t{32} * vectors * (16 / static_cast<std::int64_t>(element_bytes));
}

}  // namespace skim::cuda
