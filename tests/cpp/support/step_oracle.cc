#include "support/step_oracle.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "support/sample_numbers.h"
#include "support/sample_oracle.h"

namespace skim::test {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

bool any_nan(const std::vector<float>& row) {
  return std::ranges::any_of(row, [](float x) { return std::isnan(x); });
}

// Larger first, equal ones lowest token first; there is no NaN.
std::vector<std::size_t> ranked(const std::vector<float>& row) {
  std::vector<std::size_t> order(row.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return row[a] > row[b]; });
  return order;
}

std::vector<bool> marked(std::size_t size, const std::vector<std::size_t>& order,
                         std::size_t count) {
  std::vector<bool> marks(size);
  for (std::size_t rank = 0; rank < std::min(count, size); ++rank) marks[order[rank]] = true;
  return marks;
}

// ---- logits ----

std::vector<float> softmax(const SampleRow& row) {
  const std::vector<float>& logits = row.logits;
  if (any_nan(logits)) return std::vector<float>(logits.size(), kNan);
  std::vector<float> probabilities(logits.size());
  if (logits.empty()) return probabilities;
  const std::size_t first = ranked(logits)[0];
  const float maximum = logits[first];
  if (maximum == -kInfinity) return probabilities;
  if (is_greedy(row)) {
    probabilities[first] = 1.0F;
    return probabilities;
  }
  const float factor = factor_of(row.temperature);
  const float highest = std::numeric_limits<float>::max();
  const float reference = std::clamp(maximum, -highest, highest);
  const auto share = static_cast<float>(std::ldexp(1.0, 40) / static_cast<double>(exact_mass(row)));
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const bool weighty = maximum == kInfinity
                             ? logits[i] == kInfinity
                             : logits[i] > -kInfinity && logits[i] >= reference - 120.0F / factor;
    if (weighty) probabilities[i] = mass_of(logits[i], maximum, factor) * share;
  }
  return probabilities;
}

std::vector<bool> kept_by_top_k(const SampleRow& row) {
  const std::vector<float>& logits = row.logits;
  if (any_nan(logits) || !has_top_k(row)) return std::vector<bool>(logits.size(), true);
  return marked(logits.size(), ranked(logits), static_cast<std::size_t>(row.top_k));
}

// Those that sampling may draw have a log-probability.
std::vector<bool> kept_by_top_p(const SampleRow& row) {
  const std::vector<float>& logits = row.logits;
  if (any_nan(logits) || (!has_top_p(row) && !is_greedy(row))) {
    return std::vector<bool>(logits.size(), true);
  }
  SampleRow sampled = row;
  sampled.top_k = 0;
  sampled.logprobs = LogprobKind::processed;
  sampled.top_logprobs = static_cast<std::int64_t>(logits.size());
  const SampleAnswer answer = exact_answer(sampled);
  std::vector<bool> kept(logits.size());
  for (std::size_t i = 0; i < answer.top_tokens.size(); ++i) {
    if (answer.top_logprobs[i] == -kInfinity) continue;
    kept[static_cast<std::size_t>(answer.top_tokens[i])] = true;
  }
  return kept;
}

// ---- probabilities ----

// 2^-exponent of the largest makes it a number from 1 to 2, which gets 40 bits behind the point.
class Weights {
 public:
  explicit Weights(const std::vector<float>& row) : order_(ranked(row)), masses_(row.size()) {
    if (row.empty() || !(row[order_[0]] > 0)) return;
    const float highest = std::numeric_limits<float>::max();
    infinite_ = row[order_[0]] == kInfinity;
    const int exponent = std::ilogb(infinite_ ? highest : row[order_[0]]);
    shift_ = 40 - exponent;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (!(row[i] > 0) || (infinite_ && row[i] < kInfinity)) continue;
      const double weight = static_cast<double>(std::fmin(row[i], highest));
      masses_[i] = static_cast<std::uint64_t>(std::floor(std::ldexp(weight, shift_)));
    }
  }

  const std::vector<std::size_t>& order() const { return order_; }
  const std::vector<std::uint64_t>& masses() const { return masses_; }
  std::uint64_t of_first(std::size_t count) const {
    std::uint64_t sum = 0;
    for (std::size_t rank = 0; rank < count; ++rank) sum += masses_[order_[rank]];
    return sum;
  }
  bool infinite() const { return infinite_; }
  // The factor that makes a share of a weight.
  double share_of(std::uint64_t total) const {
    return std::ldexp(1.0, shift_) / static_cast<double>(total);
  }

 private:
  std::vector<std::size_t> order_;
  std::vector<std::uint64_t> masses_;
  int shift_ = 0;
  bool infinite_ = false;
};

std::size_t nucleus(const Weights& weights, float top_p) {
  const std::size_t size = weights.masses().size();
  if (!(top_p < 1.0F)) return size;
  const std::uint64_t limit = least_mass_of_share(weights.of_first(size), top_p);
  std::size_t kept = 0;
  std::uint64_t before = 0;
  while (kept < size && (kept == 0 || before < limit)) {
    before += weights.masses()[weights.order()[kept++]];
  }
  return kept;
}

std::vector<float> renormalised(SamplingStep step, const SampleRow& row) {
  const std::vector<float>& weights = row.logits;
  if (any_nan(weights)) return std::vector<float>(weights.size(), kNan);
  const Weights exact(weights);
  std::size_t count = weights.size();
  if (step == SamplingStep::top_p_renorm_probs) count = nucleus(exact, row.top_p);
  if (step == SamplingStep::top_k_renorm_probs && has_top_k(row)) {
    count = std::min(count, static_cast<std::size_t>(row.top_k));
  }
  std::vector<float> shares(weights.size());
  const std::uint64_t total = exact.of_first(count);
  if (total == 0) return shares;
  for (std::size_t rank = 0; rank < count; ++rank) {
    const std::size_t token = exact.order()[rank];
    const float weight = std::fmin(weights[token], std::numeric_limits<float>::max());
    if (!(weight > 0) || (exact.infinite() && weights[token] < kInfinity)) continue;
    shares[token] = static_cast<float>(static_cast<double>(weight) * exact.share_of(total));
  }
  return shares;
}

std::int64_t drawn(const SampleRow& row) {
  if (any_nan(row.logits)) return -1;
  const Weights weights(row.logits);
  const std::uint64_t total = weights.of_first(row.logits.size());
  if (total == 0) return -1;
  std::uint64_t unit = unit_of(random_words(row.seed, row.offset, 0).first, total);
  std::size_t token = 0;
  for (; unit >= weights.masses()[token]; ++token) unit -= weights.masses()[token];
  return static_cast<std::int64_t>(token);
}

}  // namespace

StepAnswer exact_step(SamplingStep step, const SampleRow& row) {
  switch (step) {
    case SamplingStep::softmax:
      return {softmax(row), {}, -1};
    case SamplingStep::top_k_renorm_probs:
    case SamplingStep::top_p_renorm_probs:
      return {renormalised(step, row), {}, -1};
    case SamplingStep::top_k_mask_logits:
      return {{}, kept_by_top_k(row), -1};
    case SamplingStep::top_p_mask_logits:
      return {{}, kept_by_top_p(row), -1};
    case SamplingStep::sample_from_probs:
      return {{}, {}, drawn(row)};
  }
  return {};
}

}  // namespace skim::test
