// What the program can do. Each returns the exit status and prints to standard output.
#pragma once

#include <string>
#include <vector>

#include "measure.h"
#include "options.h"
#include "path.h"

namespace skim::bench {

int run_bench(const Options& options, PathList paths);
int run_explain(const Options& options, PathList paths);
int run_verify(const Options& options, PathList paths);
int run_crossover(const Options& options);
int run_cliffs(const Options& options);
int run_info(const Options& options, const PathList& paths, const PathList& samplers,
             const PathList& calls);

int run_profile(const Options& options, PathList paths);  // of `bench --profile`

// Opens the GPU where one is asked for and there is one.
MeasureOptions measure_options(const Options& options);

// Not applicable where a GPU is asked for and there is none.
CaseResult measure_where_asked(const Case& bench_case, PathList& paths, const Options& options,
                               const MeasureOptions& measuring, Stage stage);

// Throws std::runtime_error where it cannot.
void write_file(const std::string& path, const std::string& text);

// Prints one line a failure on standard error; the exit status.
int conclude(const std::vector<CaseResult>& results, bool strict);

}  // namespace skim::bench
