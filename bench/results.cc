#include "results.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace skim::bench {
namespace {

// A path this much faster than the floor shows that the floor is wrong.
constexpr double kFloorTolerance = 0.95;

bool counts(const PathResult& path, bool strict) {
  return (path.status == Status::wrong || path.status == Status::error) &&
         (path.own_kernel || strict);
}

bool beats_floor(const PathResult& path, const CaseResult& result) {
  return path.status == Status::ok && result.floor &&
         path.timing.median_us < kFloorTolerance * result.floor->timing.median_us;
}

}  // namespace

std::string_view name_of(Status status) {
  switch (status) {
    case Status::ok:
      return "ok";
    case Status::not_applicable:
      return "not_applicable";
    case Status::wrong:
      return "wrong";
    case Status::error:
      return "error";
  }
  return "unknown";
}

const PathResult* path_named(const CaseResult& result, std::string_view name) {
  for (const PathResult& path : result.paths) {
    if (path.name == name) return &path;
  }
  return nullptr;
}

bool timed(const PathResult* path) { return path != nullptr && path->status == Status::ok; }

const OtherInput* worst_of(const PathResult& path) {
  const auto worst = std::max_element(
      path.others.begin(), path.others.end(),
      [](const OtherInput& a, const OtherInput& b) { return a.median_us < b.median_us; });
  return worst == path.others.end() ? nullptr : &*worst;
}

bool wrong_on_hard_input(const PathResult& path) {
  return path.wrong_on && !path.wrong_on->empty();
}

const PathResult* baseline_of(const CaseResult& result) {
  for (const std::string_view name :
       {"PyTorch", "std::partial_sort", "PyTorch (as vLLM)", "C++ chain", "torch.topk"}) {
    const PathResult* path = path_named(result, name);
    if (timed(path)) return path;
  }
  return nullptr;
}

std::vector<std::string> failures_of(const std::vector<CaseResult>& results, bool strict) {
  std::vector<std::string> failures;
  for (const CaseResult& result : results) {
    for (const PathResult& path : result.paths) {
      if (counts(path, strict)) {
        failures.push_back(fmt::format("{} is {} on {}: {}", path.name, name_of(path.status),
                                       to_string(result.bench_case), path.message));
      }
      if (path.own_kernel && wrong_on_hard_input(path)) {
        failures.push_back(fmt::format("{} is wrong at the shape of {} on: {}", path.name,
                                       to_string(result.bench_case),
                                       fmt::join(*path.wrong_on, ", ")));
      }
      if (beats_floor(path, result)) {
        failures.push_back(fmt::format(
            "the floor is wrong on {}: {} took {:.2f} us, reading the same bytes {:.2f} us",
            to_string(result.bench_case), path.name, path.timing.median_us,
            result.floor->timing.median_us));
      }
    }
  }
  return failures;
}

}  // namespace skim::bench
