// The slow, literal definition of a row's token and log-probabilities, to the bit. It shares no
// code with the product: everything is sorted, and every mass is added up again for each question.
#pragma once

#include "support/sample_row.h"

namespace skim::test {

SampleAnswer exact_answer(const SampleRow& row);

// Of all allowed tokens, as tiles; of a row that has one to draw and is not greedy.
std::uint64_t exact_mass(const SampleRow& row);

// With the words of each round given instead of Philox's: for the ends of the uniform.
std::int64_t token_of_words(const SampleRow& row, std::uint64_t first, std::uint64_t second);

}  // namespace skim::test
