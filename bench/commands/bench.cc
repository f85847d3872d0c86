#include <fmt/format.h>

#include "commands/commands.h"
#include "comparison.h"
#include "published_figures.h"
#include "report.h"
#include "side_by_side.h"
#include "skim/device.h"

namespace skim::bench {
namespace {

CaseResult run_case(const Case& bench_case, PathList& paths, const Options& options,
                    Progress& progress) {
  MeasureOptions measuring = measure_options(options);
  measuring.on_step = [&](std::string_view step) { progress.step(step); };
  return measure_where_asked(bench_case, paths, options, measuring, Stage::time);
}

std::string place_of(const Environment& environment, bool cuda) {
  if (!cuda || !environment.gpu) return fmt::format("{} ({})", environment.cpu, environment.simd);
  const GpuEnvironment& gpu = *environment.gpu;
  return fmt::format("{} (driver {}, CUDA {})", gpu.name, gpu.driver, gpu.runtime);
}

std::optional<SavedRun> run_to_compare(const Options& options) {
  if (options.compare.empty()) return std::nullopt;
  return read_results(options.compare);
}

int print_comparison(const SavedRun& old, const SavedRun& now) {
  const Comparison comparison = compare_runs(old, now);
  fmt::print("\n{}", comparison.text);
  return comparison.status;
}

}  // namespace

int run_bench(const Options& options, PathList paths) {
  if (options.profile) return run_profile(options, std::move(paths));
  const Environment environment = current_environment(options.command_line, options.cuda);
  fmt::print("skim {} on {}, times of one call in microseconds\n\n", environment.commit,
             place_of(environment, options.cuda));
  if (!options.cuda && !options.device_given) {
    fmt::print("{}: measuring on the CPU\n\n", why_no_cuda());
  }
  const std::optional<SavedRun> old = run_to_compare(options);  // before a long run
  const Painter painter = Painter::for_stdout();
  std::vector<CaseResult> results;
  {
    Progress progress(options.cases.size());
    for (const Case& bench_case : options.cases) {
      progress.start(to_string(bench_case));
      results.push_back(run_case(bench_case, paths, options, progress));
      progress.clear();
      fmt::print("{}", table_of(results.back(), painter));
      std::fflush(stdout);
      // After every case: a run that is cut off leaves what it has measured.
      if (!options.json.empty()) write_file(options.json, json_of(environment, results));
    }
  }
  fmt::print("{}{}", side_by_side(results, painter), published_figures(results));
  const int changed = old ? print_comparison(*old, {"this run", environment, results}) : 0;
  const int failed = conclude(results, options.strict);
  return failed != 0 ? failed : changed;
}

}  // namespace skim::bench
