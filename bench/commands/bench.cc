#include <fmt/format.h>

#include <fstream>
#include <stdexcept>

#include "commands/commands.h"
#include "report.h"

namespace skim::bench {
namespace {

CaseResult run_case(const Case& bench_case, PathList& paths, const Options& options,
                    Progress& progress) {
  MeasureOptions measuring = measure_options(options);
  measuring.on_step = [&](std::string_view step) { progress.step(step); };
  if (options.cuda) return not_applicable(bench_case, paths, "cuda", "no CUDA device", measuring);
  return options.worst ? measure_with_worst(bench_case, paths, measuring)
                       : measure(bench_case, paths, measuring);
}

void write_json(const std::string& path, const Environment& environment,
                const std::vector<CaseResult>& results) {
  std::ofstream file(path);
  file << json_of(environment, results);
  if (!file.flush()) throw std::runtime_error(fmt::format("'{}' could not be written", path));
}

}  // namespace

int run_bench(const Options& options, PathList paths) {
  const Environment environment = current_environment(options.command_line);
  fmt::print("skim {} on {} ({}), times of one call in microseconds\n\n", environment.commit,
             environment.cpu, environment.simd);
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
    }
  }
  if (!options.json.empty()) write_json(options.json, environment, results);
  return conclude(results, options.strict);
}

}  // namespace skim::bench
