#include "guidance.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "noise.h"

namespace skim::bench {
namespace {

constexpr std::string_view kOwn = "skim";
constexpr std::string_view kBaseline = "PyTorch";  // what nobody has to add

bool compares(const CaseResult& cell) {
  return timed(path_named(cell, kOwn)) &&
         std::any_of(cell.paths.begin(), cell.paths.end(),
                     [](const PathResult& path) { return path.name != kOwn && timed(&path); });
}

bool is_half(DType dtype) { return dtype == DType::f16 || dtype == DType::bf16; }

// Limits are of columns, k and dtype, where who takes one half-precision type takes both: another
// number of rows or another input is taken too.
bool takes_such_rows(const std::vector<Cell>& cells, std::string_view name, const Case& shape) {
  return std::any_of(cells.begin(), cells.end(), [&](const Cell& cell) {
    const Case& there = cell.result->bench_case;
    return there.cols == shape.cols && there.k == shape.k &&
           (there.dtype == shape.dtype || (is_half(there.dtype) && is_half(shape.dtype))) &&
           timed(path_named(*cell.result, name));
  });
}

// The nearest cell that the path did not take: it has limits, and nobody here can ask it for them.
const Cell* nearest_refusal(const std::vector<Cell>& cells, std::string_view name) {
  for (const Cell& cell : cells) {
    const PathResult* path = path_named(*cell.result, name);
    if (path != nullptr && path->status == Status::not_applicable) return &cell;
  }
  return nullptr;
}

// Asked is an exact and sorted result; among equals any order is one. Empty where it gives that.
std::string broken_promises(const PathResult& path) {
  std::vector<std::string> broken;
  for (const std::string& label : path.labels) {
    if (label.starts_with("unsorted") || label.starts_with("inexact")) broken.push_back(label);
  }
  if (wrong_on_hard_input(path)) {
    broken.push_back(fmt::format("wrong on {}", fmt::join(*path.wrong_on, ", ")));
  }
  return fmt::format("{}", fmt::join(broken, ", "));
}

std::string objection_to(const PathResult& path, const Case& there, const Question& question,
                         const std::vector<Cell>& cells, const Answers& answers) {
  const auto refusal = answers.refused.find(path.name);
  if (refusal != answers.refused.end()) {
    return fmt::format("does not take this: {}", refusal->second);
  }
  std::string broken = broken_promises(path);
  if (!broken.empty() || same_shape(there, question.shape)) return broken;
  if (answers.accepted.contains(path.name)) return "";
  if (takes_such_rows(cells, path.name, question.shape)) return "";
  const Cell* refused = nearest_refusal(cells, path.name);
  if (refused == nullptr) return "";
  return fmt::format("may not take this: at {} it {}", to_string(refused->result->bench_case),
                     path_named(*refused->result, path.name)->message);
}

std::vector<Competitor> competitors_in(const Guidance& guidance, const Question& question,
                                       const Answers& answers) {
  const CaseResult& cell = *guidance.together->result;
  std::vector<Competitor> competitors;
  for (const PathResult& path : cell.paths) {
    if (!timed(&path)) continue;
    competitors.push_back(
        {&path, objection_to(path, cell.bench_case, question, guidance.cells, answers)});
  }
  return competitors;
}

// The fastest without an objection; of those that are as fast within the noise PyTorch, which is
// there already, or else skim, which promises most.
const PathResult* best_of(const std::vector<Competitor>& competitors) {
  const PathResult* fastest = nullptr;
  for (const Competitor& one : competitors) {
    if (!one.objection.empty()) continue;
    if (fastest == nullptr || one.path->timing.median_us < fastest->timing.median_us) {
      fastest = one.path;
    }
  }
  for (const std::string_view preferred : {kBaseline, kOwn}) {
    for (const Competitor& one : competitors) {
      if (one.path->name == preferred && one.objection.empty() &&
          !slower(one.path->timing, fastest->timing)) {
        return one.path;
      }
    }
  }
  return fastest;
}

std::vector<const Competitor*> faster_than(const PathResult& use,
                                           const std::vector<Competitor>& competitors) {
  std::vector<const Competitor*> faster;
  for (const Competitor& one : competitors) {
    if (!one.objection.empty() && slower(use.timing, one.path->timing)) faster.push_back(&one);
  }
  return faster;
}

std::vector<PathElsewhere> timed_elsewhere(const Guidance& guidance) {
  std::set<std::string> seen;
  for (const Competitor& one : guidance.competitors) seen.insert(one.path->name);
  std::vector<PathElsewhere> elsewhere;
  for (const Cell& cell : guidance.cells) {
    for (const PathResult& path : cell.result->paths) {
      if (timed(&path) && seen.insert(path.name).second) elsewhere.push_back({&path, cell});
    }
  }
  return elsewhere;
}

}  // namespace

Guidance advise(const Question& question, const std::vector<const SavedRun*>& runs,
                const Answers& answers) {
  Guidance guidance;
  guidance.cells = cells_by_distance(runs, question);
  const auto together = std::find_if(guidance.cells.begin(), guidance.cells.end(),
                                     [](const Cell& cell) { return compares(*cell.result); });
  if (together != guidance.cells.end()) {
    guidance.together = *together;
    guidance.competitors = competitors_in(guidance, question, answers);
    guidance.use = best_of(guidance.competitors);
  }
  if (guidance.use != nullptr) {
    guidance.faster = faster_than(*guidance.use, guidance.competitors);
  }
  guidance.elsewhere = timed_elsewhere(guidance);
  return guidance;
}

}  // namespace skim::bench
