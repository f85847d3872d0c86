// The tiles of a row that one thread looks after. Where the order of tokens matters, those of a
// warp follow each other, and so do warps: it is then that of warps, of a thread's tiles, of lanes.
#pragma once

#include <cstdint>
#include <limits>

#include "cuda/block.cuh"
#include "cuda/logit_row.cuh"
#include "random/mass.h"

namespace skim::cuda {

// Which tiles they are: a first one, and the step to the next.
struct TilePlaces {
  std::uint32_t first;
  std::uint32_t step;

  static __device__ TilePlaces in_order(int warp, std::uint32_t tiles) {
    return {static_cast<std::uint32_t>(warp) * 32 * tiles + static_cast<std::uint32_t>(lane_id()),
            32};
  }

  // In runs of eight to all warps of the row in turn, because the likely tokens of a language model
  // lie close together.
  static __device__ TilePlaces dealt(int warp, int warps) {
    constexpr std::uint32_t kRun = 8;
    const auto lane = static_cast<std::uint32_t>(lane_id());
    const std::uint32_t round = kRun * static_cast<std::uint32_t>(warps);
    return {lane / kRun * round + kRun * static_cast<std::uint32_t>(warp) + lane % kRun,
            32 / kRun * round};
  }
};

// `kTiles` of them in registers, or 0: any number, which are read anew whenever somebody looks.
template <DType kElement, int kTiles>
class RowTiles {
 public:
  static constexpr DType kDType = kElement;
  static constexpr bool kIsHeld = kTiles > 0;
  static constexpr int kHeld = kIsHeld ? kTiles : 1;

  __device__ __forceinline__ RowTiles(const SampleArguments& arguments, std::int64_t row,
                                      const TilePlaces& places)
      : row_(arguments, row),
        count_(kIsHeld ? kTiles : static_cast<int>(arguments.tiles)),
        places_(places) {
    if constexpr (kIsHeld) load();
  }
  // Until this, loads are under way.
  __device__ __forceinline__ void find_maxima() {
    if constexpr (kIsHeld) {
#pragma unroll
      for (int i = 0; i < kTiles; ++i) maxima_[i] = tiles_[i].greatest();
    }
  }

  __device__ const LogitRow<kDType>& row() const { return row_; }

  __device__ __forceinline__ void drop_bias() {
    row_.drop_bias();
    if constexpr (kIsHeld) load();
    find_maxima();
  }

  // NaN where there is one.
  __device__ __forceinline__ float greatest() {
    float best = -std::numeric_limits<float>::infinity();
    for_each_unrolled([&](int, float of_tile, const auto&) {
      best = WordOf<DType::f32>::max_or_nan(best, of_tile);
    });
    return best;
  }

  // visit(its place among the thread's, its maximum, a function that reads it), in order; the lanes
  // of a warp together.
  template <class Visit>
  __device__ __forceinline__ void for_each(Visit visit) {
#pragma unroll 1
    for (int i = 0; i < count_; ++i) {
      const Tile tile = at(i);
      const Tile* const read = &tile;
      visit(i, kIsHeld ? of(maxima_, i) : tile.greatest(),
            [read]() -> const Tile& { return *read; });
    }
  }

  // The same for what every row needs: code for each tile that is held.
  template <class Visit>
  __device__ __forceinline__ void for_each_unrolled(Visit visit) {
    if constexpr (kIsHeld) {
#pragma unroll
      for (int i = 0; i < kTiles; ++i)
        visit(i, maxima_[i], [&]() -> const Tile& { return tiles_[i]; });
    } else {
      for_each(visit);
    }
  }

  // That of tile `i` among numbers that are kept in registers.
  template <class T>
  static __device__ __forceinline__ T of(const T (&each)[kHeld], int i) {
    T one = each[0];
#pragma unroll
    for (int j = 1; j < kHeld; ++j) one = i == j ? each[j] : one;
    return one;
  }

 private:
  __device__ Tile place(int i) const {
    return Tile(places_.first + static_cast<std::uint32_t>(i) * places_.step);
  }

  __device__ __forceinline__ void load() {
#pragma unroll
    for (int i = 0; i < kHeld; ++i) tiles_[i] = place(i);
    row_.load(tiles_);
  }

  __device__ __forceinline__ Tile at(int i) const {
    if constexpr (!kIsHeld) {
      Tile tiles[1] = {place(i)};
      row_.load(tiles);
      return tiles[0];
    }
    Tile tile = tiles_[0];
#pragma unroll
    for (int j = 1; j < kHeld; ++j) {
#pragma unroll
      for (int t = 0; t < kTileTokens; ++t) tile.x(t) = i == j ? tiles_[j].x(t) : tile.x(t);
      tile.first = i == j ? tiles_[j].first : tile.first;
    }
    return tile;
  }

  LogitRow<kDType> row_;
  int count_;
  TilePlaces places_;
  Tile tiles_[kHeld];
  float maxima_[kHeld];
};

}  // namespace skim::cuda
