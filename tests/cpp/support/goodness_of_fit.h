// Whether draws come from a distribution, and from nothing that repeats itself.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace skim::test {

// All tests here take the draws as they must be unless their p-value is at most this.
inline constexpr double kLeastPValue = 1e-4;

// The probability that a chi-square variable with so many degrees of freedom is at least this.
double chi_square_tail(double statistic, double degrees);

// Pearson's test. Cells whose expected counts are below 10 are pooled, the rarest first. A count
// where the probability is 0 gives the p-value 0.
double goodness_of_fit(std::span<const std::int64_t> counts, std::span<const double> probabilities);

std::vector<std::int64_t> counts_of(std::span<const std::int64_t> tokens, std::int64_t cols);

// Whether pairs of tokens, `lag` draws apart, have the probabilities of independent ones.
double independence_of_pairs(std::span<const std::int64_t> tokens,
                             std::span<const double> probabilities, std::size_t lag);

// Wald and Wolfowitz's runs test of `tokens[i] < bound`.
double runs_test(std::span<const std::int64_t> tokens, std::int64_t bound);

// Two-sided, of the correlation of neighbours `lag` draws apart.
double correlation_test(std::span<const std::int64_t> tokens, std::size_t lag);

}  // namespace skim::test
