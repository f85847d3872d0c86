#include "support/sample_oracle.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "support/sample_numbers.h"

namespace skim::test {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

using Words = std::function<RandomWords(std::uint32_t round)>;

std::size_t place(std::int64_t number) { return static_cast<std::size_t>(number); }

// The allowed tokens above -inf, best first. Filters keep so many of the first.
struct Ranking {
  Ranking(std::vector<float> of_tokens, const std::vector<bool>& allowed)
      : logits(std::move(of_tokens)), rank(logits.size(), -1) {
    for (std::size_t token = 0; token < logits.size(); ++token) {
      if (allowed[token] && logits[token] > -kInfinity)
        order.push_back(static_cast<std::int64_t>(token));
    }
    std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
      return logits[place(a)] > logits[place(b)];
    });
    for (std::size_t i = 0; i < order.size(); ++i)
      rank[place(order[i])] = static_cast<std::int64_t>(i);
  }

  std::int64_t size() const { return static_cast<std::int64_t>(order.size()); }
  float logit_at(std::int64_t at_rank) const { return logits[place(order[place(at_rank)])]; }
  float maximum() const { return logit_at(0); }

  std::vector<float> logits;
  std::vector<std::int64_t> order;
  std::vector<std::int64_t> rank;  // -1: not in the order
};

// Masses of the first so many of a ranking, in tiles of 16 tokens: four adjacent ones of each
// quarter of a block of 16384.
class TileMasses {
 public:
  TileMasses(const Ranking& ranking, float factor)
      : ranking_(ranking),
        factor_(factor),
        tiles_((static_cast<std::int64_t>(ranking.logits.size()) + 16383) / 16384 * 1024),
        maxima_(place(tiles_), -kInfinity),
        in_tile_(ranking.logits.size()) {
    for (const std::int64_t token : ranking.order) {
      float& maximum = maxima_[place(tile_of_token(token))];
      maximum = std::max(maximum, ranking.logits[place(token)]);
    }
    for (const std::int64_t token : ranking.order) {
      in_tile_[place(token)] =
          mass_of(ranking.logits[place(token)], maxima_[place(tile_of_token(token))], factor);
    }
  }

  static std::int64_t tile_of_token(std::int64_t token) {
    const std::int64_t in_block = token % 16384;
    const std::int64_t in_quarter = in_block % 4096;
    return token / 16384 * 1024 + in_quarter / 4;
  }

  std::uint64_t of_tile(std::int64_t tile, std::int64_t first_ranks) const {
    float of_neighbour[4] = {};
    for (int neighbour = 0; neighbour < 4; ++neighbour) {
      for (int quarter = 0; quarter < 4; ++quarter) {
        of_neighbour[neighbour] += in_tile(token_at(tile, quarter, neighbour), first_ranks);
      }
    }
    const float sum = (of_neighbour[0] + of_neighbour[1]) + (of_neighbour[2] + of_neighbour[3]);
    return to_fixed_point(sum * mass_of(maxima_[place(tile)], ranking_.maximum(), factor_));
  }

  std::uint64_t total(std::int64_t first_ranks) const {
    std::uint64_t sum = 0;
    for (std::int64_t tile = 0; tile < tiles_; ++tile) sum += of_tile(tile, first_ranks);
    return sum;
  }

  std::int64_t draw(std::int64_t first_ranks, const RandomWords& words) const {
    std::uint64_t unit = unit_of(words.first, total(first_ranks));
    std::int64_t tile = 0;
    for (;; ++tile) {
      const std::uint64_t mass = of_tile(tile, first_ranks);
      if (unit < mass) break;
      unit -= mass;
    }
    return draw_in(tile, first_ranks, words.second);
  }

  // How many of the first so many have less mass than `limit` before them.
  std::int64_t ranks_before(std::uint64_t limit, std::int64_t first_ranks) const {
    std::uint64_t before = 0;
    for (std::int64_t kept = 0; kept < first_ranks; ++kept) {
      if (kept > 0 && before >= limit) return kept;
      const std::int64_t tile = tile_of_token(ranking_.order[place(kept)]);
      before += of_tile(tile, kept + 1) - of_tile(tile, kept);
    }
    return first_ranks;
  }

 private:
  static std::int64_t token_at(std::int64_t tile, int quarter, int neighbour) {
    return tile / 1024 * 16384 + quarter * 4096 + tile % 1024 * 4 + neighbour;
  }

