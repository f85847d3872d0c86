#include <fmt/format.h>

#include <cstdio>

#include "commands/commands.h"

namespace skim::bench {

MeasureOptions measure_options(const Options& options) {
  MeasureOptions measure;
  measure.threads = options.threads;
  measure.mode = options.mode;
  measure.rounds = options.rounds;
  measure.seed = options.seed;
  measure.real_logits = options.real_logits ? &*options.real_logits : nullptr;
  return measure;
}

int conclude(const std::vector<CaseResult>& results, bool strict) {
  const std::vector<std::string> failures = failures_of(results, strict);
  std::fflush(stdout);
  for (const std::string& failure : failures) fmt::print(stderr, "skim: {}\n", failure);
  return failures.empty() ? 0 : 1;
}

}  // namespace skim::bench
