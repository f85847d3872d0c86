// The options of `skim bench --op sample`, as typed.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cases.h"
#include "options.h"

namespace skim::bench {

struct TypedSampling {
  std::string operation = "topk";
  SamplingSettings settings;
  std::string order = "sequential";
  std::string logprobs = "none";
  std::vector<const CLI::Option*> options;  // but for the operation

  bool given() const;  // at least one of these options
};

void add_sampling(CLI::App& app, TypedSampling& typed);

// Throws std::invalid_argument with one sentence.
SamplingSettings settings_of(const TypedSampling& typed);
std::vector<Case> with_settings(std::vector<Case> cases, const SamplingSettings& settings);

// Of the options that top-k and sampling share.
struct SharedOptions {
  bool k = false;
  bool sweep = false;
};

// Throws std::invalid_argument with one sentence where an option is for another operation.
void require_fitting(const TypedSampling& typed, const SharedOptions& given,
                     const Options& options);

}  // namespace skim::bench
