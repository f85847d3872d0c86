// Whether draws come from a distribution, and from nothing that repeats itself.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "inputs/goodness_of_fit.h"

namespace skim::test {

using bench::chi_square_tail;
using bench::goodness_of_fit;
using bench::kLeastPValue;

std::vector<std::int64_t> counts_of(std::span<const std::int64_t> tokens, std::int64_t cols);

// Whether pairs of tokens, `lag` draws apart, have the probabilities of independent ones.
double independence_of_pairs(std::span<const std::int64_t> tokens,
                             std::span<const double> probabilities, std::size_t lag);

// Wald and Wolfowitz's runs test of `tokens[i] < bound`.
double runs_test(std::span<const std::int64_t> tokens, std::int64_t bound);

// Two-sided, of the correlation of neighbours `lag` draws apart.
double correlation_test(std::span<const std::int64_t> tokens, std::size_t lag);

}  // namespace skim::test
