// The tiles of a row that one thread looks after: those of a warp follow each other, and so do
// warps, so that the order of tokens is that of warps, then of a thread's tiles, then of lanes.
#pragma once

#include <cstdint>
#include <limits>

#include "cuda/block.cuh"
#include "cuda/logit_row.cuh"
#include "random/mass.h"

namespace skim::cuda {

// `kHeld`: in shared memory, each place of which one thread alone uses; else they are read anew
// whenever somebody looks.
template <DType kDType, bool kHeld>
class RowTiles {
 public:
  static constexpr bool kIsHeld = kHeld;

  __device__ RowTiles(const SampleArguments& arguments, std::int64_t row, int warp, void* memory)
      : row_(arguments, row),
        count_(arguments.tiles),
        first_(static_cast<std::uint32_t>(warp) * 32 * arguments.tiles +
               static_cast<std::uint32_t>(lane_id())),
        quarters_(static_cast<FourLogits*>(memory) + threadIdx.x),
        masses_(reinterpret_cast<std::uint64_t*>(static_cast<FourLogits*>(memory) +
                                                 kQuarters * count_ * blockDim.x) +
                threadIdx.x),
        maxima_(reinterpret_cast<float*>(masses_ - threadIdx.x + count_ * blockDim.x) +
                threadIdx.x) {
    if constexpr (kHeld) fetch();
  }

  __device__ const LogitRow<kDType>& row() const { return row_; }

  // Behind what is held.
  static __device__ void* rest(void* memory, const SampleArguments& arguments) {
    const std::uint32_t held = kHeld ? kTileBytes * arguments.tiles * blockDim.x : 0;
    return static_cast<unsigned char*>(memory) + held;
  }

  __device__ void drop_bias() {
    row_.drop_bias();
    if constexpr (kHeld) fetch();
  }

  // NaN where there is one.
  __device__ float greatest() {
    float best = -std::numeric_limits<float>::infinity();
    for_each([&](std::uint32_t, float of_tile, const auto&) {
      best = WordOf<DType::f32>::max_or_nan(best, of_tile);
    });
    return best;
  }

  // visit(its place among the thread's, its maximum, a function that reads it), in order; the lanes
  // of a warp together.
  template <class Visit>
  __device__ void for_each(Visit visit) {
#pragma unroll 1
    for (std::uint32_t i = 0; i < count_; ++i) {
      if constexpr (kHeld) {
        visit(i, maxima_[i * blockDim.x], [&] { return held(i); });
      } else {
        Tile tiles[1] = {Tile(first_ + i * 32)};
        row_.load(tiles);
        visit(i, tiles[0].greatest(), [&] { return tiles[0]; });
      }
    }
  }

  // A number that goes with a held tile.
  __device__ std::uint64_t& mass(std::uint32_t i) { return masses_[i * blockDim.x]; }

 private:
  // So many tiles at a time keep the memory busy.
  static constexpr int kAtATime = 2;

  __device__ void fetch() {
#pragma unroll 1
    for (std::uint32_t i = 0; i < count_; i += kAtATime) {
      Tile tiles[kAtATime] = {Tile(first_ + i * 32), Tile(first_ + (i + 1) * 32)};
      row_.load(tiles);
#pragma unroll
      for (std::uint32_t j = 0; j < kAtATime; ++j)
        if (i + j < count_) hold(i + j, tiles[j]);
    }
  }

  __device__ void hold(std::uint32_t i, const Tile& tile) {
#pragma unroll
    for (int q = 0; q < kQuarters; ++q)
      quarters_[(kQuarters * i + static_cast<std::uint32_t>(q)) * blockDim.x] = tile.quarters[q];
    maxima_[i * blockDim.x] = tile.greatest();
  }

  __device__ Tile held(std::uint32_t i) const {
    Tile tile(first_ + i * 32);
#pragma unroll
    for (int q = 0; q < kQuarters; ++q)
      tile.quarters[q] = quarters_[(kQuarters * i + static_cast<std::uint32_t>(q)) * blockDim.x];
    return tile;
  }

  LogitRow<kDType> row_;
  std::uint32_t count_;
  std::uint32_t first_;
  FourLogits* quarters_;
  std::uint64_t* masses_;
  float* maxima_;
};

}  // namespace skim::cuda
