// What scalar parameters of sampling may be; asked of a request and, since they may change without
// a new plan, of every run.
#pragma once

#include "skim/sample.h"

namespace skim {

void check_parameters(const SampleParameters& parameters);

// The most results that top-k asks of one row of so many columns; 0 where it is off for all.
std::int64_t most_top_k(const RowParameter<std::int32_t>& top_k, std::int64_t cols);

// Of the mask of one row.
constexpr std::int64_t mask_words(std::int64_t cols) { return (cols + 31) / 32; }

}  // namespace skim
