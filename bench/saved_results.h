// Results of earlier runs, from the JSON files that `skim bench --json` writes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "environment.h"
#include "results.h"

namespace skim::bench {

inline constexpr int kOldestSchema = 1;  // the newest is report.h's kSchemaVersion

struct SavedRun {
  std::string file;
  Environment environment;
  std::vector<CaseResult> cases;  // what the file does not say is as in a new CaseResult
};

// All throw std::invalid_argument with one sentence that names the file.
SavedRun parse_results(std::string_view text, const std::string& file);
SavedRun read_results(const std::string& file);

// Every *.json of the folder and of those in it, in the order of their names; but not those that
// say that they are of another kind, as what `skim crossover` writes.
std::vector<SavedRun> read_results_folder(const std::string& folder);

// "h100/default.json": the file within its folder.
std::string short_name(const SavedRun& run);

// "commit b349f17, 2026-11-22"
std::string origin_of(const SavedRun& run);

// What times on that device ("cpu" or "cuda") were taken on: "NVIDIA H100 80GB HBM3", "AMD EPYC
// (AVX3_DL)".
std::string machine_of(const Environment& environment, std::string_view device);

}  // namespace skim::bench
