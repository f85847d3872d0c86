// Runs one case: which paths apply, are they right, how fast are they, are they still right.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "case_buffers.h"
#include "clock.h"
#include "gpu.h"
#include "path.h"
#include "results.h"

namespace skim::bench {

struct MeasureOptions {
  Gpu* gpu = nullptr;  // where to measure; the CPU where it is null
  int threads = 1;     // of the CPU
  BufferMode mode = BufferMode::cold;
  int rounds = 25;
  bool hard_rows = true;  // where paths are timed, also try them on a row of each distribution
  bool context = true;  // also time the floor, an empty kernel and what a call takes from the host
  std::int64_t host_bytes = kHostBytes;  // GPU: of inputs made and solved on the host
  std::uint64_t seed = 0;
  const Matrix* real_logits = nullptr;
  std::function<void(std::string_view step)> on_step = [](std::string_view) {};
};

// How far to go with a case.
enum class Stage : std::uint8_t {
  prepare,  // which paths apply; the floor is timed
  verify,   // every input, every row; nothing is timed
  time,     // verify, then race the paths and the floor, checking what each sample left
};

CaseResult measure(const Case& bench_case, PathList& paths, const MeasureOptions& options,
                   Stage stage = Stage::time);

// As measure to the end, for each k on the same inputs; none is above that of `largest`. The first
// has the floor.
std::vector<CaseResult> measure_each_k(const Case& largest, const std::vector<std::int64_t>& ks,
                                       PathList& paths, const MeasureOptions& options);

// As measure to the end, plus each path's times on all other distributions, of fewer rounds. A path
// that is wrong on one of them is wrong.
CaseResult measure_with_others(const Case& bench_case, PathList& paths,
                               const MeasureOptions& options);

// For a device that this machine or build lacks.
CaseResult not_applicable(const Case& bench_case, const PathList& paths, std::string device,
                          const std::string& reason, const MeasureOptions& options);

}  // namespace skim::bench
