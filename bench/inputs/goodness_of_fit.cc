#include "inputs/goodness_of_fit.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace skim::bench {
namespace {

constexpr double kLeastExpected = 10;

// The two halves of the regularised incomplete gamma function, each where it converges (Press et
// al., Numerical Recipes, 6.2).
double lower_by_series(double shape, double x) {
  double term = 1 / shape;
  double sum = term;
  for (double n = shape + 1; term > sum * 1e-16; ++n) {
    term *= x / n;
    sum += term;
  }
  return sum * std::exp(shape * std::log(x) - x - std::lgamma(shape));
}

double upper_by_fraction(double shape, double x) {
  constexpr double kTiny = 1e-300;
  double b = x + 1 - shape;
  double c = 1 / kTiny;
  double d = 1 / b;
  double fraction = d;
  for (int i = 1; i < 100000; ++i) {
    const double a = -i * (i - shape);
    b += 2;
    d = a * d + b;
    d = 1 / (std::fabs(d) < kTiny ? kTiny : d);
    c = b + a / c;
    c = std::fabs(c) < kTiny ? kTiny : c;
    fraction *= d * c;
    if (std::fabs(d * c - 1) < 1e-15) break;
  }
  return fraction * std::exp(shape * std::log(x) - x - std::lgamma(shape));
}

struct Cell {
  double count = 0;
  double expected = 0;
};

double p_value_of(const std::vector<Cell>& cells) {
  double statistic = 0;
  for (const Cell& cell : cells) {
    statistic += (cell.count - cell.expected) * (cell.count - cell.expected) / cell.expected;
  }
  return cells.size() < 2 ? 1 : chi_square_tail(statistic, static_cast<double>(cells.size() - 1));
}

}  // namespace

double chi_square_tail(double statistic, double degrees) {
  if (!(statistic > 0)) return 1;
  const double shape = degrees / 2;
  const double x = statistic / 2;
  return x < shape + 1 ? 1 - lower_by_series(shape, x) : upper_by_fraction(shape, x);
}

double goodness_of_fit(std::span<const std::int64_t> counts,
                       std::span<const double> probabilities) {
  const auto draws =
      static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}));
  std::vector<std::size_t> rarest_first(counts.size());
  std::iota(rarest_first.begin(), rarest_first.end(), std::size_t{0});
  std::stable_sort(rarest_first.begin(), rarest_first.end(), [&](std::size_t a, std::size_t b) {
    return probabilities[a] < probabilities[b];
  });
  std::vector<Cell> cells;
  Cell pooled;
  for (const std::size_t token : rarest_first) {
    if (probabilities[token] == 0 && counts[token] > 0) return 0;
    pooled.count += static_cast<double>(counts[token]);
    pooled.expected += draws * probabilities[token];
    if (pooled.expected < kLeastExpected) continue;
    cells.push_back(pooled);
    pooled = {};
  }
  if (pooled.expected > 0 && !cells.empty()) {
    cells.back().count += pooled.count;
    cells.back().expected += pooled.expected;
  }
  return p_value_of(cells);
}

}  // namespace skim::bench
