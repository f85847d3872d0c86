// The masses of one row at one temperature, weighed by all threads of the row together: of tiles,
// of candidates one by one, and how many tokens there are, each before a bound; and the token that
// holds a unit of them. What cpu/tile_masses.h is to a CPU.
#pragma once

#include <cstdint>
#include <limits>

#include "cuda/row_team.cuh"
#include "cuda/row_tiles.cuh"
#include "random/mass.h"
#include "random/token_bound.h"

namespace skim::cuda {

// A token and its logit; nobody's where the logit is NaN.
struct DrawnToken {
  std::uint32_t token = 0;
  float logit = std::numeric_limits<float>::quiet_NaN();

  __device__ bool is_here() const { return logit == logit; }
};

// What lies between a bound and the threads' tiles.
struct DeviceBound {
  float value;
  std::uint32_t index;

  __device__ explicit DeviceBound(const TokenBound& bound)
      : value(bound.value), index(static_cast<std::uint32_t>(bound.index)) {}

  // Without branches: exponentials wait for nothing.
  __device__ bool has_before(float x, std::uint32_t token) const {
    return (x > value) | ((x == value) & (token < index));
  }
  // Whether any lane's tile may have a token before.
  __device__ bool may_have_before(float greatest) const {
    return __any_sync(~0u, greatest >= value) != 0;
  }
};

// In place of one behind all tokens: what does not exist has no mass that counts.
struct NoBound {
  __device__ bool has_before(float, std::uint32_t) const { return true; }
  __device__ bool may_have_before(float) const { return true; }
};

template <class Tiles, class Team>
class RowWeights {
  static constexpr float kInfinity = std::numeric_limits<float>::infinity();

 public:
  // Whatever does not wait for the maximum can be done before it is known.
  __device__ RowWeights(Tiles& tiles, Team& team, const MassScale& scale)
      : tiles_(tiles), team_(team), scale_(scale) {}
  __device__ void set_maximum(float maximum) { maximum_ = maximum; }
  __device__ void set_scale(const MassScale& scale) { scale_ = scale; }

  __device__ float maximum() const { return maximum_; }
  __device__ const MassScale& scale() const { return scale_; }

  // The bound behind all tokens, those at -inf included; beside a logit at +inf, others have no
  // probability.
  __device__ TokenBound all() const {
    return {maximum_ == kInfinity ? kInfinity : -kInfinity, tiles_.row().length()};
  }

  // Of all tiles where the maximum is finite, in two steps: what does not wait for the maximum, and
  // then the masses of this thread's tiles.
  __device__ __forceinline__ void add_up_all() {
    if constexpr (Tiles::kIsHeld) add_up(NoBound());
  }
  __device__ __forceinline__ std::uint64_t own_of_all() {
    weighed_ = {-kInfinity, tiles_.row().length()};
    if constexpr (Tiles::kIsHeld) return own_mass();
    return weigh(NoBound());
  }
  __device__ __forceinline__ std::uint64_t all_tiles() { return team_.sum(own_of_all()); }

  // Of tiles; what find() then chooses from.
  __device__ __forceinline__ std::uint64_t tiles_before(const TokenBound& bound) {
    weighed_ = bound;
    const DeviceBound before(bound);
    if constexpr (Tiles::kIsHeld) {
      add_up(before);
      return team_.sum(own_mass());
    }
    return team_.sum(weigh(before));
  }

  // The same with the number of tokens.
  __device__ __forceinline__ RowSums counted_tiles_before(const TokenBound& bound) {
    std::uint64_t mass = 0;
    std::uint32_t count = 0;
    for_tiles_before(bound, [&](const Tile& tile, float greatest, const DeviceBound& before) {
      mass += mass_of_tile(tile, greatest, before);
      count += count_of_tile(tile, before);
    });
    return team_.sums(mass, count);
  }

  // Each with candidate_mass.
  __device__ __forceinline__ RowSums candidates_before(const TokenBound& bound) {
    std::uint64_t mass = 0;
    std::uint32_t count = 0;
    for_tokens_before(bound, [&](float x, std::uint32_t) {
      mass += candidate_mass(x, maximum_, scale_);
      ++count;
    });
    return team_.sums(mass, count);
  }

  // Their number, as if each had a mass of 1.
  __device__ __forceinline__ RowSums tokens_before(const TokenBound& bound) {
    std::uint32_t count = 0;
    for_tiles_before(bound, [&](const Tile& tile, float, const DeviceBound& before) {
      count += count_of_tile(tile, before);
    });
    const std::uint32_t all = team_.sums(0, count).count;
    return {all, all};
  }

  // The place of the last token before a bound that has one.
  __device__ __forceinline__ std::int64_t last_before(const TokenBound& bound) {
    std::int64_t last = INT64_MAX;
    for_tokens_before(bound, [&](float x, std::uint32_t token) {
      last = min(last, place_of({x, token}));
    });
    return ~team_.greatest(~last);
  }

  // The token that holds a unit of what tiles_before weighed last; `random` chooses in its tile.
  // Found by the lanes of one warp.
  __device__ __forceinline__ DrawnToken find(std::uint64_t unit, std::uint64_t random) {
    DrawnToken found;
    const MassPart part = team_.part_of_warp();
    if (!part.holds(unit)) return found;
    std::uint64_t rest = unit - part.before;
    const DeviceBound before(weighed_);
    tiles_.for_each([&](int i, float greatest, const auto& read) {
      if (found.is_here()) return;
      const std::uint64_t mass = mass_again(i, greatest, read, before);
      const std::uint64_t together = warp_sum(mass);
      if (rest < together) {
        found = token_in(read(), greatest, holding_lane(rest, mass).lane, before, random);
      } else {
        rest -= together;
      }
    });
    return found;
  }

