#include "measured_before.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "shipped_files.h"

namespace skim::bench {
namespace {

bool has_cells_of(const SavedRun& run, std::string_view device) {
  return std::any_of(run.cases.begin(), run.cases.end(),
                     [&](const CaseResult& cell) { return cell.device == device; });
}

void keep_wanted(std::vector<SavedRun>& runs,
                 const std::function<bool(const std::string&)>& wanted) {
  for (SavedRun& run : runs) {
    for (CaseResult& cell : run.cases) {
      std::erase_if(cell.paths, [&](const PathResult& path) { return !wanted(path.name); });
    }
  }
}

// What was measured of sampling says nothing of a selection.
void keep_selections(std::vector<SavedRun>& runs) {
  for (SavedRun& run : runs) {
    std::erase_if(run.cases, [](const CaseResult& cell) { return cell.bench_case.sampling; });
  }
  std::erase_if(runs, [](const SavedRun& run) { return run.cases.empty(); });
}

void choose_runs(MeasuredBefore& measured, std::string_view device, const std::string& machine) {
  std::vector<const SavedRun*> others;
  std::set<std::string> other_machines;
  for (const SavedRun& run : measured.all) {
    if (!has_cells_of(run, device)) continue;
    const std::string name = machine_of(run.environment, device);
    (name == machine ? measured.runs : others).push_back(&run);
    if (name != machine) other_machines.insert(name);
  }
  if (!measured.runs.empty()) {
    measured.where +=
        fmt::format(": runs on {}, {} of {}", machine, measured.runs.size(), measured.all.size());
  } else if (others.empty()) {
    measured.where += fmt::format(" holds no run on a {}", device == "cpu" ? "CPU" : "GPU");
  } else if (device == "cpu") {
    measured.runs = std::move(others);
    measured.where += fmt::format(": runs on {}, none on this CPU, {}: compare ratios, not times",
                                  fmt::join(other_machines, ", "), machine);
  } else {
    measured.where +=
        fmt::format(" holds no run on {}, but on {}", machine, fmt::join(other_machines, ", "));
  }
}

}  // namespace

MeasuredBefore measured_before(const std::string& folder, std::string_view device,
                               const std::string& machine,
                               const std::function<bool(const std::string& path)>& wanted) {
  MeasuredBefore measured;
  try {
    measured.where =
        folder.empty() ? find_shipped("results", "Measured results are", "--results") : folder;
  } catch (const std::invalid_argument& missing) {
    measured.where = missing.what();
    return measured;
  }
  measured.all = read_results_folder(measured.where);
  keep_selections(measured.all);
  keep_wanted(measured.all, wanted);
  choose_runs(measured, device, machine);
  return measured;
}

}  // namespace skim::bench
