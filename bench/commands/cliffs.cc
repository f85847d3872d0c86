#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "cliffs/cliffs.h"
#include "commands/commands.h"
#include "skim/device.h"
#include "terminal.h"

namespace skim::bench {
namespace {

// A few rows of each matrix's inputs differ; thousands of matrices are made.
constexpr std::int64_t kCliffsHostBytes = std::int64_t{4} << 20;

CliffGrid grid_of(const Options& options) {
  CliffGrid grid = usual_grid();
  grid.dtype = options.cliffs.dtype;
  if (!options.cliffs.rows.empty()) grid.rows = options.cliffs.rows;
  if (!options.cliffs.cols.empty()) grid.cols = options.cliffs.cols;
  if (!options.cliffs.ks.empty()) grid.ks = options.cliffs.ks;
  return grid;
}

int print_neighbours(const CliffRun& run) {
  fmt::print("{}", text_of(compare_neighbours(run)));
  std::fflush(stdout);
  for (const std::string& failure : run.failures) fmt::print(stderr, "skim: {}\n", failure);
  return run.failures.empty() ? 0 : 1;
}

CliffRun read_cliffs(const std::string& file) {
  std::ifstream stream(file);
  std::ostringstream text;
  if (!(text << stream.rdbuf())) {
    throw std::invalid_argument(fmt::format("--from is '{}', which cannot be read", file));
  }
  return parse_cliffs(text.str(), file);
}

}  // namespace

int run_cliffs(const Options& options) {
  if (!options.from.empty()) return print_neighbours(read_cliffs(options.from));
  MeasureOptions measuring = measure_options(options);
  if (measuring.gpu == nullptr && (options.cuda || !options.device_given)) {
    throw std::invalid_argument(
        fmt::format("cliffs is for a GPU, and {}: give --device cpu, and a smaller grid than the "
                    "usual one, to measure there",
                    why_no_cuda()));
  }
  measuring.hard_rows = false;
  measuring.host_bytes = kCliffsHostBytes;
  const CliffGrid grid = grid_of(options);
  const Environment environment = current_environment(options.command_line, options.cuda);
  const std::size_t matrices = matrix_count(grid);
  fmt::print("skim {} on {}, {} matrices of {}\n\n", environment.commit,
             to_string(measuring.gpu != nullptr ? measuring.gpu->device() : Device::cpu()),
             matrices, skim::name_of(grid.dtype));
  std::fflush(stdout);
  CliffRun run;
  {
    Progress progress(matrices);
    CliffProgress tell;
    tell.start = [&](const std::string& what) { progress.start(what); };
    tell.done = [&](const CliffRun& so_far) {
      // Now and then: a run that is cut off leaves what it has measured.
      constexpr std::size_t kMatricesBetweenWrites = 64;
      if (options.json.empty() || so_far.matrices.size() % kMatricesBetweenWrites != 0) return;
      write_file(options.json, json_of(environment, so_far));
    };
    run = measure_cliffs(grid, measuring, tell);
  }
  if (!options.json.empty()) write_file(options.json, json_of(environment, run));
  return print_neighbours(run);
}

}  // namespace skim::bench