  float in_tile(std::int64_t token, std::int64_t first_ranks) const {
    if (token >= static_cast<std::int64_t>(ranking_.rank.size())) return 0.0F;
    const std::int64_t rank = ranking_.rank[place(token)];
    if (rank < 0 || rank >= first_ranks) return 0.0F;
    return in_tile_[place(token)];
  }

  std::int64_t draw_in(std::int64_t tile, std::int64_t first_ranks, std::uint64_t random) const {
    std::uint64_t masses[16] = {};
    for (int i = 0; i < 16; ++i) {
      masses[i] = to_fixed_point(in_tile(token_at(tile, i / 4, i % 4), first_ranks));
    }
    std::uint64_t unit = unit_of(random, std::accumulate(masses, masses + 16, std::uint64_t{0}));
    int i = 0;
    for (; unit >= masses[i]; ++i) unit -= masses[i];
    return token_at(tile, i / 4, i % 4);
  }

  const Ranking& ranking_;
  float factor_;
  std::int64_t tiles_;
  std::vector<float> maxima_;
  std::vector<float> in_tile_;  // masses relative to the tile's maximum
};

// What is drawn, and from what: the first `kept` of the ranking, whose masses are `total`.
struct Choice {
  std::int64_t token;
  std::int64_t kept;
  std::uint64_t total;
};

std::int64_t ranks_of_min_p(const SampleRow& row, const Ranking& ranking, float factor) {
  if (!has_min_p(row)) return ranking.size();
  const float least = least_logit(std::fmin(row.min_p, 1.0F), ranking.maximum(), factor);
  std::int64_t kept = 0;
  while (kept < ranking.size() && ranking.logit_at(kept) >= least) ++kept;
  return kept;
}

// masses[n]: of the first n of the ranking, each token's relative to the row's maximum.
std::vector<std::uint64_t> candidate_masses(const Ranking& ranking, std::int64_t count,
                                            float factor) {
  std::vector<std::uint64_t> masses = {0};
  for (std::int64_t rank = 0; rank < count; ++rank) {
    const float mass = mass_of(ranking.logit_at(rank), ranking.maximum(), factor);
    masses.push_back(masses.back() + to_fixed_point(mass));
  }
  return masses;
}

// In the order of ranks.
Choice choose_candidate(const SampleRow& row, const Ranking& ranking, float factor,
                        const Words& words) {
  const std::int64_t of_top_k = std::min<std::int64_t>(row.top_k, ranking.size());
  std::int64_t kept = std::min(of_top_k, ranks_of_min_p(row, ranking, factor));
  const std::vector<std::uint64_t> masses = candidate_masses(ranking, of_top_k, factor);
  if (has_top_p(row)) {
    const std::uint64_t whole = row.order == FilterOrder::joint
                                    ? TileMasses(ranking, factor).total(ranking.size())
                                : row.order == FilterOrder::hf ? masses[place(of_top_k)]
                                                               : masses[place(kept)];
    const std::uint64_t limit = least_mass_of_share(whole, row.top_p);
    std::int64_t of_top_p = 1;
    while (of_top_p < kept && masses[place(of_top_p)] < limit) ++of_top_p;
    kept = of_top_p;
  }
  const std::uint64_t total = masses[place(kept)];
  const std::uint64_t unit = unit_of(words(0).first, total);
  std::int64_t rank = 0;
  while (masses[place(rank + 1)] <= unit) ++rank;
  return {ranking.order[place(rank)], kept, total};
}

// Draws until what is drawn is in the nucleus, each time from what is before it.
Choice choose_of_row(const SampleRow& row, const Ranking& ranking, float factor,
                     const Words& words) {
  const TileMasses masses(ranking, factor);
  const std::int64_t of_min_p = ranks_of_min_p(row, ranking, factor);
  if (!has_top_p(row)) {
    return {masses.draw(of_min_p, words(0)), of_min_p, masses.total(of_min_p)};
  }
  const bool sequential = row.order == FilterOrder::sequential;
  const std::uint64_t limit =
      least_mass_of_share(masses.total(sequential ? of_min_p : ranking.size()), row.top_p);
  std::int64_t drawn_from = of_min_p;
  for (std::uint32_t round = 0;; ++round) {
    const std::int64_t token = masses.draw(drawn_from, words(round));
    const std::int64_t rank = ranking.rank[place(token)];
    const std::uint64_t before = masses.total(rank);
    if (before == 0 || before < limit) {
      const std::int64_t kept = masses.ranks_before(limit, of_min_p);
      return {token, kept, masses.total(kept)};
    }
    drawn_from = rank;
  }
}

