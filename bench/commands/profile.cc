#include <fmt/format.h>

#include <optional>
#include <stdexcept>

#include "commands/commands.h"
#include "entry.h"
#include "environment.h"
#include "gpu.h"
#include "phases.h"
#include "problem_of.h"
#include "recorded_kernels.h"
#include "skim/device.h"

namespace skim::bench {
namespace {

constexpr int kWarmCalls = 5;
constexpr int kProfiledCalls = 8;
constexpr int kRecordedCalls = 25;

// Throws where the path could not do the case.
void require_ok(Entry& entry) {
  const PathResult& result = entry.result();
  if (entry.ok()) return;
  throw std::runtime_error(fmt::format("{} cannot be profiled, it is {}: {}", result.name,
                                       name_of(result.status), result.message));
}

void run_under_profiler(Entry& entry, Gpu& gpu) {
  entry.verify();
  entry.run(0, kWarmCalls);
  entry.wait();
  require_ok(entry);
  gpu.start_profiler();
  entry.run(kWarmCalls, kProfiledCalls);
  entry.wait();
  gpu.stop_profiler();
  require_ok(entry);
}

double call_us(Entry& entry, int rounds) {
  std::vector<Contestant> alone = {entry.contestant()};
  RaceOptions options;
  options.rounds = rounds;
  race(alone, options);
  require_ok(entry);
  return alone.front().timing.median_us;
}

// Nothing, once it has said why, where the plan's kernel has no clock.
std::optional<PhaseProfile> profile_of(const Options& options, Entry& entry,
                                       const CaseInputs& inputs, Gpu& gpu) {
  const Case& bench_case = options.cases.front();
  const TopkPlan plan =
      plan_topk(problem_of(bench_case, gpu.device(), options.threads), gpu.device());
  PhaseProfile profile{bench_case, to_string(plan), {}, {}, 0};
  try {
    profile.records = record_phases(plan, inputs, kRecordedCalls, gpu);
  } catch (const NotApplicable& reason) {
    if (!options.json.empty()) {
      throw std::runtime_error(
          fmt::format("--json: there are no phases to write: {}", reason.what()));
    }
    fmt::print("no phases: {}\n", reason.what());
    return std::nullopt;
  }
  profile.call_us = call_us(entry, options.rounds);
  profile.megahertz = sm_clock_mhz();
  return profile;
}

}  // namespace

int run_profile(const Options& options, PathList paths) {
  const MeasureOptions measuring = measure_options(options);
  if (measuring.gpu == nullptr) {
    throw std::invalid_argument(fmt::format("--profile: {}", why_no_cuda()));
  }
  const bool is_own = paths.front()->info().has(SKIM_BENCH_OWN_KERNEL);
  if (!is_own && !options.json.empty()) {
    throw std::invalid_argument(
        "--json with --profile is for the phases of skim: name it with --paths, or leave out "
        "--json");
  }
  Gpu& gpu = *measuring.gpu;
  const Case& bench_case = options.cases.front();
  CaseInputs inputs(bench_case,
                    input_count(options.mode, bytes_of(bench_case), gpu.device().l2_bytes),
                    options.seed, measuring.real_logits, &gpu);
  Entry entry(*paths.front(), bench_case, inputs, options.threads, &gpu);
  run_under_profiler(entry, gpu);
  fmt::print("{} calls of {} on {}, between cudaProfilerStart and cudaProfilerStop\n",
             kProfiledCalls, entry.result().name, to_string(bench_case));
  if (!is_own) return 0;
  const std::optional<PhaseProfile> profile = profile_of(options, entry, inputs, gpu);
  if (!profile) return 0;
  fmt::print("{}", table_of(*profile));
  if (!options.json.empty()) {
    write_file(options.json,
               json_of(current_environment(options.command_line, options.cuda), *profile));
  }
  return 0;
}

}  // namespace skim::bench
