// The threshold that a CTA takes from the maxima of its own groups of threads.
#pragma once

#include <cstdint>

#include "cuda/block.cuh"
#include "cuda/shared.cuh"
#include "cuda/threshold.cuh"

namespace skim::cuda {

// From so many groups on, a warp that bisects is done sooner than all that compare all with all.
inline constexpr std::uint32_t kFewestBisectedGroups = 192;

// One warp finds the bound among the maxima, made up to a power of two by the least there is.
template <class Number, class Places>
__device__ void bisect_threshold(const Places& places, std::uint32_t groups, std::uint32_t wanted,
                                 std::int32_t fill_key) {
  if (warp_id() != 0) return;
  const std::uint32_t all = 1u << (32 - __clz(static_cast<int>(groups - 1)));
  const auto lane = static_cast<std::uint32_t>(lane_id());
#pragma unroll 1
  for (std::uint32_t i = groups + lane; i < all; i += 32)
    shared::store(places.maxima + i * sizeof(std::int32_t), INT32_MIN);
  __syncwarp();
  const std::int32_t key = Number::key(bound_of_maxima(places.maxima, all, wanted, wanted / 16));
  if (lane == 0 && wanted <= groups && key > fill_key) shared::store(places.threshold, key);
}

// The key that `wanted` of the CTA's groups reach, or one just below it; the same in every thread.
// INT32_MIN where nothing better than the fill is reached by so many. Each thread counts for one
// group how many of its share of the others are larger. The maxima's place is `places.maxima`, the
// result's `places.threshold`.
template <class L, bool kManyGroups, class Places>
__device__ std::int32_t own_threshold(const Places& places, std::int32_t own_maximum, int lane_bits,
                                      std::uint32_t wanted) {
  using Number = GroupNumber<typename L::Key>;
  // The lanes of a group lie apart, because likely tokens lie close together and should be in
  // different groups.
  const std::uint32_t lanes = 1u << lane_bits;
  const std::uint32_t groups_of_warp = 32u >> lane_bits;
  std::int32_t maximum = own_maximum;
#pragma unroll 1
  for (std::uint32_t offset = groups_of_warp; offset < 32; offset *= 2)
    maximum = max(maximum, __shfl_xor_sync(~0u, maximum, offset));
  const auto lane = static_cast<std::uint32_t>(lane_id());
  const std::uint32_t group = ((threadIdx.x - lane) >> lane_bits) + (lane & (groups_of_warp - 1));
  const std::uint32_t part = lane >> (5 - lane_bits);
  const std::int32_t mine = Number::of(maximum, group);
  if (part == 0) shared::store(places.maxima + group * sizeof(std::int32_t), mine);
  if (threadIdx.x == 0) shared::store(places.threshold, INT32_MIN);
  __syncthreads();
  const std::uint32_t groups = blockDim.x >> lane_bits;
  if (kManyGroups && groups >= kFewestBisectedGroups) {
    bisect_threshold<Number>(places, groups, wanted, L::kFillKey);
  } else {
    std::uint32_t larger = larger_of_share(places.maxima, groups, mine, part, lanes);
#pragma unroll 1
    for (std::uint32_t offset = groups_of_warp; offset < 32; offset *= 2)
      larger += __shfl_xor_sync(~0u, larger, offset);
    const std::int32_t key = Number::key(mine);
    if (larger + 1 == wanted && key > L::kFillKey && part == 0)
      shared::store(places.threshold, key);
  }
  __syncthreads();
  return shared::load<std::int32_t>(places.threshold);
}

}  // namespace skim::cuda
