// Compares the tokens that a path drew, and their log-probabilities, with what may be drawn.
#pragma once

#include <string>
#include <vector>

#include "case_buffers.h"
#include "path.h"
#include "sampling/survivors.h"

namespace skim::bench {

// Empty when every row is right, else where it is first wrong: "row 3: drew token 12 (1.5), which
// filters drop; the last that they leave is 40 (1.75)".
std::string find_sampling_error(const PathInfo& promises, const SamplingSettings& settings,
                                const Matrix& input, const std::vector<RowTruth>& truths,
                                const CaseOutputs& outputs);

}  // namespace skim::bench
