// What the lanes of a warp find out together about numbers of 64 bits. Every lane calls; every lane
// gets the answer.
#pragma once

#include <cstdint>

#include "cuda/block.cuh"

namespace skim::cuda {

// In pieces whose sums have 32 bits.
__device__ inline std::uint64_t warp_sum(std::uint64_t own) {
  constexpr int kBits = 22;
  constexpr std::uint32_t kPiece = (1u << kBits) - 1;
  const auto low = static_cast<std::uint32_t>(own) & kPiece;
  const auto middle = static_cast<std::uint32_t>(own >> kBits) & kPiece;
  const auto high = static_cast<std::uint32_t>(own >> 2 * kBits);
  return std::uint64_t{__reduce_add_sync(~0u, low)} +
         (std::uint64_t{__reduce_add_sync(~0u, middle)} << kBits) +
         (std::uint64_t{__reduce_add_sync(~0u, high)} << 2 * kBits);
}

__device__ inline std::int64_t warp_greatest(std::int64_t own) {
  const auto high = static_cast<std::int32_t>(own >> 32);
  const std::int32_t greatest = __reduce_max_sync(~0u, high);
  const std::uint32_t low = high == greatest ? static_cast<std::uint32_t>(own) : 0u;
  return static_cast<std::int64_t>(std::uint64_t{static_cast<std::uint32_t>(greatest)} << 32 |
                                   __reduce_max_sync(~0u, low));
}

__device__ inline std::uint64_t lane_value(std::uint64_t own, int lane) {
  const auto high = __shfl_sync(~0u, static_cast<std::uint32_t>(own >> 32), lane);
  const auto low = __shfl_sync(~0u, static_cast<std::uint32_t>(own), lane);
  return std::uint64_t{high} << 32 | low;
}

// The lane that holds a unit of masses in the order of lanes, and what of the unit is left in it;
// all of them hold more than the unit.
struct LaneUnit {
  int lane;
  std::uint64_t rest;
};

__device__ inline LaneUnit holding_lane(std::uint64_t unit, std::uint64_t own) {
  std::uint64_t through = own;
#pragma unroll
  for (int offset = 1; offset < 32; offset *= 2) {
    const std::uint64_t other = lane_value(through, (lane_id() - offset) & 31);
    if (lane_id() >= offset) through += other;
  }
  const std::uint64_t before = through - own;
  const int lane =
      __ffs(static_cast<int>(__ballot_sync(~0u, unit >= before && unit < through))) - 1;
  return {lane, unit - lane_value(before, lane & 31)};
}

}  // namespace skim::cuda
