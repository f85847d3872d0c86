// What a run of the benchmark found out; the table and the JSON are two views of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cases.h"
#include "clock.h"

namespace skim::bench {

enum class Status : std::uint8_t { ok, not_applicable, wrong, error };
std::string_view name_of(Status status);

struct OtherInput {
  std::string input;
  double median_us = 0;
};

struct PathResult {
  std::string name;
  std::string version;
  std::vector<std::string> labels;  // what the path does not promise
  bool own_kernel = false;
  Status status = Status::ok;
  std::string message;  // why it has no timing
  Timing timing;
  std::optional<double> host_us;   // what a call takes from the host, where it only enqueues
  std::string not_captured;        // on a GPU: why it was timed by events instead of graph replays
  std::vector<OtherInput> others;  // other inputs of the same shape, where asked
  // The distributions on which it does not do what it promises, at these columns, k and dtype;
  // nothing where that could not be tried.
  std::optional<std::vector<std::string>> wrong_on;
};

struct FloorResult {
  std::string variant;
  Timing timing;
};

// Seen before and after the timing, in MHz; nothing where the driver does not say.
struct SmClock {
  std::optional<int> before;
  std::optional<int> after;
};

struct CaseResult {
  Case bench_case;
  std::string device;
  int threads = 1;
  BufferMode mode = BufferMode::cold;
  std::int32_t inputs = 0;
  std::int32_t distinct_inputs = 0;  // the others are copies of these
  std::string real_rows;             // what they are, where the input is real
  std::optional<FloorResult> floor;
  std::optional<Timing> launch;  // of an empty kernel
  std::optional<SmClock> sm_clock;
  std::vector<PathResult> paths;
};

// Of that name; nullptr where there is none.
const PathResult* path_named(const CaseResult& result, std::string_view name);
bool timed(const PathResult* path);                  // neither absent nor without a time
const OtherInput* worst_of(const PathResult& path);  // the slowest other input; nullptr without any
bool wrong_on_hard_input(const PathResult& path);    // on at least one that was tried

// The path that the others are compared with: PyTorch's, or the plain C++ one where that has no
// time.
const PathResult* baseline_of(const CaseResult& result);

// Failures of a run, one sentence each: an own kernel or the floor is wrong; with `strict`, any
// path.
std::vector<std::string> failures_of(const std::vector<CaseResult>& results, bool strict);

}  // namespace skim::bench
