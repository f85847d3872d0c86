// The distribution that a row is drawn from, by the definitions of the filters in double: exp,
// sort, add up, cut, renormalise. No fixed point, no tiles.
#pragma once

#include <string>
#include <vector>

#include "support/sample_row.h"

namespace skim::test {

// The natural logarithm of each token's probability; -inf where a filter drops it, and everywhere
// where the row has nothing to draw. The limits of top-p and min-p are moved by a share of
// themselves: a `looseness` above 0 keeps more, below 0 less.
std::vector<double> defined_logprobs(const SampleRow& row, double looseness = 0.0);

std::vector<double> defined_probabilities(const SampleRow& row);

// A token whose limit doubles put this close may fall on either side of it.
inline constexpr double kLimitTolerance = 1e-5;

// `answer` lists all tokens of the processed distribution: whether the right ones are kept, with
// the right log-probabilities. Returns "", or what is wrong.
std::string difference_from_definition(const SampleRow& row, const SampleAnswer& answer);

}  // namespace skim::test
