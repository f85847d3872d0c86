#include "sampling/sampling_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace skim::bench {

bool TypedSampling::given() const {
  return std::any_of(options.begin(), options.end(),
                     [](const CLI::Option* option) { return option->count() > 0; });
}

void add_sampling(CLI::App& app, TypedSampling& typed) {
  app.add_option(
      "--op", typed.operation,
      "What to measure: topk, sample (a token of each row), or eager (top-k as Python calls it)");
  SamplingSettings& settings = typed.settings;
  const auto add = [&](const char* name, auto& value, const char* help) {
    typed.options.push_back(app.add_option(name, value, help)->group("With --op sample"));
  };
  add("--temperature", settings.temperature, "0 takes the first maximum; default 1");
  add("--top-k", settings.top_k, "Only so many of the best; default 0, off");
  add("--top-p", settings.top_p, "Only the best that reach this share; default 1, off");
  add("--min-p", settings.min_p, "Only this likely beside the likeliest; default 0, off");
  add("--order", typed.order, "What --top-p is a share of: sequential, hf or joint");
  add("--logprobs", typed.logprobs, "The token's log-probability too: none, raw or processed");
}

SamplingSettings settings_of(const TypedSampling& typed) {
  SamplingSettings settings = typed.settings;
  settings.order = parse_order(typed.order);
  settings.logprobs = parse_logprobs(typed.logprobs);
  return settings;
}

std::vector<Case> with_settings(std::vector<Case> cases, const SamplingSettings& settings) {
  for (Case& bench_case : cases) {
    bench_case.k = 1;
    bench_case.sampling = settings;
  }
  return cases;
}

void require_fitting(const TypedSampling& typed, const SharedOptions& given,
                     const Options& options) {
  if (options.operation == Operation::eager && options.profile) {
    throw std::invalid_argument("--profile is for --op topk: leave it out");
  }
  if (options.operation != Operation::sample) {
    if (!typed.given()) return;
    throw std::invalid_argument(
        "--temperature, --top-k, --top-p, --min-p, --order and --logprobs are for sampling: add "
        "--op sample, or use --k");
  }
  if (given.k) throw std::invalid_argument("--k is for --op topk: filter with --top-k");
  if (given.sweep && typed.given()) {
    throw std::invalid_argument(
        "--sweep brings its own filters: leave out --temperature, --top-k, --top-p, --min-p, "
        "--order and --logprobs");
  }
  if (options.profile || options.worst) {
    throw std::invalid_argument(fmt::format("{} is for --op topk: leave it out",
                                            options.profile ? "--profile" : "--worst"));
  }
}

}  // namespace skim::bench
