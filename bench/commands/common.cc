#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <stdexcept>

#include "commands/commands.h"
#include "gpu.h"
#include "skim/device.h"

namespace skim::bench {

MeasureOptions measure_options(const Options& options) {
  MeasureOptions measure;
  if (options.cuda && cuda_device_count() > 0) measure.gpu = &open_gpu();
  measure.threads = options.threads;
  measure.mode = options.mode;
  measure.rounds = options.rounds;
  measure.seed = options.seed;
  measure.real_logits = options.real_logits ? &*options.real_logits : nullptr;
  return measure;
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  if (!file.flush()) throw std::runtime_error(fmt::format("'{}' could not be written", path));
}

int conclude(const std::vector<CaseResult>& results, bool strict) {
  const std::vector<std::string> failures = failures_of(results, strict);
  std::fflush(stdout);
  for (const std::string& failure : failures) fmt::print(stderr, "skim: {}\n", failure);
  return failures.empty() ? 0 : 1;
}

CaseResult measure_where_asked(const Case& bench_case, PathList& paths, const Options& options,
                               const MeasureOptions& measuring, Stage stage) {
  if (options.cuda && measuring.gpu == nullptr) {
    return not_applicable(bench_case, paths, "cuda", why_no_cuda(), measuring);
  }
  if (options.worst) return measure_with_others(bench_case, paths, measuring);
  return measure(bench_case, paths, measuring, stage);
}

}  // namespace skim::bench