Choice choose(const SampleRow& row, const Ranking& ranking, const Words& words) {
  if (is_greedy(row)) return {ranking.order[0], 1, 0};
  const float factor = factor_of(row.temperature);
  return has_top_k(row) ? choose_candidate(row, ranking, factor, words)
                        : choose_of_row(row, ranking, factor, words);
}

float processed_logprob(const SampleRow& row, const Ranking& ranking, const Choice& choice,
                        std::int64_t token) {
  const std::int64_t rank = ranking.rank[place(token)];
  if (rank >= choice.kept) return -kInfinity;
  if (is_greedy(row)) return 0.0F;
  return share_logarithm(ranking.logits[place(token)], ranking.maximum(),
                         factor_of(row.temperature), choice.total);
}

// All tokens of the row: behind the ranking those without a probability.
std::vector<std::int64_t> whole_order(const Ranking& ranking) {
  std::vector<std::int64_t> tokens = ranking.order;
  for (std::size_t token = 0; token < ranking.rank.size(); ++token) {
    if (ranking.rank[token] < 0) tokens.push_back(static_cast<std::int64_t>(token));
  }
  return tokens;
}

// Logarithms of one distribution, for the drawn token and for the first tokens of its order.
template <class Logprob>
void answer_logprobs(const SampleRow& row, const Ranking& ranking, const Logprob& of_ranked,
                     SampleAnswer& answer) {
  const auto logprob = [&](std::int64_t token) {
    return ranking.rank[place(token)] < 0 ? -kInfinity : of_ranked(token);
  };
  answer.logprob = logprob(answer.token);
  const std::vector<std::int64_t> tokens = whole_order(ranking);
  for (std::size_t i = 0; i < std::min(place(row.top_logprobs), tokens.size()); ++i) {
    answer.top_tokens[i] = tokens[i];
    answer.top_logprobs[i] = logprob(tokens[i]);
  }
}

void answer_raw(const SampleRow& row, SampleAnswer& answer) {
  const Ranking ranking(row.logits, row.allowed);
  const float factor = factor_of(1.0F);
  const std::uint64_t total = TileMasses(ranking, factor).total(ranking.size());
  answer_logprobs(
      row, ranking,
      [&](std::int64_t token) {
        return share_logarithm(ranking.logits[place(token)], ranking.maximum(), factor, total);
      },
      answer);
}

SampleAnswer nothing(const SampleRow& row, float logprob) {
  return {-1, logprob, std::vector<std::int64_t>(place(row.top_logprobs), -1),
          std::vector<float>(place(row.top_logprobs), -kInfinity)};
}

bool has_allowed_nan(const std::vector<float>& logits, const std::vector<bool>& allowed) {
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (allowed[i] && std::isnan(logits[i])) return true;
  }
  return false;
}

}  // namespace

SampleAnswer exact_answer(const SampleRow& row) {
  const std::vector<float> logits = biased_logits(row);
  if (has_allowed_nan(logits, row.allowed)) {
    return nothing(row, std::numeric_limits<float>::quiet_NaN());
  }
  const Ranking ranking(logits, row.allowed);
  SampleAnswer answer = nothing(row, -kInfinity);
  if (ranking.size() == 0) return answer;
  const Choice choice = choose(
      row, ranking, [&](std::uint32_t round) { return random_words(row.seed, row.offset, round); });
  answer.token = choice.token;
  if (row.logprobs == LogprobKind::raw) answer_raw(row, answer);
  if (row.logprobs == LogprobKind::processed) {
    answer_logprobs(
        row, ranking,
        [&](std::int64_t token) { return processed_logprob(row, ranking, choice, token); }, answer);
  }
  return answer;
}

std::uint64_t exact_mass(const SampleRow& row) {
  const Ranking ranking(biased_logits(row), row.allowed);
  return TileMasses(ranking, factor_of(row.temperature)).total(ranking.size());
}

std::int64_t token_of_words(const SampleRow& row, std::uint64_t first, std::uint64_t second) {
  const Ranking ranking(biased_logits(row), row.allowed);
  return choose(row, ranking, [&](std::uint32_t) { return RandomWords{first, second}; }).token;
}

}  // namespace skim::test
