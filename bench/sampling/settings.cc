#include "sampling/settings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cmath>
#include <stdexcept>
#include <utility>
#include <vector>

namespace skim::bench {
namespace {

template <class T, std::size_t kCount>
T parse(const char* option, std::string_view name,
        const std::array<std::pair<std::string_view, T>, kCount>& known) {
  std::vector<std::string_view> names;
  for (const auto& [of_value, value] : known) {
    if (of_value == name) return value;
    names.push_back(of_value);
  }
  throw std::invalid_argument(
      fmt::format("{} is '{}' but must be one of {}", option, name, fmt::join(names, ", ")));
}

// Written so that NaN is outside.
void require(const char* option, float value, bool holds, std::string_view limit) {
  if (holds) return;
  throw std::invalid_argument(fmt::format("{} is {} but must be {}", option, value, limit));
}

}  // namespace

std::string to_string(const SamplingSettings& settings) {
  std::vector<std::string> words;
  if (settings.greedy()) {
    words.emplace_back("greedy");
  } else {
    if (settings.has_top_k()) words.push_back(fmt::format("top-k {}", settings.top_k));
    if (settings.has_top_p()) words.push_back(fmt::format("top-p {}", settings.top_p));
    if (settings.has_min_p()) words.push_back(fmt::format("min-p {}", settings.min_p));
    if (words.empty()) words.emplace_back("full distribution");
    if (settings.temperature != 1.0F) {
      words.push_back(fmt::format("temperature {}", settings.temperature));
    }
    if (order_matters(settings)) words.push_back(skim::to_string(settings.order));
  }
  if (settings.logprobs != LogprobKind::none) {
    words.push_back(skim::to_string(settings.logprobs) + " logprobs");
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

bool order_matters(const SamplingSettings& settings) {
  if (!settings.has_top_p()) return false;
  if (settings.order == FilterOrder::hf) return settings.has_min_p();
  return settings.order == FilterOrder::joint && (settings.has_top_k() || settings.has_min_p());
}

Operation parse_operation(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, Operation>, 3> kKnown = {
      {{"topk", Operation::topk}, {"sample", Operation::sample}, {"eager", Operation::eager}}};
  return parse("--op", name, kKnown);
}

FilterOrder parse_order(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, FilterOrder>, 3> kKnown = {
      {{"sequential", FilterOrder::sequential},
       {"hf", FilterOrder::hf},
       {"joint", FilterOrder::joint}}};
  return parse("--order", name, kKnown);
}

LogprobKind parse_logprobs(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, LogprobKind>, 3> kKnown = {
      {{"none", LogprobKind::none},
       {"raw", LogprobKind::raw},
       {"processed", LogprobKind::processed}}};
  return parse("--logprobs", name, kKnown);
}

void check(const SamplingSettings& settings) {
  const float temperature = settings.temperature;
  require("--temperature", temperature, temperature >= 0 && std::isfinite(temperature),
          "a finite number, at least 0");
  require("--top-p", settings.top_p, settings.top_p >= 0, "at least 0 (1 is off)");
  require("--min-p", settings.min_p, settings.min_p >= 0 && settings.min_p <= 1, "in 0..1");
}

}  // namespace skim::bench
