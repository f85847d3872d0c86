// What a path does with hard rows: a time on friendly ones says nothing of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "measure.h"

namespace skim::bench {

// For each path the names of the distributions on which it breaks its own promises, tried with a
// row of each at the columns, k and dtype of the case; nothing where it takes no such matrix.
using WrongOn = std::optional<std::vector<std::string>>;
std::vector<WrongOn> try_hard_rows(const Case& bench_case, PathList& paths,
                                   const MeasureOptions& options);

}  // namespace skim::bench
