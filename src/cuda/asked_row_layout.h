// What plans and the kernels that ask about a row with one CTA agree on.
#pragma once

#include <algorithm>
#include <cstdint>

#include "cuda/row_masses_layout.h"

namespace skim::cuda {

inline constexpr int kMostAskingThreads = 512;

// One a tile, in whole warps, up to so many.
constexpr int asking_threads(std::int64_t cols) {
  const auto threads =
      static_cast<int>(std::min<std::int64_t>(used_tiles(cols), kMostAskingThreads));
  return std::max((threads + 31) / 32, 1) * 32;
}

constexpr bool are_asking_threads(int threads) {
  return threads >= 32 && threads <= kMostAskingThreads && threads % 32 == 0;
}

}  // namespace skim::cuda
