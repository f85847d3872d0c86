// A lower bound of the k-th largest element of a row: the k-th largest of maxima over disjoint
// groups of its elements.
#pragma once

#include <cstdint>

#include "cuda/layout.h"

namespace skim::cuda {

static_assert(kMostGroups < 1 << 10, "three counts share a word");

// At least k of the maxima reach the result, and k + slack at most where such a number exists. A
// warp calls; three pivots a round, as long as too many pass.
template <int kPerLane>
__device__ std::int32_t bound_of_maxima(const std::int32_t* maxima, std::uint32_t k,
                                        std::uint32_t slack) {
  std::int32_t mine[kPerLane];
#pragma unroll
  for (int i = 0; i < kPerLane; ++i) mine[i] = maxima[i * 32 + threadIdx.x % 32];
  std::int32_t low = mine[0];
  std::int32_t high = mine[0];
#pragma unroll
  for (int i = 1; i < kPerLane; ++i) {
    low = min(low, mine[i]);
    high = max(high, mine[i]);
  }
  low = __reduce_min_sync(~0u, low);
  high = __reduce_max_sync(~0u, high);
#pragma unroll 1
  while (static_cast<std::uint32_t>(high) - static_cast<std::uint32_t>(low) > 3) {
    const std::uint32_t quarter =
        (static_cast<std::uint32_t>(high) - static_cast<std::uint32_t>(low)) / 4;
    const auto first = static_cast<std::int32_t>(static_cast<std::uint32_t>(low) + quarter);
    const auto second = static_cast<std::int32_t>(static_cast<std::uint32_t>(first) + quarter);
    const auto third = static_cast<std::int32_t>(static_cast<std::uint32_t>(second) + quarter);
    std::uint32_t counts = 0;
#pragma unroll
    for (int i = 0; i < kPerLane; ++i) {
      counts += (mine[i] >= first) + ((mine[i] >= second) << 10) + ((mine[i] >= third) << 20);
    }
    counts = __reduce_add_sync(~0u, counts);
    const std::uint32_t of_first = counts & 1023;
    const std::uint32_t of_second = counts >> 10 & 1023;
    const std::uint32_t of_third = counts >> 20;
    std::uint32_t passing = ~0u;
    if (of_third >= k) {
      low = third;
      passing = of_third;
    } else if (of_second >= k) {
      low = second;
      high = third;
      passing = of_second;
    } else if (of_first >= k) {
      low = first;
      high = second;
      passing = of_first;
    } else {
      high = first;
    }
    if (passing <= k + slack) break;
  }
  return low;
}

// `groups` is a power of two from 32 to kMostGroups; with fewer groups than k there is no bound.
__device__ inline std::int32_t bound_of_maxima(const std::int32_t* maxima, std::uint32_t groups,
                                               std::uint32_t k) {
  if (groups < k) return INT32_MIN;
  const std::uint32_t slack = k / 4 + 4;
  switch (groups / 32) {
    case 1:
      return bound_of_maxima<1>(maxima, k, slack);
    case 2:
      return bound_of_maxima<2>(maxima, k, slack);
    case 4:
      return bound_of_maxima<4>(maxima, k, slack);
    case 8:
      return bound_of_maxima<8>(maxima, k, slack);
    default:
      return bound_of_maxima<16>(maxima, k, slack);
  }
}

}  // namespace skim::cuda
