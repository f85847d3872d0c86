#include "comparison.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "noise.h"
#include "text.h"

namespace skim::bench {
namespace {

bool same_cell(const CaseResult& one, const CaseResult& other) {
  return same_shape(one.bench_case, other.bench_case) &&
         one.bench_case.distribution == other.bench_case.distribution &&
         one.device == other.device && one.mode == other.mode && one.threads == other.threads;
}

const CaseResult* find_cell(const SavedRun& run, const CaseResult& like) {
  const auto found = std::find_if(run.cases.begin(), run.cases.end(),
                                  [&](const CaseResult& one) { return same_cell(one, like); });
  return found == run.cases.end() ? nullptr : &*found;
}

std::string cell_text(const CaseResult& cell) {
  std::string text =
      fmt::format("{} ({}, {}", to_string(cell.bench_case), cell.device, name_of(cell.mode));
  if (cell.device == "cpu") {
    text += fmt::format(", {} {}", cell.threads, cell.threads == 1 ? "thread" : "threads");
  }
  return text + ")";
}

bool failed(const PathResult& path) {
  return path.status == Status::wrong || path.status == Status::error;
}

std::string change_text(const Timing& old, const Timing& now) {
  const double ratio = now.median_us / old.median_us;
  return fmt::format("{} -> {} us, {:.2f}x (noise {:.0f} %)", us_text(old.median_us),
                     us_text(now.median_us), ratio, 100 * noise_of(old, now));
}

// Hard inputs that a path is wrong on now and was right on; none where either run did not try.
std::vector<std::string> newly_wrong_on(const PathResult& old, const PathResult& now) {
  std::vector<std::string> inputs;
  if (!old.wrong_on || !now.wrong_on) return inputs;
  for (const std::string& input : *now.wrong_on) {
    if (std::find(old.wrong_on->begin(), old.wrong_on->end(), input) == old.wrong_on->end()) {
      inputs.push_back(input);
    }
  }
  return inputs;
}

class Comparing {
 public:
  void cells(const CaseResult& old, const CaseResult& now) {
    cell_ = cell_text(now);
    compare_floors(old, now);
    for (const PathResult& before : old.paths) {
      const PathResult* after = path_named(now, before.name);
      if (after != nullptr) {
        paths(before, *after);
      } else if (timed(&before)) {
        missing_[fmt::format("{} was not measured in this run", before.name)].push_back(cell_);
      }
    }
    for (const PathResult& after : now.paths) {
      if (!timed(&after) || path_named(old, after.name) != nullptr) continue;
      missing_[fmt::format("{} is not in the old run", after.name)].push_back(cell_);
    }
  }

  void lone_cell(const CaseResult& cell, const char* where) {
    missing_[where].push_back(cell_text(cell));
  }

  Comparison result() const {
    Comparison result;
    for (const auto& [word, text] : judged_) result.text += paragraph(word, text);
    for (const auto& [what, cells] : missing_) {
      result.text += paragraph("missing", fmt::format("{}: {}", what, fmt::join(cells, "; ")));
    }
    if (judgements_ == 0) {
      result.text += paragraph("", "no time in common: nothing to compare");
      result.status = 2;
      return result;
    }
    result.text +=
        paragraph("in all", fmt::format("{} slower or wrong, {} faster, {} alike within the noise",
                                        worse_, better_, judgements_ - worse_ - better_));
    result.status = worse_ > 0 ? 1 : 0;
    return result;
  }

 private:
  void compare_floors(const CaseResult& old, const CaseResult& now) {
    if (!old.floor || !now.floor) return;
    const Timing &before = old.floor->timing, &after = now.floor->timing;
    if (!slower(after, before) && !slower(before, after)) return;
    say("floor", "a plain read", change_text(before, after) + ": the machine itself differs");
  }

