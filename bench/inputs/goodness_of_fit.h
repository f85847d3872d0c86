// Whether draws come from a distribution.
#pragma once

#include <cstdint>
#include <span>

namespace skim::bench {

// Draws are taken as they must be unless their p-value is at most this.
inline constexpr double kLeastPValue = 1e-4;

// The probability that a chi-square variable with so many degrees of freedom is at least this.
double chi_square_tail(double statistic, double degrees);

// Pearson's test. Cells whose expected counts are below 10 are pooled, the rarest first. A count
// where the probability is 0 gives the p-value 0.
double goodness_of_fit(std::span<const std::int64_t> counts, std::span<const double> probabilities);

}  // namespace skim::bench
