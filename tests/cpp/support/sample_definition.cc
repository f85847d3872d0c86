#include "support/sample_definition.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace skim::test {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Tokens with their masses, some of which filters take away.
class Filtered {
 public:
  explicit Filtered(const SampleRow& row)
      : logits_(biased_logits(row)), log_masses_(logits_.size(), -kInfinity) {
    for (std::size_t token = 0; token < logits_.size(); ++token) {
      if (!row.allowed[token]) continue;
      if (std::isnan(logits_[token])) {
        order_.clear();
        return;
      }
      if (logits_[token] > -kInfinity) order_.push_back(token);
    }
    std::stable_sort(order_.begin(), order_.end(),
                     [&](std::size_t a, std::size_t b) { return logits_[a] > logits_[b]; });
    for (const std::size_t token : order_) log_masses_[token] = log_mass(token, row.temperature);
  }

  // Best first. Those that are dropped keep their place.
  const std::vector<std::size_t>& order() const { return order_; }
  std::vector<double> log_masses() const { return log_masses_; }

  double mass() const {
    double sum = 0;
    for (const std::size_t token : order_) sum += mass_of(token);
    return sum;
  }

  void keep_first(std::size_t count) {
    for (std::size_t i = count; i < order_.size(); ++i) drop(order_[i]);
  }

  void keep_top_k(std::int32_t count) {
    if (count > 0) keep_first(static_cast<std::size_t>(count));
  }

  void keep_min_p(double share) {
    if (!(share > 0) || order_.empty()) return;
    const double least = log_masses_[order_[0]] + std::log(std::fmin(share, 1.0));
    for (const std::size_t token : order_) {
      if (log_masses_[token] < least) drop(token);
    }
  }

  // The smallest set whose mass reaches the share of `whole`.
  void keep_top_p(double share, double whole) {
    if (!(share < 1)) return;
    double before = 0;
    for (std::size_t i = 0; i < order_.size(); ++i) {
      const double mass = mass_of(order_[i]);
      if (i > 0 && before >= share * whole) drop(order_[i]);
      before += mass;
    }
  }

 private:
  // A maximum of +inf leaves the tokens that equal it.
  double log_mass(std::size_t token, double temperature) const {
    const auto maximum = static_cast<double>(logits_[order_[0]]);
    const auto logit = static_cast<double>(logits_[token]);
    return logit == maximum ? 0.0 : (logit - maximum) / temperature;
  }
  double mass_of(std::size_t token) const { return std::exp(log_masses_[token]); }
  void drop(std::size_t token) { log_masses_[token] = -kInfinity; }

  std::vector<float> logits_;
  std::vector<double> log_masses_;
  std::vector<std::size_t> order_;
};

// A share of 1 and more is exact.
double moved(float share, double by) {
  return share < 1.0F ? static_cast<double>(share) * (1 + by) : static_cast<double>(share);
}

void apply_filters(const SampleRow& row, double looseness, Filtered& tokens) {
  const double top_p = moved(row.top_p, looseness);
  const double min_p = moved(row.min_p, -looseness);
  const double whole = tokens.mass();
  switch (row.order) {
    case FilterOrder::sequential:
      tokens.keep_min_p(min_p);
      tokens.keep_top_k(row.top_k);
      tokens.keep_top_p(top_p, tokens.mass());
      return;
    case FilterOrder::hf:
      tokens.keep_top_k(row.top_k);
      tokens.keep_top_p(top_p, tokens.mass());
      tokens.keep_min_p(min_p);
      return;
    case FilterOrder::joint:
      tokens.keep_top_p(top_p, whole);
      tokens.keep_top_k(row.top_k);
      tokens.keep_min_p(min_p);
      return;
  }
}

// Of values that a float can hold: 1 in 10^7, and what the factor's rounding adds far from the
// maximum.
double logprob_tolerance(double logprob) { return 2e-6 + 5e-7 * std::fabs(logprob); }

std::string describe(std::size_t token, const std::string& what, double found, double wanted) {
  return "token " + std::to_string(token) + " " + what + ": log-probability " +
         std::to_string(found) + " instead of " + std::to_string(wanted);
}

// Found log-probabilities by token.
std::vector<double> listed(const SampleRow& row, const SampleAnswer& answer) {
  std::vector<double> logprobs(row.logits.size(), -kInfinity);
  for (std::size_t i = 0; i < answer.top_tokens.size(); ++i) {
    if (answer.top_tokens[i] < 0) continue;
    logprobs[static_cast<std::size_t>(answer.top_tokens[i])] =
        static_cast<double>(answer.top_logprobs[i]);
  }
  return logprobs;
}

}  // namespace

std::vector<double> defined_logprobs(const SampleRow& row, double looseness) {
  Filtered tokens(row);
  if (is_greedy(row)) {
    tokens.keep_first(1);
  } else {
    apply_filters(row, looseness, tokens);
  }
  std::vector<double> logprobs = tokens.log_masses();
  const double log_whole = std::log(tokens.mass());
  for (const std::size_t token : tokens.order()) logprobs[token] -= log_whole;
  return logprobs;
}

std::vector<double> defined_probabilities(const SampleRow& row) {
  std::vector<double> values = defined_logprobs(row);
  for (double& value : values) value = std::exp(value);
  return values;
}

std::string difference_from_definition(const SampleRow& row, const SampleAnswer& answer) {
  const std::vector<double> least = defined_logprobs(row, -kLimitTolerance);
  const std::vector<double> most = defined_logprobs(row, kLimitTolerance);
  const std::vector<double> found = listed(row, answer);
  for (std::size_t token = 0; token < found.size(); ++token) {
    const bool kept = found[token] > -kInfinity;
    if (kept && most[token] == -kInfinity) {
      return describe(token, "is kept but not by the definition", found[token], most[token]);
    }
    if (!kept && least[token] > -kInfinity) {
      return describe(token, "is dropped but not by the definition", found[token], least[token]);
    }
    if (!kept) continue;
    // A larger set makes each probability smaller.
    const double upper = least[token] > -kInfinity ? least[token] : 0.0;
    const double tolerance = logprob_tolerance(most[token]);
    if (found[token] > upper + tolerance || found[token] < most[token] - tolerance) {
      return describe(token, "has the wrong share", found[token], most[token]);
    }
  }
  return "";
}

}  // namespace skim::test
