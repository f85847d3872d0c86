// What the threads of a CTA find out together. Every thread calls; every thread gets the answer.
#pragma once

#include <cstdint>

namespace skim::cuda {

inline constexpr int kMostWarps = 32;

__device__ inline int lane_id() { return static_cast<int>(threadIdx.x % 32); }
__device__ inline int warp_id() { return static_cast<int>(threadIdx.x / 32); }
__device__ inline int warp_count() { return static_cast<int>(blockDim.x / 32); }

// The sum over the lanes up to this one, in a warp.
__device__ inline std::uint32_t sum_through_lane(std::uint32_t own) {
  std::uint32_t through = own;
#pragma unroll
  for (int offset = 1; offset < 32; offset *= 2) {
    const std::uint32_t other = __shfl_up_sync(~0u, through, offset);
    if (lane_id() >= offset) through += other;
  }
  return through;
}

// Room for one number a warp, twice: a sum may start while slow threads still read the last one.
struct BlockSumScratch {
  std::uint32_t of_warp[2][kMostWarps];
};

class BlockSum {
 public:
  __device__ explicit BlockSum(BlockSumScratch& scratch) : scratch_(scratch) {}

  __device__ std::uint32_t operator()(std::uint32_t value) {
    std::uint32_t* const of_warp = scratch_.of_warp[turn_];
    turn_ ^= 1;
    const std::uint32_t warp = __reduce_add_sync(~0u, value);
    if (lane_id() == 0) of_warp[warp_id()] = warp;
    __syncthreads();
    const std::uint32_t mine = lane_id() < warp_count() ? of_warp[lane_id()] : 0;
    return __reduce_add_sync(~0u, mine);
  }

 private:
  BlockSumScratch& scratch_;
  int turn_ = 0;
};

// The greatest of the threads' numbers, by way of a shared variable.
__device__ inline std::int32_t block_max(std::int32_t number, std::int32_t& greatest) {
  if (threadIdx.x == 0) greatest = INT32_MIN;
  __syncthreads();
  const std::int32_t of_warp = __reduce_max_sync(~0u, number);
  if (lane_id() == 0) atomicMax(&greatest, of_warp);
  __syncthreads();
  return greatest;
}

}  // namespace skim::cuda
