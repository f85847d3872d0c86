#include "support/goodness_of_fit.h"

#include <cmath>
#include <numeric>

namespace skim::test {
namespace {

double two_sided(double deviations) { return std::erfc(std::fabs(deviations) / std::sqrt(2.0)); }

}  // namespace

std::vector<std::int64_t> counts_of(std::span<const std::int64_t> tokens, std::int64_t cols) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(cols));
  for (const std::int64_t token : tokens) ++counts.at(static_cast<std::size_t>(token));
  return counts;
}

double independence_of_pairs(std::span<const std::int64_t> tokens,
                             std::span<const double> probabilities, std::size_t lag) {
  const std::size_t cols = probabilities.size();
  std::vector<std::int64_t> counts(cols * cols);
  std::vector<double> expected(cols * cols);
  // Pairs that share no draw, which would make neighbouring pairs depend on each other.
  for (std::size_t i = 0; i + lag < tokens.size(); ++i) {
    if (i / lag % 2 != 0) continue;
    ++counts.at(static_cast<std::size_t>(tokens[i]) * cols +
                static_cast<std::size_t>(tokens[i + lag]));
  }
  for (std::size_t i = 0; i < expected.size(); ++i) {
    expected[i] = probabilities[i / cols] * probabilities[i % cols];
  }
  return goodness_of_fit(counts, expected);
}

double runs_test(std::span<const std::int64_t> tokens, std::int64_t bound) {
  double below = 0;
  double runs = 1;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    below += tokens[i] < bound ? 1 : 0;
    if (i > 0) runs += (tokens[i] < bound) != (tokens[i - 1] < bound) ? 1 : 0;
  }
  const auto draws = static_cast<double>(tokens.size());
  const double mean = 1 + 2 * below * (draws - below) / draws;
  const double variance = (mean - 1) * (mean - 2) / (draws - 1);
  return two_sided((runs - mean) / std::sqrt(variance));
}

double correlation_test(std::span<const std::int64_t> tokens, std::size_t lag) {
  const auto draws = static_cast<double>(tokens.size());
  const double mean =
      static_cast<double>(std::accumulate(tokens.begin(), tokens.end(), std::int64_t{0})) / draws;
  double variance = 0;
  double covariance = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const double deviation = static_cast<double>(tokens[i]) - mean;
    variance += deviation * deviation;
    if (i >= lag) covariance += deviation * (static_cast<double>(tokens[i - lag]) - mean);
  }
  return two_sided(covariance / variance * std::sqrt(draws));
}

}  // namespace skim::test
