#include <fmt/format.h>

#include <stdexcept>

#include "commands/commands.h"
#include "entry.h"
#include "gpu.h"
#include "skim/device.h"

namespace skim::bench {
namespace {

constexpr int kWarmCalls = 5;
constexpr int kProfiledCalls = 8;

// Throws where the path could not do the case.
void require_ok(Entry& entry) {
  const PathResult& result = entry.result();
  if (entry.ok()) return;
  throw std::runtime_error(fmt::format("{} cannot be profiled, it is {}: {}", result.name,
                                       name_of(result.status), result.message));
}

}  // namespace

int run_profile(const Options& options, PathList paths) {
  const MeasureOptions measuring = measure_options(options);
  if (measuring.gpu == nullptr) {
    throw std::invalid_argument(fmt::format("--profile: {}", why_no_cuda()));
  }
  Gpu& gpu = *measuring.gpu;
  const Case& bench_case = options.cases.front();
  CaseInputs inputs(bench_case,
                    input_count(options.mode, bytes_of(bench_case), gpu.device().l2_bytes),
                    options.seed, measuring.real_logits, &gpu);
  Entry entry(*paths.front(), bench_case, inputs, options.threads, &gpu);
  entry.verify();
  entry.run(0, kWarmCalls);
  entry.wait();
  require_ok(entry);
  gpu.start_profiler();
  entry.run(kWarmCalls, kProfiledCalls);
  entry.wait();
  gpu.stop_profiler();
  require_ok(entry);
  fmt::print("{} calls of {} on {}, between cudaProfilerStart and cudaProfilerStop\n",
             kProfiledCalls, entry.result().name, to_string(bench_case));
  return 0;
}

}  // namespace skim::bench
