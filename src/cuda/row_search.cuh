// What is searched for in a row that is read again for each question: the k best, where they are
// too many for candidates in order, and what a few log-probabilities need. The k-th of the order,
// the end of the nucleus and the token drawn are each the last that has less than some limit before
// it: less than k tokens, less than a mass. Such a place is found by asking for what lies before
// others.
//
// These are functions of their own, so that what every row needs keeps its registers.
#pragma once

#include <cstdint>
#include <limits>

#include "cuda/row_team.cuh"
#include "cuda/row_tiles.cuh"
#include "cuda/row_weights.cuh"
#include "random/philox.h"
#include "random/row_settings.h"

namespace skim::cuda {

struct RawMass {
  float maximum;
  std::uint64_t total;
};

struct RowDraw {
  DrawnToken drawn;          // by one warp, by the first CTA, or by all
  std::uint64_t total = 0;   // the mass of what may be drawn; where top-p is alone, of more
  std::uint64_t limit = 0;   // then, what is before a token of the nucleus is less
  std::uint64_t of_row = 0;  // the mass of all tokens as tiles; 0 where nobody weighed them
};

// A row whose maximum is known.
struct SearchedRow {
  const SampleArguments& arguments;
  std::int64_t row;
  RowSettings settings;
  RandomPair random;  // of the first draw
  float maximum;
};

__device__ inline DrawnToken token_at(std::int64_t place) {
  const TokenBound at = bound_at(place);
  return {static_cast<std::uint32_t>(at.index), at.value};
}

// The tokens before a bound.
struct Prefix {
  TokenBound end;
  RowSums sums;
};

template <DType kDType, class Team>
class RowSearch {
  using Tiles = RowTiles<kDType, 0>;
  using Weights = RowWeights<Tiles, Team>;

 public:
  __device__ RowSearch(const SearchedRow& row, Team& team)
      : row_(row),
        settings_(row.settings),
        order_(row.arguments.order),
        team_(team),
        tiles_(row.arguments, row.row, TilePlaces::in_order(team.warp(), row.arguments.tiles)),
        weights_(tiles_, team, row.settings.scale),
        length_(tiles_.row().length()),
        likely_end_{least_logit(row.settings, row.maximum), length_} {
    weights_.set_maximum(row.maximum);
  }

  // One of the k best.
  __device__ RowDraw best() {
    const auto candidates = [&](const TokenBound& end) { return weights_.candidates_before(end); };
    const TokenBound best = best_end();
    const TokenBound end = place_of(best) > place_of(likely_end_) ? best : likely_end_;
    Prefix kept{end, candidates(end)};
    if (has_share()) {
      const std::uint64_t limit = nucleus_limit(base(best, kept), settings_.top_p);
      kept = with_less_before(limit, kept, candidates);
    }
    const std::uint64_t unit = drawn_unit(row_.random.first, kept.sums.mass);
    return {token_at(weights_.last_before(with_less_before(unit + 1, kept, candidates).end)),
            kept.sums.mass};
  }

  // The mass of a nucleus of tiles.
  __device__ std::uint64_t mass_before(std::uint64_t limit) {
    const auto tiles = [&](const TokenBound& end) { return weights_.counted_tiles_before(end); };
    return with_less_before(limit, {likely_end_, tiles(likely_end_)}, tiles).sums.mass;
  }

  // The greatest logit without bias, and the mass of all tiles at temperature 1.
  __device__ RawMass raw_mass() {
    if (tiles_.row().is_biased()) {
      tiles_.drop_bias();
      weights_.set_maximum(bound_at(team_.greatest(place_of({tiles_.greatest(), 0}))).value);
    }
    weights_.set_scale(mass_scale(1.0F));
    return {weights_.maximum(), mass_of_row()};
  }

 private:
  static constexpr float kInfinity = std::numeric_limits<float>::infinity();

  __device__ bool has_share() const { return settings_.top_p < 1.0F; }

  __device__ std::uint64_t mass_of_row() { return weights_.tiles_before(weights_.all()); }

  // The bound behind the k best.
  __device__ TokenBound best_end() {
    const auto tokens = [&](const TokenBound& end) { return weights_.tokens_before(end); };
    const Prefix all{{-kInfinity, length_}, {length_, length_}};
    return with_less_before(static_cast<std::uint64_t>(settings_.top_k), all, tokens).end;
  }

  // The mass of which top-p is a share.
  __device__ std::uint64_t base(const TokenBound& best, const Prefix& likely) {
    if (order_ == FilterOrder::joint) return mass_of_row();
    return is_share_of_likely() ? likely.sums.mass : weights_.candidates_before(best).mass;
  }

  // Beside a logit at +inf, which comes first, others have no probability.
  __device__ bool is_share_of_likely() const {
    return order_ == FilterOrder::sequential || weights_.maximum() == kInfinity;
  }

  // The tokens that have less than `limit` before them, the first always; `outside` holds all of
  // these. `weigh` never falls from one place to the next in the order.
  template <class Weigh>
  __device__ Prefix with_less_before(std::uint64_t limit, Prefix outside, Weigh weigh) {
    limit = max(limit, std::uint64_t{1});
    if (outside.sums.mass < limit) return outside;
    std::int64_t inside = place_of({weights_.maximum(), 0});
    std::int64_t end = place_of(outside.end);
    std::uint32_t count_inside = 0;
    // Where one token is left between the places, no more than what is before `inside` is before
    // it.
#pragma unroll 1
    while (end + 1 < inside && outside.sums.count > count_inside + 1) {
      const auto apart = static_cast<std::uint64_t>(inside) - static_cast<std::uint64_t>(end);
      const auto middle = static_cast<std::int64_t>(static_cast<std::uint64_t>(end) + apart / 2);
      const TokenBound asked = bound_at(middle);
      const RowSums sums = weigh(asked);
      if (sums.mass < limit) {
        inside = middle;
        count_inside = sums.count;
      } else {
        end = middle;
        outside = {asked, sums};
      }
    }
    return outside;
  }

  const SearchedRow& row_;
  const RowSettings& settings_;
  FilterOrder order_;
  Team& team_;
  Tiles tiles_;
  Weights weights_;
  std::uint32_t length_;
  TokenBound likely_end_;  // behind what min-p leaves
};

// ---- functions of their own ----

template <DType kDType, class Team>
__device__ __noinline__ void search_best(const SearchedRow& row, Team& team, RowDraw& draw) {
  draw = RowSearch<kDType, Team>(row, team).best();
}
template <DType kDType, class Team>
__device__ __noinline__ void search_nucleus(const SearchedRow& row, Team& team, RowDraw& draw) {
  draw.total = RowSearch<kDType, Team>(row, team).mass_before(draw.limit);
}
template <DType kDType, class Team>
__device__ __noinline__ void search_raw_mass(const SearchedRow& row, Team& team, RawMass& mass) {
  mass = RowSearch<kDType, Team>(row, team).raw_mass();
}

// Of copies, because what such a function can change lies in memory.
template <class Team, class Found>
__device__ __forceinline__ Found found_by(void (*search)(const SearchedRow&, Team&, Found&),
                                          const SearchedRow& row, Team& team, Found found) {
  const SearchedRow row_there = row;
  Team team_there = team;
  search(row_there, team_there, found);
  team = team_there;
  return found;
}

}  // namespace skim::cuda
