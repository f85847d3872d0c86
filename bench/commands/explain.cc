#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <stdexcept>

#include "commands/commands.h"
#include "environment.h"
#include "floor_estimate.h"
#include "guidance_text.h"
#include "known_gpus.h"
#include "measured_before.h"
#include "problem_of.h"
#include "skim/topk.h"
#include "text.h"

namespace skim::bench {
namespace {

TopkPlan plan_of(const Case& bench_case, const Device& device, int threads) {
  return plan_topk(problem_of(bench_case, device, threads), device);
}

// With --paths, cells hold those alone, beside skim, with which all are compared.
MeasuredBefore measured_on(const std::string& machine, const Options& options,
                           const PathList& paths) {
  return measured_before(
      options.results, options.cuda ? "cuda" : "cpu", machine, [&](const std::string& name) {
        return options.paths.empty() || name == "skim" ||
               std::any_of(paths.begin(), paths.end(),
                           [&](const PathPtr& path) { return path->info().name == name; });
      });
}

void print_plan(const TopkPlan& plan) {
  fmt::print("{}", paragraph("problem", to_string(plan.problem)));
  fmt::print("{}", paragraph("plan", to_string(plan)));
  fmt::print("{}", paragraph("why", plan.reason));
  fmt::print("{}", paragraph("bytes", fmt::format("{} of input, read once", plan.bytes_read)));
  fmt::print("{}", paragraph("workspace", fmt::format("{} bytes", plan.workspace_bytes)));
}

void print_floor(const TopkPlan& plan, double us, const std::string& basis) {
  const double rate = static_cast<double>(plan.bytes_read) / us / 1e3;
  fmt::print("{}", paragraph("floor", fmt::format("{:.2f} us to read them, {:.1f} GB/s ({})", us,
                                                  rate, basis)));
}

void print_paths(const CaseResult& result) {
  fmt::print("paths\n");
  for (const PathResult& path : result.paths) {
    std::string text = path.status == Status::ok ? "applicable" : "N/A: " + path.message;
    if (path.status == Status::error) text = "ERROR: " + path.message;
    if (!path.labels.empty()) text += fmt::format(" ({})", fmt::join(path.labels, ", "));
    fmt::print("{}", paragraph("  " + path.name, text, 40));
  }
}

// Of paths that are here: one that is not has refused nothing.
Answers answers_of(const CaseResult& result, const PathList& paths) {
  Answers answers;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const PathResult& path = result.paths[i];
    if (path.status == Status::ok) {
      answers.accepted.insert(path.name);
    } else if (paths[i]->info().unavailable.empty()) {
      answers.refused[path.name] = path.message;
    }
  }
  return answers;
}

// Times of one algorithm say little of another.
std::string plan_caution(const Guidance& guidance, const TopkPlan& plan, const Device& device,
                         int threads) {
  if (!guidance.together) return "";
  const TopkPlan there = plan_of(guidance.together->result->bench_case, device, threads);
  if (there.algorithm == plan.algorithm) return "";
  return fmt::format("skim's plan there is {}, here {}: its time may not carry over",
                     to_string(there.algorithm), to_string(plan.algorithm));
}

void print_guidance(const TopkPlan& plan, const Guidance& guidance, const Question& question,
                    const Device& device, const MeasuredBefore& measured) {
  fmt::print("{}", paragraph("results", measured.where));
  fmt::print("{}", guidance_text(guidance, question,
                                 plan_caution(guidance, plan, device, question.threads)));
}

Question question_of(const Case& bench_case, const Options& options) {
  return {bench_case, options.cuda ? "cuda" : "cpu", options.cuda ? 1 : options.threads,
          options.mode};
}

void explain_here(const Case& bench_case, PathList& paths, const Options& options,
                  const MeasureOptions& measuring, const MeasuredBefore& measured) {
  const Device& device = measuring.gpu != nullptr ? measuring.gpu->device() : Device::cpu();
  const TopkPlan plan = plan_of(bench_case, device, options.threads);
  const CaseResult result = measure(bench_case, paths, measuring, Stage::prepare);
  print_plan(plan);
  print_floor(plan, result.floor->timing.median_us,
              fmt::format("{}; {}", result.floor->variant, to_string(result.mode, result.inputs)));
  print_paths(result);
  const Question question = question_of(bench_case, options);
  print_guidance(plan, advise(question, measured.runs, answers_of(result, paths)), question, device,
                 measured);
}

void explain_elsewhere(const Case& bench_case, const Device& device, const Options& options,
                       const MeasuredBefore& measured) {
  const TopkPlan plan = plan_of(bench_case, device, options.threads);
  const Question question = question_of(bench_case, options);
  const Guidance guidance = advise(question, measured.runs, {});
  print_plan(plan);
  if (const auto floor = estimate_floor(plan.bytes_read, guidance.cells, options.mode)) {
    print_floor(plan, floor->us, floor->basis);
  } else {
    fmt::print("{}",
               paragraph("floor", fmt::format("not known: none was measured on that GPU in mode {}",
                                              name_of(options.mode))));
  }
  fmt::print("{}", paragraph("paths",
                             "not asked, because the plan is for a GPU that need not be "
                             "here: their limits are those that measured cells show"));
  print_guidance(plan, guidance, question, device, measured);
}

template <class Explain>
int explain_each(const std::vector<Case>& cases, Explain&& explain) {
  for (const Case& bench_case : cases) {
    if (&bench_case != cases.data()) fmt::print("\n");
    explain(bench_case);
  }
  return 0;
}

}  // namespace

int run_explain(const Options& options, PathList paths) {
  if (!options.gpu.empty()) {
    const Device device = known_gpu(options.gpu);
    const MeasuredBefore measured = measured_on(device.name, options, paths);
    return explain_each(options.cases, [&](const Case& bench_case) {
      explain_elsewhere(bench_case, device, options, measured);
    });
  }
  const MeasureOptions measuring = measure_options(options);
  if (options.cuda && measuring.gpu == nullptr) {
    throw std::invalid_argument(fmt::format("--device is cuda: {}", why_no_cuda()));
  }
  const Environment environment = current_environment(options.command_line, options.cuda);
  const MeasuredBefore measured =
      measured_on(machine_of(environment, options.cuda ? "cuda" : "cpu"), options, paths);
  return explain_each(options.cases, [&](const Case& bench_case) {
    explain_here(bench_case, paths, options, measuring, measured);
  });
}

}  // namespace skim::bench
