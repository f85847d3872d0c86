// The masses of one row at one temperature, tile by tile: their total, the total of the tokens
// before a bound, and the token that holds a unit of either.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>

#include "cpu/masses.h"
#include "cpu/sample_workspace.h"
#include "order/float_of.h"
#include "random/mass.h"

namespace skim::cpu {

template <DType kDType>
class TileMasses {
 public:
  using Element = typename KeyOrder<kDType>::Key;

  // Reads the row once. One of them uses a scratch at a time.
  TileMasses(const MassFunctions<kDType>& functions, const Element* row, std::int64_t cols,
             const MassScale& scale, const SampleScratch& scratch)
      : functions_(functions), row_(row), cols_(cols), scale_(scale), scratch_(scratch) {
    const RowFold fold = functions_.fold(row, cols, scale, scratch.maxima, scratch.sums);
    maximum_ = fold.maximum;
    has_nan_ = fold.has_nan;
  }

  float maximum() const { return maximum_; }
  bool has_nan() const { return has_nan_; }

  // This and total_before weigh what token_of then chooses from.
  std::uint64_t total() {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    // Beside a logit at +inf, others have no probability.
    if (maximum_ == kInfinity) return total_before({kInfinity, cols_});
    return weigh(scratch_.sums, {-kInfinity, cols_});
  }

  std::uint64_t total_before(const TokenBound& bound) {
    functions_.sums_before(row_, cols_, scale_, scratch_.maxima, maximum_, bound,
                           scratch_.part_sums);
    return weigh(scratch_.part_sums, bound);
  }

  // Of the tokens last weighed, the one that holds this unit of mass; `random` chooses in its tile.
  std::int64_t token_of(std::uint64_t unit, std::uint64_t random) const {
    constexpr std::int64_t kStep = 64;
    std::int64_t tile = 0;
    for (; tile + kStep < used_tiles(); tile += kStep) {  // sums are quicker than comparisons
      const std::uint64_t* const masses = scratch_.tile_masses + tile;
      const std::uint64_t sum = std::accumulate(masses, masses + kStep, std::uint64_t{0});
      if (unit < sum) break;
      unit -= sum;
    }
    tile += holder_of(unit, scratch_.tile_masses + tile, used_tiles() - tile);
    return token_in(tile, random);
  }

 private:
  std::uint64_t weigh(const float* sums, const TokenBound& bound) {
    bound_ = bound;
    const std::int64_t tiles = used_tiles();
    return functions_.masses(scratch_.maxima, sums, tiles, maximum_, scale_, scratch_.tile_masses);
  }

  // Those past them hold no token.
  std::int64_t used_tiles() const {
    const std::int64_t whole = cols_ / kTileBlockTokens;
    const std::int64_t rest = std::min(cols_ % kTileBlockTokens, kTileQuarterTokens);
    return whole * (kTileBlockTokens / kTileTokens) + (rest + 3) / 4;
  }

  std::int64_t token_in(std::int64_t tile, std::uint64_t random) const {
    std::uint64_t masses[kTileTokens];
    std::uint64_t total = 0;
    for (int i = 0; i < kTileTokens; ++i) {
      masses[i] = mass_of(token_of_tile(tile, i), scratch_.maxima[tile]);
      total += masses[i];
    }
    const std::int64_t holder = holder_of(drawn_unit(random, total), masses, kTileTokens);
    return token_of_tile(tile, static_cast<int>(holder));
  }

  // Relative to its tile; 0 where it was not weighed.
  std::uint64_t mass_of(std::int64_t token, float tile_maximum) const {
    if (token >= cols_) return 0;
    const float x = float_of<kDType>(row_[token]);
    return bound_.has_before(x, token) ? candidate_mass(x, tile_maximum, scale_) : 0;
  }

  const MassFunctions<kDType>& functions_;
  const Element* row_;
  std::int64_t cols_;
  MassScale scale_;
  const SampleScratch& scratch_;
  float maximum_ = 0.0F;
  bool has_nan_ = false;
  TokenBound bound_{};
};

}  // namespace skim::cpu
