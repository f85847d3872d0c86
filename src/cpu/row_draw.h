// One token of one row.
//
// With a top-k, its results are in order: every filter keeps the first so many of them, and the sum
// of their masses up to a token is its place in the inverse CDF. Without one, the tiles of the row
// are weighed, and a nucleus is drawn from by exact rejection: a token that is not in it leaves
// those before it in the order to be drawn from, whose mass is known by then.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>

#include "cpu/masses.h"
#include "cpu/nucleus_end.h"
#include "cpu/row_selection.h"
#include "cpu/tile_masses.h"
#include "order/candidate.h"
#include "order/float_of.h"
#include "order/key_order.h"
#include "random/mass.h"
#include "random/philox.h"
#include "random/row_settings.h"

namespace skim::cpu {

// A token, and what log-probabilities need to know of the draw.
struct Drawn {
  std::int64_t token = -1;
  float maximum = -std::numeric_limits<float>::infinity();  // of the row: NaN or -inf without token
  TokenBound survivors{};                                   // those before it may be drawn
  std::uint64_t total = 0;                                  // their mass
  std::uint64_t of_row = 0;  // the mass of all tokens as tiles; 0 where nobody weighed them
};

template <DType kDType>
class RowDraw {
  using Element = typename KeyOrder<kDType>::Key;
  using Candidate = CandidateFor<Element>;
  using Candidates = std::span<const Candidate>;

 public:
  RowDraw(const RowSelector<kDType>& selector, const MassFunctions<kDType>& functions,
          FilterOrder order, const SampleScratch& scratch)
      : selector_(selector), functions_(functions), order_(order), scratch_(scratch) {}

  // `row` has `cols` elements, at least one. `with_survivors`: who they are counts too.
  Drawn draw(const Element* row, std::int64_t cols, const RowSettings& settings,
             bool with_survivors) const {
    if (settings.greedy) return first_maximum(row, cols);
    if (settings.top_k > 0) return among_best(row, cols, settings);
    return among_all(row, cols, settings, with_survivors);
  }

 private:
  static std::int64_t token_of(Candidate candidate) { return Packing<Candidate>::index(candidate); }

  static bool has_none(float maximum) {
    return std::isnan(maximum) || maximum == -std::numeric_limits<float>::infinity();
  }

  Drawn first_maximum(const Element* row, std::int64_t cols) const {
    const std::int64_t token = token_of(selector_.best(row, cols, 1, scratch_.selection)[0]);
    const float maximum = float_of<kDType>(row[token]);
    if (has_none(maximum)) return {-1, maximum};
    return {token, maximum, {maximum, token + 1}};
  }

  // ---- with a top-k ----

  Drawn among_best(const Element* row, std::int64_t cols, const RowSettings& settings) const {
    const Candidates best = selector_.best(row, cols, settings.top_k, scratch_.selection);
    float* const logits = scratch_.candidate_logits;
    for (std::size_t i = 0; i < best.size(); ++i) {
      logits[i] = float_of<kDType>(row[token_of(best[i])]);
    }
    const float maximum = logits[0];
    if (has_none(maximum)) return {-1, maximum};
    const auto count = static_cast<std::int64_t>(best.size());
    functions_.masses(logits, nullptr, count, maximum, settings.scale, scratch_.candidate_masses);

    const std::size_t likely = above(logits, best.size(), least_logit(settings, maximum));
    const std::uint64_t limit =
        nucleus_limit(base(row, cols, settings, best.size(), likely), settings.top_p);
    std::uint64_t total = 0;
    std::size_t kept = 0;
    const bool no_share = settings.top_p >= 1.0F;
    while (kept < likely && (no_share || kept == 0 || total < limit)) {
      total += scratch_.candidate_masses[kept++];
    }
    const std::uint64_t unit =
        drawn_unit(random_pair(settings.seed, settings.offset, 0).first, total);
    const auto rank = static_cast<std::size_t>(
        holder_of(unit, scratch_.candidate_masses, static_cast<std::int64_t>(kept)));
    return {token_of(best[rank]), maximum, {logits[kept - 1], token_of(best[kept - 1]) + 1}, total};
  }

  static std::size_t above(const float* logits, std::size_t count, float least) {
    std::size_t likely = 0;
    while (likely < count && logits[likely] >= least) ++likely;
    return likely;
  }

  // The mass of which top-p is a share.
  std::uint64_t base(const Element* row, std::int64_t cols, const RowSettings& settings,
                     std::size_t best, std::size_t likely) const {
    if (order_ == FilterOrder::joint && settings.top_p < 1.0F) {
      return TileMasses<kDType>(functions_, row, cols, settings.scale, scratch_).total();
    }
    // Beside a logit at +inf, which comes first, others have no probability.
    const bool of_likely =
        order_ == FilterOrder::sequential || std::isinf(scratch_.candidate_logits[0]);
    const std::size_t count = of_likely ? likely : best;
    const std::uint64_t* const masses = scratch_.candidate_masses;
    return std::accumulate(masses, masses + count, std::uint64_t{0});
  }

  // ---- without a top-k ----

  Drawn among_all(const Element* row, std::int64_t cols, const RowSettings& settings,
                  bool with_survivors) const {
    const bool share_of_all = settings.top_p < 1.0F && order_ != FilterOrder::sequential;
    const bool weighs_all = settings.min_p == 0.0F || share_of_all;
    TileMasses<kDType> masses(functions_, row, cols, settings.scale, scratch_, weighs_all);
    if (masses.has_nan()) return {-1, std::numeric_limits<float>::quiet_NaN()};
    if (has_none(masses.maximum())) return {-1, masses.maximum()};
    const float least = least_logit(settings, masses.maximum());
    const TokenBound likely{least, cols};
    const bool all_likely = least == -std::numeric_limits<float>::infinity();
    const std::uint64_t all = all_likely || share_of_all ? masses.total() : 0;
    const std::uint64_t total = all_likely ? all : masses.total_before(likely);
    const std::uint64_t limit = nucleus_limit(share_of_all ? all : total, settings.top_p);

    const std::int64_t token = accepted(masses, row, settings, total, limit);
    Drawn drawn{token, masses.maximum(), likely, total, all};
    if (with_survivors && settings.top_p < 1.0F) {
      const TokenBound inside{float_of<kDType>(row[token]), token};
      drawn.survivors = nucleus_end(masses, cols, inside, least, limit);
      drawn.total = masses.total_before(drawn.survivors);
    }
    return drawn;
  }

  // Draws until a token has less than `limit` before it. `total` was weighed last.
  std::int64_t accepted(TileMasses<kDType>& masses, const Element* row, const RowSettings& settings,
                        std::uint64_t total, std::uint64_t limit) const {
    for (std::uint32_t round = 0;; ++round) {
      const RandomPair random = random_pair(settings.seed, settings.offset, round);
      const std::int64_t token = masses.token_of(drawn_unit(random.first, total), random.second);
      if (settings.top_p >= 1.0F) return token;
      const std::uint64_t before = masses.total_before({float_of<kDType>(row[token]), token});
      if (before < limit || before == 0) return token;
      total = before;
    }
  }

  const RowSelector<kDType>& selector_;
  const MassFunctions<kDType>& functions_;
  FilterOrder order_;
  const SampleScratch& scratch_;
};

}  // namespace skim::cpu
