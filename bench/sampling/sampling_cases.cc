#include "sampling/sampling_cases.h"

#include <fmt/format.h>

#include <stdexcept>

namespace skim::bench {
namespace {

SamplingSettings top_k_and_top_p() {
  SamplingSettings settings;
  settings.top_k = 50;
  settings.top_p = 0.9F;
  return settings;
}

SamplingSettings with_raw_logprobs(SamplingSettings settings) {
  settings.logprobs = LogprobKind::raw;
  return settings;
}

SamplingSettings min_p() {
  SamplingSettings settings;
  settings.min_p = 0.05F;
  return settings;
}

SamplingSettings top_p() {
  SamplingSettings settings;
  settings.top_p = 0.95F;
  return settings;
}

SamplingSettings greedy() {
  SamplingSettings settings;
  settings.temperature = 0.0F;
  return settings;
}

// What servers ask for, on today's vocabularies.
std::vector<Case> usual() {
  const std::vector<SamplingSettings> each = {top_k_and_top_p(),
                                              with_raw_logprobs(top_k_and_top_p()),
                                              with_raw_logprobs(SamplingSettings{}),
                                              min_p(),
                                              top_p(),
                                              greedy()};
  const std::vector<Case> shapes = {{1, 128256, 1, DType::f32},
                                    {8, 128256, 1, DType::f32},
                                    {32, 128256, 1, DType::f32},
                                    {128, 128256, 1, DType::f32},
                                    {64, 50304, 1, DType::f32}};
  std::vector<Case> cases;
  for (Case shape : shapes) {
    for (const SamplingSettings& settings : each) {
      shape.sampling = settings;
      cases.push_back(shape);
    }
  }
  return cases;
}

}  // namespace

std::vector<Case> sampling_sweep(std::string_view name) {
  if (name == "default") return usual();
  throw std::invalid_argument(
      fmt::format("--sweep is '{}' but with --op sample it must be default", name));
}

SweepOf sweeps_of(Operation operation) {
  if (operation == Operation::sample) return sampling_sweep;
  return operation == Operation::eager ? eager_sweep : sweep;
}

}  // namespace skim::bench
