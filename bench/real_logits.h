// The stored next-token logits of a real model, and rows of any length made from them.
#pragma once

#include <cstdint>
#include <string>

#include "cases.h"
#include "inputs/inputs.h"

namespace skim::bench {

// From `given` (--data) or, where that is empty, from where a package, an installation or the
// source tree keeps them. Throws std::invalid_argument with the places tried, std::runtime_error on
// a file that is not what it should be.
Matrix load_real_logits(const std::string& given);

// Row `number` of an endless matrix of real rows, of any length: data/README.md says what it holds.
// Converted to the dtype of `matrix` and written to its row `row`.
void fill_real_row(Matrix& matrix, std::int64_t row, const Matrix& logits, std::int64_t number);

// What the rows of such a case are, in one sentence.
std::string describe_real_rows(const Case& bench_case, const Matrix& logits);

}  // namespace skim::bench
