#include "options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "known_gpus.h"
#include "real_logits.h"
#include "sampling/sampling_cases.h"
#include "sampling/sampling_options.h"
#include "skim/device.h"
#include "skim/version.h"

namespace skim::bench {
namespace {

#ifdef _OPENMP
constexpr int kMostThreads = 1024;
#else
constexpr int kMostThreads = 1;  // built without OpenMP
#endif

// As typed; empty lists mean "not given".
struct Typed {
  std::vector<std::int64_t> batch, vocab, k;
  std::vector<std::string> dtype, dist, sweep;
  std::string mode, device, data, peer;
  std::optional<int> rounds;
  TypedSampling sampling;

  bool shapes_given() const {
    return !batch.empty() || !vocab.empty() || !k.empty() || !dtype.empty();
  }
};

void add_shapes(CLI::App& app, Typed& typed) {
  app.add_option("--batch", typed.batch, "Rows (a comma-separated list gives every combination)")
      ->delimiter(',');
  app.add_option("--vocab", typed.vocab, "Columns")->delimiter(',');
  app.add_option("--k", typed.k, "Elements to select from each row")->delimiter(',');
  app.add_option("--dtype", typed.dtype, "float16, bfloat16, float32, float64, int8, ... int64")
      ->delimiter(',');
}

void add_case_options(CLI::App& app, Typed& typed, Options& options) {
  add_shapes(app, typed);
  app.add_option("--dist", typed.dist, "Inputs: normal, zipf, ... or real (stored logits)")
      ->delimiter(',');
  app.add_option(
         "--sweep", typed.sweep,
         "In place of shapes: default, realistic, figures, stress, serving, small, indexer, "
         "huge, cpu, or several; with --op sample or eager default")
      ->delimiter(',');
  app.add_option("--paths", options.paths, "Only these paths, by name or by its first words")
      ->delimiter(',');
}

void add_machine_options(CLI::App& app, Typed& typed, Options& options) {
  app.add_option("--data", typed.data, "The .npy file of real logits");
  app.add_option("--device", typed.device, "cpu or cuda; cuda where there is a GPU, else cpu");
  app.add_option("--threads", options.threads, "Threads, the same number for every path");
  app.add_option("--seed", options.seed, "Of the inputs");
}

void add_timing_options(CLI::App& app, Typed& typed) {
  app.add_option(
      "--mode", typed.mode,
      "Inputs in turn: cold (over 4x L2; a CPU's default), rotate8 (a GPU's) or hot (one)");
  app.add_option("--rounds", typed.rounds, "Samples of each path");
}

void add_crossover_options(CLI::App& app, Options& options) {
  app.add_option("--boundaries", options.boundaries,
                 "Only the boundaries of src/plan/tuning.h whose names begin so")
      ->delimiter(',');
  app.add_option("--shapes", options.shapes,
                 "In place of boundaries, with --plans: 4096x1024:k32:bf16,32x50304:k50:f16:zipf");
  app.add_option("--plans", options.plans,
                 "What to compare: \"cluster_maxima ctas=8 vectors=4; filter; plan\"");
}

void add_cliffs_options(CLI::App& app, Typed& typed, Options& options) {
  add_shapes(app, typed);
  app.add_option("--from", options.from, "Measure nothing: compare what is in this file of --json");
}

void add_bench_options(CLI::App& app, Typed& typed, Options& options) {
  app.add_flag("--worst", options.worst,
               "Also time every other distribution, in fewer rounds; show the slowest");
  app.add_flag(
      "--profile", options.profile,
      "Run one path (--paths) on one case on a GPU, for a profiler; of skim, print what the "
      "phases of its kernel take");
  app.add_option("--peer", typed.peer, "A Python file with your own path (python3 -m skim only)");
}

void add_comparison(CLI::App& app, Options& options) {
  app.add_option("--compare", options.compare,
                 "A file of --json: say what got slower since, or faster (status 1 if slower)");
}

void add_explain_options(CLI::App& app, Options& options) {
  app.add_option("--gpu", options.gpu,
                 "Plan for this GPU, here or not, with times measured on it: h100, a100, ...");
  app.add_option("--results", options.results,
                 "The folder of measured results, in place of the one that comes with skim");
}

void add_strict(CLI::App& app, Options& options) {
  app.add_flag("--strict", options.strict, "Fail when any path is wrong, not only skim");
}

template <class T>
std::vector<T> or_default(std::vector<T> typed, T value) {
  return typed.empty() ? std::vector<T>{value} : typed;
}

std::vector<Case> with_inputs(const std::vector<Case>& shapes,
                              const std::vector<std::string>& names) {
  if (names.empty()) return shapes;
  std::vector<Case> cases;
  for (const std::string& name : names) {
    for (Case bench_case : shapes) {
      bench_case.distribution = parse_input(name);
      cases.push_back(bench_case);
    }
  }
  return cases;
}

std::vector<Case> combinations(const Typed& typed) {
  const Case standard;
  std::vector<Case> cases;
  for (const std::string& dtype : or_default(typed.dtype, std::string(name_of(standard.dtype)))) {
    for (const std::int64_t rows : or_default(typed.batch, standard.rows)) {
      for (const std::int64_t cols : or_default(typed.vocab, standard.cols)) {
        for (const std::int64_t k : or_default(typed.k, standard.k)) {
          cases.push_back({rows, cols, k, parse_dtype(dtype)});
        }
      }
    }
  }
  return cases;
}

std::vector<Case> swept(const Typed& typed, SweepOf cases_of) {
  if (typed.shapes_given()) {
    throw std::invalid_argument(
        "--sweep brings its own shapes: leave out --batch, --vocab, --k and --dtype");
  }
  std::vector<Case> cases;
  for (const std::string& name : or_default<std::string>(typed.sweep, "default")) {
    const std::vector<Case> more = cases_of(name);
    cases.insert(cases.end(), more.begin(), more.end());
  }
  return with_inputs(cases, typed.dist);
}

std::vector<Case> resolve_cases(const Typed& typed, const Options& options) {
  const bool sampling = options.operation == Operation::sample;
  const bool nothing_given = !typed.shapes_given() && typed.dist.empty() && !typed.sampling.given();
  if (!typed.sweep.empty() || (options.command == Command::bench && nothing_given)) {
    return swept(typed, sweeps_of(options.operation));
  }
  const std::vector<Case> cases = combinations(typed);
  return with_inputs(sampling ? with_settings(cases, settings_of(typed.sampling)) : cases,
                     typed.dist);
}

void load_logits_if_needed(Options& options, const Typed& typed) {
  const bool needed = std::any_of(options.cases.begin(), options.cases.end(),
                                  [](const Case& one) { return !one.distribution; });
  if (!needed) return;
  options.real_logits = load_real_logits(typed.data);
  if (!typed.vocab.empty() || !typed.sweep.empty() || typed.dist.empty()) return;
  for (Case& bench_case : options.cases) {  // no number of columns was asked for
    if (!bench_case.distribution) bench_case.cols = options.real_logits->cols();
  }
}

void require_range(const char* option, std::int64_t value, std::int64_t lowest,
                   std::int64_t highest) {
  if (value < lowest || value > highest) {
    throw std::invalid_argument(
        fmt::format("{} is {} but must be in {}..{}", option, value, lowest, highest));
  }
}

// Before anything is measured: a long run must not end in a file that cannot be written. Nor does a
// mistake in another option leave an empty one.
void require_writable(const std::string& path) {
  if (path.empty()) return;
  const bool existed = std::filesystem::exists(path);
  if (!std::ofstream(path, std::ios::app)) {
    throw std::invalid_argument(fmt::format(
        "--json is '{}', which cannot be written: name a file in a folder that exists", path));
  }
  if (!existed) std::filesystem::remove(path);
}

void require_profilable(const Options& options) {
  if (!options.cuda) {
    throw std::invalid_argument("--profile is for kernels on a GPU: add --device cuda");
  }
  if (options.paths.size() != 1) {
    throw std::invalid_argument(fmt::format(
        "--profile runs one path and {} are named: name one with --paths", options.paths.size()));
  }
  if (options.cases.size() != 1) {
    throw std::invalid_argument(
        fmt::format("--profile runs one case and there are {}: give one --batch, --vocab and --k",
                    options.cases.size()));
  }
}

void require_times(const Options& options) {
  if (options.profile && !options.compare.empty()) {
    throw std::invalid_argument(
        "--compare is of runs that time paths and --profile times phases: leave one of them out");
  }
}

void require_plannable(const std::string& gpu, const std::string& device) {
  if (device == "cpu") {
    throw std::invalid_argument(fmt::format(
        "--gpu is '{}' and --device is 'cpu', but a plan is for one of them: leave one out", gpu));
  }
  known_gpu(gpu);
}

void require_shapes_with_plans(const Options& options) {
  if (options.shapes.empty() != options.plans.empty()) {
    throw std::invalid_argument(
        fmt::format("{} is given without {}: give both, or neither for the boundaries of tuning.h",
                    options.plans.empty() ? "--shapes" : "--plans",
                    options.plans.empty() ? "--plans" : "--shapes"));
  }
  if (!options.shapes.empty() && !options.boundaries.empty()) {
    throw std::invalid_argument(
        "--boundaries has its own shapes: leave it out, or --shapes and --plans");
  }
}

std::vector<std::int64_t> ascending(std::vector<std::int64_t> values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

void resolve_cliffs(Options& options, const Typed& typed) {
  if (typed.dtype.size() > 1) {
    throw std::invalid_argument(
        fmt::format("--dtype names {} dtypes but a grid is of one: name one", typed.dtype.size()));
  }
  options.cliffs = {ascending(typed.batch), ascending(typed.vocab), ascending(typed.k),
                    typed.dtype.empty() ? DType::bf16 : parse_dtype(typed.dtype.front())};
  const auto at_least_one = [](const char* option, const std::vector<std::int64_t>& values) {
    constexpr std::int64_t kMost = std::int64_t{1} << 40;
    if (!values.empty()) require_range(option, values.front(), 1, kMost);
  };
  at_least_one("--batch", options.cliffs.rows);
  at_least_one("--vocab", options.cliffs.cols);
  at_least_one("--k", options.cliffs.ks);
}

bool wants_cuda(const std::string& device, Operation operation) {
  if (device.empty()) return operation != Operation::sample && cuda_device_count() > 0;
  if (device != "cpu" && device != "cuda") {
    throw std::invalid_argument(fmt::format("--device is '{}' but must be cpu or cuda", device));
  }
  return device == "cuda";
}

void resolve(Options& options, const Typed& typed) {
  if (!typed.peer.empty()) {
    throw std::invalid_argument(fmt::format(
        "--peer {} is Python and this program is not: run `python3 -m skim bench --peer {}`",
        typed.peer, typed.peer));
  }
  if (!options.gpu.empty()) require_plannable(options.gpu, typed.device);
  options.operation = parse_operation(typed.sampling.operation);
  if (options.command == Command::bench)
    require_fitting(typed.sampling, {!typed.k.empty(), !typed.sweep.empty()}, options);
  options.cuda = !options.gpu.empty() || wants_cuda(typed.device, options.operation);
  options.device_given = !typed.device.empty();
  const std::string usual_mode(name_of(options.cuda ? BufferMode::rotate8 : BufferMode::cold));
  options.mode = parse_buffer_mode(typed.mode.empty() ? usual_mode : typed.mode);
  constexpr int kRounds = 25;
  constexpr int kCrossoverRounds = 9;
  constexpr int kCliffsRounds = 5;
  const int usual_rounds = options.command == Command::crossover ? kCrossoverRounds
                           : options.command == Command::cliffs  ? kCliffsRounds
                                                                 : kRounds;
  options.rounds = typed.rounds.value_or(usual_rounds);
  options.data = typed.data;
  require_range("--threads", options.threads, 1, kMostThreads);
  require_range("--rounds", options.rounds, 1, 100000);
  require_times(options);
  require_writable(options.json);
  if (options.command == Command::info) return;
  if (options.command == Command::crossover) return require_shapes_with_plans(options);
  if (options.command == Command::cliffs) return resolve_cliffs(options, typed);
  options.shapes_given = typed.shapes_given() || !typed.sweep.empty();
  options.inputs_given = !typed.dist.empty();
  options.cases = resolve_cases(typed, options);
  load_logits_if_needed(options, typed);
  for (const Case& bench_case : options.cases) check(bench_case);
  if (options.profile) require_profilable(options);
}

// CLI11 would say that a subcommand is missing.
void require_known_command(const CLI::App& app, int argc, const char* const* argv) {
  if (argc < 2 || argv[1][0] == '-') return;
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_name() == argv[1]) return;
    names.push_back(command->get_name());
  }
  throw std::invalid_argument(
      fmt::format("'{}' is not a command, the commands are {}", argv[1], fmt::join(names, ", ")));
}

// As it can be pasted into a shell again.
std::string joined(int argc, const char* const* argv) {
  std::vector<std::string> words;
  for (int i = 0; i < argc; ++i) {
    const std::string word = argv[i];
    const bool plain = i == 0 || word.find_first_of(" ;\"") == std::string::npos;
    words.push_back(plain ? word : "'" + word + "'");
  }
  return fmt::format("{}", fmt::join(words, " "));
}

}  // namespace

