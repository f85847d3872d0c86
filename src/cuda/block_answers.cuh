// What the threads of a CTA find out together about numbers of 64 bits. Every thread calls, in the
// same order, and gets the answer.
//
// Two places for what is exchanged suffice: who writes the next but one has met everyone after that
// read the last.
#pragma once

#include <cstdint>

#include "cuda/block.cuh"
#include "cuda/wide_numbers.cuh"

namespace skim::cuda {

struct BlockAnswersShared {
  std::uint64_t masses[2][kMostWarps];
  std::uint32_t counts[2][kMostWarps];
};

struct BlockTotal {
  std::uint64_t mass = 0;
  std::uint32_t count = 0;
  std::uint64_t before = 0;  // the mass of the warps before this one
};

class BlockAnswers {
 public:
  __device__ explicit BlockAnswers(BlockAnswersShared& shared) : shared_(shared) {}

  __device__ std::int64_t greatest(std::int64_t own) {
    const std::int64_t of_warp = warp_greatest(own);
    return warp_greatest(static_cast<std::int64_t>(
        of_warps(static_cast<std::uint64_t>(of_warp), 0, static_cast<std::uint64_t>(INT64_MIN))
            .mass));
  }

  __device__ BlockTotal total(std::uint64_t mass, std::uint32_t count) {
    const BlockTotal one = of_warps(warp_sum(mass), __reduce_add_sync(~0u, count), 0);
    BlockTotal total;
    total.mass = warp_sum(one.mass);
    total.count = __reduce_add_sync(~0u, one.count);
    total.before = warp_sum(lane_id() < warp_id() ? one.mass : 0);
    return total;
  }

 private:
  // Lane i gets what warp i has; lanes without a warp, `others`.
  __device__ BlockTotal of_warps(std::uint64_t mass, std::uint32_t count, std::uint64_t others) {
    turn_ ^= 1;
    if (lane_id() == 0) {
      shared_.masses[turn_][warp_id()] = mass;
      shared_.counts[turn_][warp_id()] = count;
    }
    __syncthreads();
    BlockTotal one{others, 0};
    if (lane_id() < warp_count())
      one = {shared_.masses[turn_][lane_id()], shared_.counts[turn_][lane_id()]};
    return one;
  }

  BlockAnswersShared& shared_;
  int turn_ = 0;
};

}  // namespace skim::cuda
