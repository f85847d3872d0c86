// What the program can do. Each returns the exit status and prints to standard output.
#pragma once

#include "measure.h"
#include "options.h"
#include "path.h"

namespace skim::bench {

int run_bench(const Options& options, PathList paths);
int run_explain(const Options& options, PathList paths);
int run_verify(const Options& options, PathList paths);
int run_info(const Options& options, const PathList& paths);

MeasureOptions measure_options(const Options& options);

// Prints one line a failure on standard error; the exit status.
int conclude(const std::vector<CaseResult>& results, bool strict);

}  // namespace skim::bench
