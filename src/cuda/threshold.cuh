// Bounds that at least `k` of some numbers reach, and few more: by bisection, of which a warp makes
// three steps at a time.
#pragma once

#include <cstdint>

#include "cuda/layout.h"
#include "cuda/shared.cuh"

namespace skim::cuda {

struct ThreeCounts {
  std::uint32_t of_first;
  std::uint32_t of_second;
  std::uint32_t of_third;
};

// A number that at least k reach, and k + slack at most where there is such a number. At least k
// reach `low`, none is above `high`; count(first, second, third) says how many reach each, and is
// the same in every thread of the warp that calls.
template <class CountReaching>
__device__ std::int32_t bound_between(std::int32_t low, std::int32_t high, std::uint32_t k,
                                      std::uint32_t slack, CountReaching count) {
#pragma unroll 1
  while (static_cast<std::uint32_t>(high) - static_cast<std::uint32_t>(low) > 3) {
    const std::uint32_t quarter =
        (static_cast<std::uint32_t>(high) - static_cast<std::uint32_t>(low)) / 4;
    const auto first = static_cast<std::int32_t>(static_cast<std::uint32_t>(low) + quarter);
    const auto second = static_cast<std::int32_t>(static_cast<std::uint32_t>(first) + quarter);
    const auto third = static_cast<std::int32_t>(static_cast<std::uint32_t>(second) + quarter);
    const ThreeCounts counts = count(first, second, third);
    std::uint32_t passing = ~0u;
    if (counts.of_third >= k) {
      low = third;
      passing = counts.of_third;
    } else if (counts.of_second >= k) {
      low = second;
      high = third;
      passing = counts.of_second;
    } else if (counts.of_first >= k) {
      low = first;
      high = second;
      passing = counts.of_first;
    } else {
      high = first;
    }
    if (passing <= k + slack) break;
  }
  return low;
}

static_assert(kMostGroups < 1 << 10, "three counts share a word");

// Of kPerLane * 32 maxima; a warp calls.
template <int kPerLane>
__device__ std::int32_t bound_of_maxima(shared::Address maxima, std::uint32_t k,
                                        std::uint32_t slack) {
  std::int32_t mine[kPerLane];
#pragma unroll
  for (int i = 0; i < kPerLane; ++i) {
    mine[i] = shared::load<std::int32_t>(maxima + (i * 32 + threadIdx.x % 32) *
                                                      std::uint32_t{sizeof(std::int32_t)});
  }
  std::int32_t low = mine[0];
  std::int32_t high = mine[0];
#pragma unroll
  for (int i = 1; i < kPerLane; ++i) {
    low = min(low, mine[i]);
    high = max(high, mine[i]);
  }
  const auto count = [&](std::int32_t first, std::int32_t second, std::int32_t third) {
    std::uint32_t counts = 0;
#pragma unroll
    for (int i = 0; i < kPerLane; ++i) {
      counts += (mine[i] >= first) + ((mine[i] >= second) << 10) + ((mine[i] >= third) << 20);
    }
    counts = __reduce_add_sync(~0u, counts);
    return ThreeCounts{counts & 1023, counts >> 10 & 1023, counts >> 20};
  };
  return bound_between(__reduce_min_sync(~0u, low), __reduce_max_sync(~0u, high), k, slack, count);
}

// `groups` is a power of two from 32 to kMostGroups; with fewer groups than k there is no bound.
__device__ inline std::int32_t bound_of_maxima(shared::Address maxima, std::uint32_t groups,
                                               std::uint32_t k, std::uint32_t slack) {
  if (groups < k) return INT32_MIN;
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

// Numbers of groups that are never equal and order as the groups' keys do; from one of them back to
// a key that is no larger and, up to the bits that the group's number takes away, the same.
template <class Key>
struct GroupNumber {
  static constexpr int kBits = sizeof(Key) == 2 ? 16 : 9;
  static_assert(kMostGroups <= 1 << kBits);

  static __device__ std::int32_t of(std::int32_t key, std::uint32_t group) {
    if constexpr (sizeof(Key) == 2) {
      return static_cast<std::int32_t>(static_cast<std::uint32_t>(key) << kBits | group);
    } else {
      return static_cast<std::int32_t>((static_cast<std::uint32_t>(key) >> kBits << kBits) | group);
    }
  }
  static __device__ std::int32_t key(std::int32_t number) {
    return sizeof(Key) == 2 ? number >> kBits : number >> kBits << kBits;
  }
};

// How many of this thread's share of the numbers are larger than `mine`; the thread is one of
// `parts` that share them.
__device__ inline std::uint32_t larger_of_share(shared::Address numbers, std::uint32_t count,
                                                std::int32_t mine, std::uint32_t part,
                                                std::uint32_t parts) {
  constexpr std::uint32_t kAtOnce = 4;
  constexpr std::uint32_t kBytes = sizeof(int4);
  const shared::Address end = numbers + count / 4 * kBytes;
  const std::uint32_t step = parts * kBytes;
  std::uint32_t larger[4] = {0, 0, 0, 0};
  const auto compare = [&](const int4& four) {
    larger[0] += four.x > mine;
    larger[1] += four.y > mine;
    larger[2] += four.z > mine;
    larger[3] += four.w > mine;
  };
  shared::Address at = numbers + part * kBytes;
#pragma unroll 1
  for (; at + (kAtOnce - 1) * step < end; at += kAtOnce * step) {
    int4 fours[kAtOnce];
#pragma unroll
    for (std::uint32_t i = 0; i < kAtOnce; ++i) fours[i] = shared::load_four(at + i * step);
#pragma unroll
    for (const int4& four : fours) compare(four);
  }
#pragma unroll 1
  for (; at < end; at += step) compare(shared::load_four(at));
  return larger[0] + larger[1] + (larger[2] + larger[3]);
}

}  // namespace skim::cuda