Options parse_options(int argc, const char* const* argv) {
  Options options;
  Typed typed;
  options.command_line = joined(argc, argv);

  CLI::App app("Exact top-k selection: measure it, check it, explain it", "skim");
  app.set_version_flag("--version", SKIM_VERSION_STRING);
  app.require_subcommand(1);
  app.option_defaults()->take_last();  // a wrapper's option can be given again
  CLI::App* bench = app.add_subcommand("bench", "Time every path side by side, checking each");
  CLI::App* explain = app.add_subcommand("explain", "Show the plan for a shape, and why");
  CLI::App* verify = app.add_subcommand("verify", "Check every path against the oracle");
  CLI::App* crossover =
      app.add_subcommand("crossover", "Time forced plans against each other around their limits");
  CLI::App* cliffs =
      app.add_subcommand("cliffs", "Time skim alone over a grid of shapes, and list its jumps");
  CLI::App* info = app.add_subcommand("info", "Show versions, instruction sets, devices and paths");
  for (CLI::App* command : {bench, explain, verify}) add_case_options(*command, typed, options);
  for (CLI::App* command : {bench, explain, verify, crossover, cliffs}) {
    add_machine_options(*command, typed, options);
  }
  for (CLI::App* command : {bench, explain, crossover, cliffs}) add_timing_options(*command, typed);
  for (CLI::App* command : {bench, crossover, cliffs, info}) {
    command->add_option("--json", options.json, "Also write the results to this file");
  }
  for (CLI::App* command : {bench, verify}) add_strict(*command, options);
  add_bench_options(*bench, typed, options);
  add_sampling(*bench, typed.sampling);
  add_comparison(*bench, options);
  add_explain_options(*explain, options);
  add_crossover_options(*crossover, options);
  add_cliffs_options(*cliffs, typed, options);

  require_known_command(app, argc, argv);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    throw HelpRequested{app.help()};
  } catch (const CLI::CallForAllHelp&) {
    throw HelpRequested{app.help("", CLI::AppFormatMode::All)};
  } catch (const CLI::CallForVersion&) {
    throw HelpRequested{SKIM_VERSION_STRING "\n"};
  } catch (const CLI::ParseError& error) {
    throw std::invalid_argument(fmt::format("{} (see `skim --help`)", error.what()));
  }
  const std::pair<CLI::App*, Command> commands[] = {{bench, Command::bench},
                                                    {explain, Command::explain},
                                                    {verify, Command::verify},
                                                    {crossover, Command::crossover},
                                                    {cliffs, Command::cliffs}};
  for (const auto& [parsed, command] : commands) {
    if (parsed->parsed()) options.command = command;
  }
  resolve(options, typed);
  return options;
}

}  // namespace skim::bench
