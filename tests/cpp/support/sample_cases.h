// Sampling requests that cover the contract: hard distributions, dtypes, orders and parameters,
// strides, lengths, masks and biases, in pairwise combinations.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "support/pairwise.h"
#include "support/sample_image.h"

namespace skim::test {

inline constexpr FilterOrder kOrders[] = {FilterOrder::sequential, FilterOrder::hf,
                                          FilterOrder::joint};

struct SampleCase {
  InputSpec input;
  SampleSpec sample;
};

// `sizes` of rows; with lists of the likeliest tokens or without.
std::vector<SampleCase> sample_cases(DType dtype, const std::vector<std::int64_t>& sizes,
                                     bool with_lists);

}  // namespace skim::test
