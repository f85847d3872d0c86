#include "crossover/forced_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "problem_of.h"

namespace skim::bench {
namespace {

template <class... Arguments>
[[noreturn]] void refuse(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  throw std::invalid_argument(fmt::format(format, std::forward<Arguments>(arguments)...));
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream{std::string(text)};
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream stream(text);
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::optional<std::int64_t> number_of_text(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// ---- plans ----

// Those of the enumeration, whose last is followed by "unknown".
std::vector<TopkAlgorithm> algorithms() {
  std::vector<TopkAlgorithm> all;
  for (int i = 1;; ++i) {
    const auto algorithm = static_cast<TopkAlgorithm>(i);
    if (to_string(algorithm) == "unknown") return all;
    all.push_back(algorithm);
  }
}

struct Field {
  std::string_view name;
  void (*set)(PlanOverride& forced, std::int64_t value);
};

template <auto kMember>
constexpr Field field(std::string_view name) {
  return {name, [](PlanOverride& forced, std::int64_t value) {
            using Value = typename std::remove_reference_t<decltype(forced.*kMember)>::value_type;
            forced.*kMember = static_cast<Value>(value);
          }};
}

constexpr std::array kFields = {
    field<&PlanOverride::ctas>("ctas"),
    field<&PlanOverride::cta_threads>("cta_threads"),
    field<&PlanOverride::lanes>("lanes"),
    field<&PlanOverride::vectors>("vectors"),
    field<&PlanOverride::groups_per_warp>("groups_per_warp"),
    field<&PlanOverride::groups>("groups"),
    field<&PlanOverride::wanted>("wanted"),
    field<&PlanOverride::capacity>("capacity"),
    field<&PlanOverride::sample_ctas>("sample_ctas"),
    field<&PlanOverride::splits>("splits"),
    field<&PlanOverride::tile_cols>("tile_cols"),
    field<&PlanOverride::group_vectors>("group_vectors"),
    field<&PlanOverride::buffer>("buffer"),
};

std::vector<std::string> known_words() {
  std::vector<std::string> words = {"plan"};
  for (const TopkAlgorithm algorithm : algorithms()) words.push_back(to_string(algorithm));
  for (const Field& known : kFields) words.push_back(fmt::format("{}=N", known.name));
  words.insert(words.end(), {"team=cluster", "team=grid"});
  return words;
}

bool set_algorithm(PlanOverride& forced, const std::string& word) {
  for (const TopkAlgorithm algorithm : algorithms()) {
    if (to_string(algorithm) != word) continue;
    forced.algorithm = algorithm;
    return true;
  }
  return false;
}

bool set_team(PlanOverride& forced, const std::string& word) {
  for (const CtaTeam team : {CtaTeam::cluster, CtaTeam::grid}) {
    if ("team=" + to_string(team) != word) continue;
    forced.team = team;
    return true;
  }
  return false;
}

bool set_field(PlanOverride& forced, const std::string& word) {
  const std::size_t equals = word.find('=');
  if (equals == std::string::npos) return false;
  const auto value = number_of_text(std::string_view(word).substr(equals + 1));
  const auto found = std::find_if(kFields.begin(), kFields.end(), [&](const Field& known) {
    return known.name == std::string_view(word).substr(0, equals);
  });
  if (!value || found == kFields.end()) return false;
  found->set(forced, *value);
  return true;
}

ForcedPlan parse_plan(const std::string& text) {
  ForcedPlan plan;
  const std::vector<std::string> words = words_of(text);
  if (words.empty()) refuse("--plans has a plan without words: leave out what separates it");
  for (const std::string& word : words) {
    if (word == "plan" || set_algorithm(plan.forced, word) || set_team(plan.forced, word) ||
        set_field(plan.forced, word)) {
      continue;
    }
    refuse("--plans has '{}' in '{}', but a plan is made of: {}", word,
           fmt::format("{}", fmt::join(words, " ")),
           fmt::format("{}", fmt::join(known_words(), ", ")));
  }
  plan.text = fmt::format("{}", fmt::join(words, " "));
  return plan;
}

// ---- shapes ----

[[noreturn]] void refuse_shape(const std::string& text) {
  refuse("--shapes has '{}' but a shape is ROWSxCOLS:kK:DTYPE[:INPUT], as 32x50304:k50:f16:zipf",
         text);
}

DType parse_short_dtype(const std::string& name) {
  if (name == "f16") return DType::f16;
  if (name == "bf16") return DType::bf16;
  if (name == "f32") return DType::f32;
  return parse_dtype(name);
}

Case parse_shape(const std::string& text) {
  const std::vector<std::string> parts = split(text, ':');
  if (parts.size() < 3 || parts.size() > 4 || !parts[1].starts_with('k')) refuse_shape(text);
  const std::size_t times = parts[0].find('x');
  if (times == std::string::npos) refuse_shape(text);
  const auto rows = number_of_text(std::string_view(parts[0]).substr(0, times));
  const auto cols = number_of_text(std::string_view(parts[0]).substr(times + 1));
  const auto k = number_of_text(std::string_view(parts[1]).substr(1));
  if (!rows || !cols || !k) refuse_shape(text);
  Case bench_case{*rows, *cols, *k, parse_short_dtype(parts[2])};
  if (parts.size() == 4) bench_case.distribution = parse_input(parts[3]);
  return bench_case;
}

}  // namespace

std::vector<ForcedPlan> parse_plans(std::string_view text) {
  std::vector<ForcedPlan> plans;
  for (const std::string& part : split(text, ';')) plans.push_back(parse_plan(part));
  return plans;
}

std::vector<Case> parse_shapes(std::string_view text) {
  std::vector<Case> shapes;
  for (const std::string& part : split(text, ',')) shapes.push_back(parse_shape(part));
  return shapes;
}

TopkPlan plan_of(const Case& bench_case, const Device& device, int threads,
                 const PlanOverride& forced) {
  return plan_topk(problem_of(bench_case, device, threads), device, forced);
}

}  // namespace skim::bench
