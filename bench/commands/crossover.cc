#include <fmt/format.h>

#include <cstdio>
#include <optional>
#include <stdexcept>

#include "commands/commands.h"
#include "crossover/boundaries.h"
#include "crossover/crossover.h"
#include "real_logits.h"
#include "skim/device.h"
#include "terminal.h"

namespace skim::bench {
namespace {

// Enough different elements that no plan is tuned to one row, and few seconds on the host.
constexpr std::int64_t kCrossoverHostBytes = std::int64_t{64} << 20;

std::vector<Boundary> boundaries_of(const Options& options) {
  if (options.shapes.empty()) return boundaries_named(options.boundaries);
  return {
      Boundary{"as given", Axis::none, parse_shapes(options.shapes), parse_plans(options.plans)}};
}

std::optional<Matrix> logits_if_needed(const std::vector<Boundary>& boundaries,
                                       const Options& options) {
  for (const Boundary& boundary : boundaries) {
    for (const Case& bench_case : boundary.shapes) {
      if (!bench_case.distribution) return load_real_logits(options.data);
    }
  }
  return std::nullopt;
}

void check_shapes(const std::vector<Boundary>& boundaries) {
  for (const Boundary& boundary : boundaries) {
    for (const Case& bench_case : boundary.shapes) check(bench_case);
  }
}

MeasureOptions crossover_options(const Options& options) {
  MeasureOptions measuring = measure_options(options);
  if (options.cuda && measuring.gpu == nullptr) {
    throw std::invalid_argument(fmt::format("crossover: {}", why_no_cuda()));
  }
  if (!options.cuda && options.shapes.empty()) {
    throw std::invalid_argument(
        fmt::format("The boundaries are those of a GPU's plans, and {}: give --shapes and --plans",
                    options.device_given ? "--device is cpu" : why_no_cuda()));
  }
  measuring.hard_rows = false;
  measuring.context = false;
  measuring.host_bytes = kCrossoverHostBytes;
  return measuring;
}

}  // namespace

int run_crossover(const Options& options) {
  const std::vector<Boundary> boundaries = boundaries_of(options);
  check_shapes(boundaries);
  MeasureOptions measuring = crossover_options(options);
  const std::optional<Matrix> real_logits = logits_if_needed(boundaries, options);
  measuring.real_logits = real_logits ? &*real_logits : nullptr;
  const Device& device = measuring.gpu != nullptr ? measuring.gpu->device() : Device::cpu();
  const Environment environment = current_environment(options.command_line, options.cuda);
  fmt::print("skim {} on {}, times of one call in microseconds; * is what the plan chooses\n\n",
             environment.commit, to_string(device));
  Progress progress(boundaries.size());
  measuring.on_step = [&](std::string_view step) { progress.step(step); };
  std::vector<Crossover> crossovers;
  for (const Boundary& boundary : boundaries) {
    progress.start(boundary.name);
    crossovers.push_back(measure_crossover(boundary, measuring, device));
    progress.clear();
    fmt::print("{}", text_of(crossovers.back()));
    std::fflush(stdout);
    // After every boundary: a run that is cut off leaves what it has measured.
    if (!options.json.empty()) write_file(options.json, json_of(environment, crossovers));
  }
  const std::vector<std::string> failures = failures_of(crossovers);
  std::fflush(stdout);
  for (const std::string& failure : failures) fmt::print(stderr, "skim: {}\n", failure);
  return failures.empty() ? 0 : 1;
}

}  // namespace skim::bench
