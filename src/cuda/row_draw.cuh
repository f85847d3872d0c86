// One token of one row, by all threads of the row together: what cpu/row_draw.h is to a CPU, with
// the same tokens and masses.
//
// With a top-k, its tokens are candidates in order (best_candidates.cuh). Where there are too many
// for that, the k-th of the order, the end of the nucleus and the token drawn are each the last
// that has less than some limit before it: less than k tokens, less than a mass. Such a place is
// found by asking for what lies before others. Without a top-k, tiles are drawn from, and a nucleus
// by exact rejection.
#pragma once

#include <cstdint>
#include <limits>

#include "cuda/best_candidates.cuh"
#include "cuda/row_weights.cuh"
#include "random/philox.h"
#include "random/row_settings.h"

namespace skim::cuda {

// The tokens before a bound.
struct Prefix {
  TokenBound end;
  RowSums sums;
};

struct RowDraw {
  DrawnToken drawn;          // by one warp, or by all
  std::uint64_t total = 0;   // the mass of what may be drawn; where it is asked for
  std::uint64_t of_row = 0;  // the mass of all tokens as tiles; 0 where nobody weighed them
};

// Where candidates are put.
struct BestRoom {
  BestShared& shared;
  void* memory;
  std::uint32_t capacity;
};

template <class Tiles, class Team>
class RowDrawing {
  using Weights = RowWeights<Tiles, Team>;
  using Best = BestCandidates<Tiles, Team>;

 public:
  __device__ RowDrawing(Weights& weights, Tiles& tiles, Team& team, const RowSettings& settings,
                        FilterOrder order, const BestRoom& room)
      : weights_(weights),
        tiles_(tiles),
        team_(team),
        settings_(settings),
        length_(tiles.row().length()),
        order_(order),
        room_(room),
        likely_end_{least_logit(settings, weights.maximum()), length_} {}

  // `with_total`: RowDraw::total is asked for, which takes another search after a nucleus of all.
  __device__ RowDraw draw(bool with_total) {
    return settings_.top_k > 0 ? among_best() : among_all(with_total);
  }

 private:
  static constexpr float kInfinity = std::numeric_limits<float>::infinity();

  __device__ bool has_share() const { return settings_.top_p < 1.0F; }

  // ---- with a top-k ----

  __device__ RowDraw among_best() {
    const auto k = static_cast<std::uint32_t>(settings_.top_k);
    if (room_.capacity > 0 && k <= min(kMostBest, blockDim.x)) {
      Best best(weights_, tiles_, team_, room_.shared, room_.memory, room_.capacity, k);
      if (best.find()) return among_candidates(best);
    }
    return among_searched();
  }

  __device__ RowDraw among_candidates(const Best& best) {
    RowDraw draw;
    const std::uint32_t likely = best.count_if(best.count(), [&](const RankedToken& token) {
      return bound_at(token.place).value >= likely_end_.value;
    });
    std::uint32_t kept = likely;
    if (has_share()) {
      if (order_ == FilterOrder::joint) draw.of_row = weights_.tiles_before(weights_.all()).mass;
      const std::uint64_t base = order_ == FilterOrder::joint
                                     ? draw.of_row
                                     : best.mass_of(is_share_of_likely() ? likely : best.count());
      const std::uint64_t limit = nucleus_limit(base, settings_.top_p);
      kept = max(1u, best.count_if(likely,
                                   [&](const RankedToken& token) { return token.before < limit; }));
    }
    draw.total = best.mass_of(kept);
    const RandomPair random = random_pair(settings_.seed, settings_.offset, 0);
    draw.drawn = token_at(best.holder_of(drawn_unit(random.first, draw.total)));
    return draw;
  }

  __device__ RowDraw among_searched() {
    const auto candidates = [&](const TokenBound& end) { return weights_.candidates_before(end); };
    const TokenBound best = best_end();
    const TokenBound end = place_of(best) > place_of(likely_end_) ? best : likely_end_;
    Prefix kept{end, candidates(end)};
    if (has_share()) {
      const std::uint64_t limit = nucleus_limit(base(best, kept), settings_.top_p);
      kept = with_less_before(limit, kept, candidates);
    }
    const RandomPair random = random_pair(settings_.seed, settings_.offset, 0);
    const std::uint64_t unit = drawn_unit(random.first, kept.sums.mass);
    return {token_at(weights_.last_before(with_less_before(unit + 1, kept, candidates).end)),
            kept.sums.mass};
  }

  // The bound behind the k best.
  __device__ TokenBound best_end() {
    const auto tokens = [&](const TokenBound& end) { return weights_.tokens_before(end); };
    const Prefix all{{-kInfinity, length_}, {length_, length_}};
    return with_less_before(static_cast<std::uint64_t>(settings_.top_k), all, tokens).end;
  }

  // The mass of which top-p is a share.
  __device__ std::uint64_t base(const TokenBound& best, const Prefix& likely) {
    if (order_ == FilterOrder::joint) return weights_.tiles_before(weights_.all()).mass;
    return is_share_of_likely() ? likely.sums.mass : weights_.candidates_before(best).mass;
  }

  // Beside a logit at +inf, which comes first, others have no probability.
  __device__ bool is_share_of_likely() const {
    return order_ == FilterOrder::sequential || weights_.maximum() == kInfinity;
  }

  // ---- without a top-k ----

  __device__ RowDraw among_all(bool with_total) {
    const bool share_of_all = has_share() && order_ != FilterOrder::sequential;
    const bool all_likely = likely_end_.value == -kInfinity;
    RowDraw draw;
    RowSums sums;
    if (all_likely || share_of_all) sums = weights_.tiles_before(weights_.all());
    draw.of_row = sums.mass;
    if (!all_likely) sums = weights_.tiles_before(likely_end_);
    draw.total = sums.mass;
    const std::uint64_t limit =
        nucleus_limit(share_of_all ? draw.of_row : draw.total, settings_.top_p);
    draw.drawn = accepted(sums, limit);
    if (with_total && has_share()) {
      const auto tiles = [&](const TokenBound& end) { return weights_.counted_tiles_before(end); };
      const Prefix likely{likely_end_, tiles(likely_end_)};
      draw.total = with_less_before(limit, likely, tiles).sums.mass;
    }
    return draw;
  }

  // Draws until a token has less than `limit` before it. `sums` were weighed last.
  __device__ DrawnToken accepted(RowSums sums, std::uint64_t limit) {
#pragma unroll 1
    for (std::uint32_t round = 0;; ++round) {
      const RandomPair random = random_pair(settings_.seed, settings_.offset, round);
      const DrawnToken found =
          weights_.find(drawn_unit(random.first, sums.mass), sums, random.second);
      if (!has_share()) return found;
      const DrawnToken drawn = known_to_all(found);
      sums = weights_.tiles_before({drawn.logit, drawn.token});
      if (sums.mass < limit || sums.mass == 0) return drawn;
    }
  }

  __device__ DrawnToken known_to_all(const DrawnToken& found) {
    return token_at(
        team_.greatest(found.is_here() ? place_of({found.logit, found.token}) : INT64_MIN));
  }

  // ---- both ----

  static __device__ DrawnToken token_at(std::int64_t place) {
    const TokenBound at = bound_at(place);
    return {static_cast<std::uint32_t>(at.index), at.value};
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

  Weights& weights_;
  Tiles& tiles_;
  Team& team_;
  const RowSettings& settings_;
  std::uint32_t length_;
  FilterOrder order_;
  const BestRoom& room_;
  TokenBound likely_end_;  // behind what min-p leaves
};

}  // namespace skim::cuda
