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

  // Reads the row once. One of them uses a scratch at a time. Who will not ask for total() saves
  // time without `weighs_all`.
  TileMasses(const MassFunctions<kDType>& functions, const Element* row, std::int64_t cols,
             const MassScale& scale, const SampleScratch& scratch, bool weighs_all = true)
      : functions_(functions),
        row_(row),
        cols_(cols),
        scale_(scale),
        scratch_(scratch),
        weighed_all_(weighs_all) {
    const RowFold fold =
        functions_.fold(row, cols, scale, scratch.maxima, weighs_all ? scratch.sums : nullptr);
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
    if (!weighed_all_) functions_.fold(row_, cols_, scale_, scratch_.maxima, scratch_.sums);
    weighed_all_ = true;
    return weigh(scratch_.sums, {-kInfinity, cols_});
  }

  std::uint64_t total_before(const TokenBound& bound) {
    functions_.sums_before(row_, cols_, scale_, scratch_.maxima, maximum_, bound,
                           scratch_.part_sums);
    return weigh(scratch_.part_sums, bound);
  }

  // total_before(bound), where that of a bound without `token` was asked for last and nothing else
  // lies between the two.
  std::uint64_t total_with(std::int64_t token, const TokenBound& bound) {
    bound_ = bound;
    const std::int64_t tile = tile_of(token);
    const std::uint64_t mass = tile_mass(sum_of(tile), scratch_.maxima[tile], maximum_, scale_);
    total_ += mass - scratch_.tile_masses[tile];
    scratch_.tile_masses[tile] = mass;
    return total_;
  }

  void find_between(const TokenBound& from, const TokenBound& to, TokensBetween& found) const {
    functions_.find_between(row_, cols_, from, to, found);
  }

  float value_of(std::int64_t token) const { return float_of<kDType>(row_[token]); }

  // Such a share of the way; exponentials are spread about as evenly as logits.
  static float value_between(float greatest, float least, double share) {
    const auto from = static_cast<double>(greatest);
    return static_cast<float>(from + (static_cast<double>(least) - from) * share);
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
    total_ =
        functions_.masses(scratch_.maxima, sums, tiles, maximum_, scale_, scratch_.tile_masses);
    return total_;
  }

  // As sums_before adds up one tile.
  float sum_of(std::int64_t tile) const {
    const float reference = finite_reference(scratch_.maxima[tile]);
    float sums[4] = {};
    for (int i = 0; i < kTileTokens; ++i) {
      const std::int64_t token = token_of_tile(tile, i);
      if (token >= cols_ || !bound_.has_before(value_of(token), token)) continue;
      sums[i % 4] += relative_mass(value_of(token), reference, scale_);
    }
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
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
  bool weighed_all_;
  float maximum_ = 0.0F;
  bool has_nan_ = false;
  TokenBound bound_{};
  std::uint64_t total_ = 0;  // of what was weighed last
};

}  // namespace skim::cpu
