// One token of one row, by all threads of the row together: what cpu/row_draw.h is to a CPU, with
// the same tokens and masses. With a top-k, its tokens are candidates in order
// (best_candidates.cuh), or searched for (row_search.cuh) where there are too many for that.
// Without one, tiles are drawn from, and a nucleus by exact rejection.
#pragma once

#include <cstdint>
#include <limits>

#include "cuda/best_candidates.cuh"
#include "cuda/row_search.cuh"
#include "cuda/row_weights.cuh"
#include "random/philox.h"
#include "random/row_settings.h"

namespace skim::cuda {

template <class Tiles, class Team>
class RowDrawing {
  using Weights = RowWeights<Tiles, Team>;
  using Best = BestCandidates<Tiles, Team>;

 public:
  __device__ RowDrawing(Weights& weights, Tiles& tiles, Team& team, const SearchedRow& row,
                        const BestRoom& room)
      : weights_(weights),
        tiles_(tiles),
        team_(team),
        row_(row),
        settings_(row.settings),
        order_(row.arguments.order),
        room_(room),
        likely_end_{least_logit(row.settings, row.maximum), tiles.row().length()} {}

  // `weighs_all`: the masses of all tiles were added up, as they are needed.
  __device__ __forceinline__ RowDraw draw(bool weighs_all) {
    return settings_.top_k > 0 ? among_best(weighs_all) : among_all(weighs_all);
  }

 private:
  static constexpr float kInfinity = std::numeric_limits<float>::infinity();

  __device__ bool has_share() const { return settings_.top_p < 1.0F; }

  // ---- with a top-k ----

  __device__ __forceinline__ RowDraw among_best(bool weighs_all) {
    const auto k = static_cast<std::uint32_t>(settings_.top_k);
    // Beside a logit at +inf, tiles are added up otherwise.
    const bool is_usual = weights_.maximum() < kInfinity || !weighs_all;
    if (is_usual && room_.capacity > 0 && k <= min(kMostBest, blockDim.x)) {
      Best best(weights_, tiles_, team_, room_, k);
      if (best.find(weighs_all ? weights_.own_of_all() : 0)) return among_candidates(best);
    }
    return found_by(search_best<Tiles::kDType, Team>, row_, team_, RowDraw{});
  }

  // By the first CTA.
  __device__ __forceinline__ RowDraw among_candidates(const Best& best) {
    RowDraw draw;
    draw.of_row = best.noted_mass();
    if (team_.rank() > 0) return draw;
    const std::uint32_t likely = best.count_if(best.count(), [&](const RankedToken& token) {
      return bound_at(token.place).value >= likely_end_.value;
    });
    std::uint32_t kept = likely;
    if (has_share()) {
      const std::uint64_t base = order_ == FilterOrder::joint
                                     ? draw.of_row
                                     : best.mass_of(is_share_of_likely() ? likely : best.count());
      const std::uint64_t limit = nucleus_limit(base, settings_.top_p);
      kept = max(1u, best.count_if(likely,
                                   [&](const RankedToken& token) { return token.before < limit; }));
    }
    draw.total = best.mass_of(kept);
    draw.drawn = token_at(best.holder_of(drawn_unit(row_.random.first, draw.total)));
    return draw;
  }

  // Beside a logit at +inf, which comes first, others have no probability.
  __device__ bool is_share_of_likely() const {
    return order_ == FilterOrder::sequential || weights_.maximum() == kInfinity;
  }

  // ---- without a top-k ----

  // Draws until a token has less than a limit before it, from what is before the last one drawn.
  __device__ __forceinline__ RowDraw among_all(bool weighs_all) {
    const bool is_weighed = weighs_all && likely_end_.value == -kInfinity;
    RowDraw draw;
    if (weighs_all && weights_.maximum() < kInfinity) draw.of_row = weights_.all_tiles();
    TokenBound end = likely_end_;
    std::uint64_t mass = draw.of_row;
    std::uint64_t limit = 0;
    RandomPair random = row_.random;
#pragma unroll 1
    for (std::uint32_t round = 0;; ++round) {
      if (round > 0 || !is_weighed) mass = weights_.tiles_before(end);
      if (round == 0) {
        draw.total = mass;
        const bool share_of_all = order_ != FilterOrder::sequential && draw.of_row > 0;
        // The first token always is in it.
        limit = max(nucleus_limit(share_of_all ? draw.of_row : mass, settings_.top_p),
                    std::uint64_t{1});
      } else {
        if (mass < limit) return draw;
        random = random_pair(settings_.seed, settings_.offset, round);
      }
      draw.drawn = weights_.find(drawn_unit(random.first, mass), random.second);
      if (!has_share()) return draw;
      draw.drawn = known_to_all(draw.drawn);
      draw.limit = limit;
      end = {draw.drawn.logit, draw.drawn.token};
    }
  }

  __device__ DrawnToken known_to_all(const DrawnToken& found) {
    return token_at(team_.told(found.is_here(), place_of({found.logit, found.token})));
  }

  Weights& weights_;
  Tiles& tiles_;
  Team& team_;
  const SearchedRow& row_;
  const RowSettings& settings_;
  FilterOrder order_;
  const BestRoom& room_;
  TokenBound likely_end_;  // behind what min-p leaves
};

}  // namespace skim::cuda
