// The two views of the results: a table for people, JSON for programs.
#pragma once

#include <string>
#include <vector>

#include "environment.h"
#include "results.h"
#include "terminal.h"

namespace skim::bench {

// Grows when a reader has to change.
inline constexpr int kSchemaVersion = 2;

// One block a case: its paths in order, then what is not applicable and why.
std::string table_of(const CaseResult& result, const Painter& painter);

std::string json_of(const Environment& environment, const std::vector<CaseResult>& results);

}  // namespace skim::bench
