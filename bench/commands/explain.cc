#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstddef>
#include <stdexcept>

#include "commands/commands.h"
#include "skim/topk.h"

namespace skim::bench {
namespace {

// Any memory does: a plan depends on its alignment alone.
TopkPlan plan_of(const Case& bench_case, const MeasureOptions& options) {
  alignas(kWorkspaceAlignment) static const std::byte memory{};
  const Device& device = options.gpu != nullptr ? options.gpu->device() : Device::cpu();
  TopkRequest request;
  request.input = {&memory,         bench_case.dtype, bench_case.rows,
                   bench_case.cols, bench_case.cols,  device.id};
  request.k = bench_case.k;
  request.options.num_threads = options.threads;
  return plan_topk(make_problem(request), device);
}

void print_paths(const CaseResult& result) {
  for (const PathResult& path : result.paths) {
    std::string text = path.status == Status::ok ? "applicable" : "N/A: " + path.message;
    if (path.status == Status::error) text = "ERROR: " + path.message;
    if (!path.labels.empty()) text += fmt::format(" ({})", fmt::join(path.labels, ", "));
    fmt::print("  {:<36} {}\n", path.name, text);
  }
}

void explain_case(const Case& bench_case, PathList& paths, const MeasureOptions& options) {
  const TopkPlan plan = plan_of(bench_case, options);
  const CaseResult result = measure(bench_case, paths, options, Stage::prepare);
  const Timing& floor = result.floor->timing;
  fmt::print("problem    {}\n", to_string(plan.problem));
  fmt::print("plan       {}\n", to_string(plan));
  fmt::print("why        {}\n", plan.reason);
  fmt::print("bytes      {} of input, read once\n", plan.bytes_read);
  fmt::print("floor      {:.2f} us to read them, {:.1f} GB/s ({}; {})\n", floor.median_us,
             static_cast<double>(plan.bytes_read) / floor.median_us / 1e3, result.floor->variant,
             to_string(result.mode, result.inputs));
  fmt::print("workspace  {} bytes\n", plan.workspace_bytes);
  fmt::print("paths\n");
  print_paths(result);
}

}  // namespace

int run_explain(const Options& options, PathList paths) {
  const MeasureOptions measuring = measure_options(options);
  if (options.cuda && measuring.gpu == nullptr) {
    throw std::invalid_argument(fmt::format("--device is cuda: {}", why_no_cuda()));
  }
  for (const Case& bench_case : options.cases) {
    if (&bench_case != options.cases.data()) fmt::print("\n");
    explain_case(bench_case, paths, measuring);
  }
  return 0;
}

}  // namespace skim::bench