 private:
  // This thread's tiles, which are not held.
  template <class Bound>
  __device__ __forceinline__ std::uint64_t weigh(const Bound& before) {
    std::uint64_t mass = 0;
    tiles_.for_each([&](int, float greatest, const auto& read) {
      if (before.may_have_before(greatest)) mass += mass_of_tile(read(), greatest, before);
    });
    return mass;
  }

  // Held tiles, inside each.
  template <class Bound>
  __device__ __forceinline__ void add_up(const Bound& before) {
    tiles_.for_each_unrolled([&](int i, float greatest, const auto& read) {
      const bool may = before.may_have_before(greatest);
      sums_[i] = may ? sum_of_tile(read(), greatest, before) : 0.0F;
    });
  }
  __device__ __forceinline__ std::uint64_t own_mass() {
    std::uint64_t mass = 0;
    tiles_.for_each_unrolled([&](int i, float greatest, const auto&) {
      mass += tile_mass(sums_[i], greatest, maximum_, scale_);
    });
    return mass;
  }

  // That of one tile, weighed before.
  template <class Read>
  __device__ __forceinline__ std::uint64_t mass_again(int i, float greatest, const Read& read,
                                                      const DeviceBound& before) const {
    if constexpr (Tiles::kIsHeld) return tile_mass(Tiles::of(sums_, i), greatest, maximum_, scale_);
    return before.may_have_before(greatest) ? mass_of_tile(read(), greatest, before) : 0;
  }

  // visit(tile, its maximum, the bound) where a lane of the warp may have a token before it.
  template <class Visit>
  __device__ __forceinline__ void for_tiles_before(const TokenBound& bound, Visit visit) {
    const DeviceBound before(bound);
    tiles_.for_each([&](std::uint32_t, float greatest, const auto& read) {
      if (before.may_have_before(greatest)) visit(read(), greatest, before);
    });
  }

  // visit(logit, token) of this thread's.
  template <class Visit>
  __device__ __forceinline__ void for_tokens_before(const TokenBound& bound, Visit visit) {
    for_tiles_before(bound, [&](const Tile& tile, float, const DeviceBound& before) {
#pragma unroll
      for (int i = 0; i < kTileTokens; ++i)
        if (before.has_before(tile.x(i), tile.token(i))) visit(tile.x(i), tile.token(i));
    });
  }

  // Of its tokens before the bound, relative to its maximum.
  template <class Bound>
  __device__ __forceinline__ float sum_of_tile(const Tile& tile, float greatest,
                                               const Bound& before) const {
    const float reference = finite_reference(greatest);
    float sums[4] = {};
#pragma unroll
    for (int i = 0; i < kTileTokens; ++i) {
      const float mass = relative_mass(tile.x(i), reference, scale_);
      // A selected number, not a selected computation.
      const std::uint32_t kept = before.has_before(tile.x(i), tile.token(i)) ? ~0u : 0u;
      sums[i % 4] += __uint_as_float(__float_as_uint(mass) & kept);
    }
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
  }
  template <class Bound>
  __device__ __forceinline__ std::uint64_t mass_of_tile(const Tile& tile, float greatest,
                                                        const Bound& before) const {
    return tile_mass(sum_of_tile(tile, greatest, before), greatest, maximum_, scale_);
  }

  static __device__ std::uint32_t count_of_tile(const Tile& tile, const DeviceBound& before) {
    std::uint32_t count = 0;
#pragma unroll
    for (int i = 0; i < kTileTokens; ++i)
      count += before.has_before(tile.x(i), tile.token(i)) ? 1 : 0;
    return count;
  }

  // From the tile of one lane; lane i looks at its token i.
  __device__ __forceinline__ DrawnToken token_in(const Tile& tile, float greatest, int holder,
                                                 const DeviceBound& before,
                                                 std::uint64_t random) const {
    const int mine = lane_id() % kTileTokens;
    greatest = __shfl_sync(~0u, greatest, holder);
    const std::uint32_t first = __shfl_sync(~0u, tile.first, holder);
    float x = 0;
#pragma unroll
    for (int i = 0; i < kTileTokens; ++i) {
      const float other = __shfl_sync(~0u, tile.x(i), holder);
      if (i == mine) x = other;
    }
    const std::uint32_t token = first + static_cast<std::uint32_t>(token_of_tile(0, mine));
    const bool counts = lane_id() < kTileTokens && before.has_before(x, token);
    const std::uint64_t mass = counts ? candidate_mass(x, greatest, scale_) : 0;
    const int lane = holding_lane(drawn_unit(random, warp_sum(mass)), mass).lane;
    return {__shfl_sync(~0u, token, lane), __shfl_sync(~0u, x, lane)};
  }

  Tiles& tiles_;
  Team& team_;
  MassScale scale_;
  float maximum_ = 0.0F;
  TokenBound weighed_{};
  float sums_[Tiles::kHeld];  // of held tiles, by their tokens before the bound
};

}  // namespace skim::cuda