  void paths(const PathResult& old, const PathResult& now) {
    if (timed(&old) && timed(&now)) {
      compare_times(old, now);
    } else if (timed(&old) && failed(now)) {
      count_worse("wrong", now.name, fmt::format("was right, now: {}", now.message));
    } else if (timed(&old) && now.own_kernel) {
      count_worse("lost", now.name, fmt::format("had a time, now: {}", now.message));
    } else if (timed(&old)) {
      missing_[fmt::format("{} is N/A now, {}", now.name, now.message)].push_back(cell_);
    } else if (failed(old) && timed(&now)) {
      count_better("right", now.name, fmt::format("was wrong: {}", old.message));
    } else if (failed(old) && failed(now)) {
      missing_[fmt::format("{} is wrong in both runs", now.name)].push_back(cell_);
    }
  }

  void compare_times(const PathResult& old, const PathResult& now) {
    const std::vector<std::string> inputs = newly_wrong_on(old, now);
    if (!inputs.empty()) {
      count_worse("wrong", now.name, fmt::format("now wrong on {}", fmt::join(inputs, ", ")));
    } else if (slower(now.timing, old.timing)) {
      count_worse("slower", now.name, change_text(old.timing, now.timing));
    } else if (slower(old.timing, now.timing)) {
      count_better("faster", now.name, change_text(old.timing, now.timing));
    } else {
      ++judgements_;
    }
  }

  void count_worse(const char* word, const std::string& name, const std::string& what) {
    ++judgements_;
    ++worse_;
    say(word, name, what);
  }

  void count_better(const char* word, const std::string& name, const std::string& what) {
    ++judgements_;
    ++better_;
    say(word, name, what);
  }

  void say(const char* word, const std::string& name, const std::string& what) {
    judged_.emplace_back(word, fmt::format("{} at {}: {}", name, cell_, what));
  }

  std::string cell_;
  std::vector<std::pair<const char*, std::string>> judged_;
  std::map<std::string, std::vector<std::string>> missing_;  // what -> where
  int judgements_ = 0;
  int worse_ = 0;
  int better_ = 0;
};

std::string heading(const SavedRun& old, const SavedRun& now) {
  return paragraph("compared", fmt::format("with {} ({}); this run is of {}", old.file,
                                           origin_of(old), origin_of(now)));
}

// Empty where both runs are of the same machine.
std::string machines_that_differ(const SavedRun& old, const SavedRun& now) {
  for (const CaseResult& cell : now.cases) {
    const std::string then = machine_of(old.environment, cell.device);
    const std::string here = machine_of(now.environment, cell.device);
    if (then != here) {
      return paragraph("", fmt::format("the machines differ, {} then and {} now: nothing is judged",
                                       then, here));
    }
  }
  return "";
}

// Another driver can be why a GPU's times changed.
std::string driver_note(const SavedRun& old, const SavedRun& now) {
  if (!old.environment.gpu || !now.environment.gpu) return "";
  const GpuEnvironment &then = *old.environment.gpu, &here = *now.environment.gpu;
  if (then.driver == here.driver && then.runtime == here.runtime) return "";
  return paragraph("", fmt::format("driver {} and CUDA {} then, {} and {} now", then.driver,
                                   then.runtime, here.driver, here.runtime));
}

}  // namespace

Comparison compare_runs(const SavedRun& old, const SavedRun& now) {
  const std::string differ = machines_that_differ(old, now);
  if (!differ.empty()) return {heading(old, now) + differ, 2};
  Comparing comparing;
  for (const CaseResult& cell : now.cases) {
    const CaseResult* before = find_cell(old, cell);
    if (before != nullptr) {
      comparing.cells(*before, cell);
    } else {
      comparing.lone_cell(cell, "only in this run");
    }
  }
  for (const CaseResult& cell : old.cases) {
    if (find_cell(now, cell) == nullptr) comparing.lone_cell(cell, "only in the old run");
  }
  Comparison result = comparing.result();
  result.text = heading(old, now) + driver_note(old, now) + result.text;
  return result;
}

}  // namespace skim::bench
