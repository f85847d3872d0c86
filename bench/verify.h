// Compares a path's output with the oracle's, within what the path promises.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "case_buffers.h"
#include "path.h"

namespace skim::bench {

// Empty when every row is right, else where it is first wrong:
// "row 3 rank 7: got index 12 (1.5), expected 40 (1.75)".
std::string find_error(const PathInfo& promises, const Matrix& input, const Truth& truth,
                       const CaseOutputs& outputs, bool on_all_processors = false);

// The rows that are not right.
std::vector<std::int64_t> wrong_rows(const PathInfo& promises, const Matrix& input,
                                     const Truth& truth, const CaseOutputs& outputs);

}  // namespace skim::bench
