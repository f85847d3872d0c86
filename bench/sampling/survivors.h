// What may be drawn from a row, by the definitions of the filters in double: exp, sort, add up,
// cut. It shares no code with the product.
#pragma once

#include <cstdint>
#include <vector>

#include "inputs/inputs.h"
#include "sampling/settings.h"

namespace skim::bench {

// A share of the limits of top-p and min-p: a token whose limit doubles put this close may fall on
// either side of it.
inline constexpr double kLimitTolerance = 1e-5;

// The survivors of a row are the first of its order, up to this one.
struct Survivors {
  double last_logit = 0;
  std::int64_t last_token = -1;
  // Logarithms of the mass of the fewest and of the most that the tolerance leaves, relative to the
  // maximum's.
  double least_log_mass = 0;
  double most_log_mass = 0;
};

struct RowTruth {
  bool drawable = false;  // else the token is -1
  double maximum = 0;
  double log_softmax_sum = 0;     // of the logits as they are, relative to the maximum's
  Survivors survivors;            // of exactly top_k tokens
  Survivors survivors_with_ties;  // of these and all that equal the k-th
};

RowTruth solve_sampling(DType dtype, const void* row, std::int64_t cols,
                        const SamplingSettings& settings);

// Of each token of the row; 0 where it may not be drawn. The limits of top-p and min-p are moved by
// a share of themselves: a `looseness` above 0 keeps more, below 0 less.
std::vector<double> probabilities(DType dtype, const void* row, std::int64_t cols,
                                  const SamplingSettings& settings, double looseness);

}  // namespace skim::bench
