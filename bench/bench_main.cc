#include "bench_main.h"

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <stdexcept>

#include "commands/commands.h"
#include "peers/peers.h"

namespace skim::bench {
namespace {

struct CallersPaths {
  const skim_bench_path* first;
  std::int32_t count;
};

PathList paths_of(Operation operation, const CallersPaths& callers) {
  return merge_paths(native_paths(operation), callers.first, callers.count, operation);
}

int dispatch_command(const Options& options, const CallersPaths& callers) {
  PathList paths = paths_of(options.operation, callers);
  keep_named(paths, options.paths);
  switch (options.command) {
    case Command::bench:
      return run_bench(options, std::move(paths));
    case Command::explain:
      return run_explain(options, std::move(paths));
    case Command::verify:
      return run_verify(options, std::move(paths));
    case Command::crossover:
      return run_crossover(options);
    case Command::cliffs:
      return run_cliffs(options);
    case Command::info:
      return run_info(options, paths, paths_of(Operation::sample, callers),
                      paths_of(Operation::eager, callers));
  }
  return 2;
}

int guarded_main(int argc, const char* const* argv, const skim_bench_path* extra,
                 std::int32_t extra_count) {
  try {
    const Options options = parse_options(argc, argv);
    return dispatch_command(options, {extra, extra_count});
  } catch (const HelpRequested& help) {
    fmt::print("{}", help.text);
    return 0;
  } catch (const std::invalid_argument& error) {
    fmt::print(stderr, "skim: {}\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "skim: {}\n", error.what());
    return 1;
  }
}

}  // namespace

int bench_main(int argc, const char* const* argv, const skim_bench_path* paths,
               std::int32_t path_count) {
  const int status = guarded_main(argc, argv, paths, path_count);
  std::fflush(stdout);  // before a caller in another language prints
  return status;
}

}  // namespace skim::bench
