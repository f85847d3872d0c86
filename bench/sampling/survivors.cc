#include "sampling/survivors.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "inputs/dispatch.h"
#include "inputs/number.h"

namespace skim::bench {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::size_t place(std::int64_t number) { return static_cast<std::size_t>(number); }

std::vector<double> logits_of(DType dtype, const void* row, std::int64_t cols) {
  return dispatch(dtype, [&]<class T>() {
    const T* elements = static_cast<const T*>(row);
    std::vector<double> logits(place(cols));
    for (std::int64_t i = 0; i < cols; ++i) {
      logits[place(i)] = static_cast<double>(number_of(elements[i]));
    }
    return logits;
  });
}

// The tokens above -inf, best first; empty where one is NaN.
class Ranking {
 public:
  explicit Ranking(const std::vector<double>& logits) {
    for (std::size_t token = 0; token < logits.size(); ++token) {
      if (std::isnan(logits[token])) {
        ranked_.clear();
        return;
      }
      if (logits[token] > -kInfinity) ranked_.emplace_back(logits[token], token);
    }
    std::sort(ranked_.begin(), ranked_.end(), [](const auto& a, const auto& b) {
      return a.first > b.first || (a.first == b.first && a.second < b.second);
    });
  }

  bool empty() const { return ranked_.empty(); }
  std::size_t size() const { return ranked_.size(); }
  std::size_t token(std::size_t rank) const { return ranked_[rank].second; }
  double logit(std::size_t rank) const { return ranked_[rank].first; }
  // A maximum of +inf leaves the tokens that equal it.
  double log_mass(std::size_t rank, double temperature) const {
    return logit(rank) == logit(0) ? 0.0 : (logit(rank) - logit(0)) / temperature;
  }
  double mass(std::size_t rank, double temperature) const {
    return std::exp(log_mass(rank, temperature));
  }
  double mass_of_first(std::size_t count, double temperature) const {
    double sum = 0;
    for (std::size_t rank = 0; rank < count; ++rank) sum += mass(rank, temperature);
    return sum;
  }

 private:
  std::vector<std::pair<double, std::size_t>> ranked_;
};

// A share of 1 and more is exact.
double moved(float share, double by) {
  return share < 1.0F ? static_cast<double>(share) * (1 + by) : static_cast<double>(share);
}

std::size_t kept_by_top_k(const Ranking& ranking, const SamplingSettings& settings, bool ties) {
  if (!settings.has_top_k()) return ranking.size();
  std::size_t kept = std::min(place(settings.top_k), ranking.size());
  while (ties && kept < ranking.size() && ranking.logit(kept) == ranking.logit(kept - 1)) ++kept;
  return kept;
}

std::size_t kept_by_min_p(const Ranking& ranking, const SamplingSettings& settings,
                          double looseness) {
  if (!settings.has_min_p()) return ranking.size();
  const double least = std::log(moved(settings.min_p, -looseness));
  std::size_t kept = 0;
  while (kept < ranking.size() &&
         ranking.log_mass(kept, static_cast<double>(settings.temperature)) >= least) {
    ++kept;
  }
  return kept;
}

// The smallest set whose mass reaches the share of that of the first `whole`.
std::size_t kept_by_top_p(const Ranking& ranking, const SamplingSettings& settings,
                          std::size_t whole, double looseness) {
  if (!settings.has_top_p()) return ranking.size();
  const auto temperature = static_cast<double>(settings.temperature);
  const double limit = moved(settings.top_p, looseness) * ranking.mass_of_first(whole, temperature);
  double before = 0;
  std::size_t kept = 0;
  while (kept < ranking.size() && (kept == 0 || before < limit)) {
    before += ranking.mass(kept, temperature);
    ++kept;
  }
  return kept;
}

// How many of the first survive.
std::size_t kept_of(const Ranking& ranking, const SamplingSettings& settings, bool ties,
                    double looseness) {
  if (settings.greedy()) return 1;
  const std::size_t top_k = kept_by_top_k(ranking, settings, ties);
  const std::size_t min_p = kept_by_min_p(ranking, settings, looseness);
  const std::size_t whole = settings.order == FilterOrder::joint ? ranking.size()
                            : settings.order == FilterOrder::hf  ? top_k
                                                                 : std::min(top_k, min_p);
  return std::min({top_k, min_p, kept_by_top_p(ranking, settings, whole, looseness)});
}

double log_mass_of(const Ranking& ranking, const SamplingSettings& settings, std::size_t count) {
  return std::log(ranking.mass_of_first(count, static_cast<double>(settings.temperature)));
}

Survivors survivors_of(const Ranking& ranking, const SamplingSettings& settings, bool ties) {
  const std::size_t most = kept_of(ranking, settings, ties, kLimitTolerance);
  Survivors survivors;
  survivors.last_logit = ranking.logit(most - 1);
  survivors.last_token = static_cast<std::int64_t>(ranking.token(most - 1));
  if (settings.greedy()) return survivors;
  const std::size_t least = kept_of(ranking, settings, ties, -kLimitTolerance);
  survivors.most_log_mass = log_mass_of(ranking, settings, most);
  survivors.least_log_mass =
      least == most ? survivors.most_log_mass : log_mass_of(ranking, settings, least);
  return survivors;
}

}  // namespace

RowTruth solve_sampling(DType dtype, const void* row, std::int64_t cols,
                        const SamplingSettings& settings) {
  const Ranking ranking(logits_of(dtype, row, cols));
  RowTruth truth;
  if (ranking.empty()) return truth;
  truth.drawable = true;
  truth.maximum = ranking.logit(0);
  if (settings.logprobs == LogprobKind::raw) {
    truth.log_softmax_sum = std::log(ranking.mass_of_first(ranking.size(), 1.0));
  }
  truth.survivors = survivors_of(ranking, settings, false);
  truth.survivors_with_ties = survivors_of(ranking, settings, true);
  return truth;
}

std::vector<double> probabilities(DType dtype, const void* row, std::int64_t cols,
                                  const SamplingSettings& settings, double looseness) {
  const Ranking ranking(logits_of(dtype, row, cols));
  std::vector<double> of_tokens(place(cols));
  if (ranking.empty()) return of_tokens;
  const std::size_t kept = kept_of(ranking, settings, false, looseness);
  if (settings.greedy()) {
    of_tokens[ranking.token(0)] = 1;
    return of_tokens;
  }
  const auto temperature = static_cast<double>(settings.temperature);
  const double whole = ranking.mass_of_first(kept, temperature);
  for (std::size_t rank = 0; rank < kept; ++rank) {
    of_tokens[ranking.token(rank)] = ranking.mass(rank, temperature) / whole;
  }
  return of_tokens;
}

}  // namespace skim::bench
