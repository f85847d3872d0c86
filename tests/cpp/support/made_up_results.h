// Results as if they had been measured.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "saved_results.h"

namespace skim::bench::test {

inline constexpr const char* kGpu = "NVIDIA H100 80GB HBM3";

inline Timing timing(double us, double spread = 0.001) {
  Timing timing;
  timing.median_us = us;
  timing.fastest_us = us;
  timing.spread = spread;
  timing.samples = 25;
  timing.calls_per_sample = 8;
  return timing;
}

inline PathResult path(std::string name, double us, std::vector<std::string> labels = {}) {
  PathResult path;
  path.name = std::move(name);
  path.labels = std::move(labels);
  path.own_kernel = path.name == "skim";
  path.timing = timing(us);
  return path;
}

inline PathResult pytorch(double us) { return path("PyTorch", us, {"ties any order"}); }

inline PathResult failing(std::string name, Status status, std::string message) {
  PathResult path;
  path.name = std::move(name);
  path.status = status;
  path.message = std::move(message);
  return path;
}

inline CaseResult cell(Case shape, std::vector<PathResult> paths) {
  CaseResult cell;
  cell.bench_case = shape;
  cell.device = "cuda";
  cell.mode = BufferMode::rotate8;
  cell.inputs = 8;
  cell.distinct_inputs = 8;
  cell.paths = std::move(paths);
  return cell;
}

inline CaseResult with_floor(CaseResult cell, double us) {
  cell.floor = FloorResult{"made up", timing(us)};
  return cell;
}

inline SavedRun run(std::vector<CaseResult> cases, std::string date = "2026-11-22T10:00:00Z") {
  SavedRun run;
  run.file = "results/h100/made_up.json";
  run.environment.cpu = "A CPU";
  run.environment.simd = "AVX3";
  run.environment.gpu = GpuEnvironment{kGpu, "580.1", "13.0", "13.0", 132, 52428800};
  run.environment.commit = "abc1234";
  run.environment.command = "python3 -m skim bench";
  run.environment.date = std::move(date);
  run.cases = std::move(cases);
  return run;
}

}  // namespace skim::bench::test
