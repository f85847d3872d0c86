#include "nearest_cells.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <tuple>

namespace skim::bench {
namespace {

constexpr double kOtherType = 0.25;
constexpr double kRealForNormal = 0.25;  // or the other way round
constexpr double kOtherInput = 0.5;
constexpr double kOtherMode = 1;

template <class Number>
double steps(Number one, Number other) {
  return std::abs(std::log2(static_cast<double>(one) / static_cast<double>(other)));
}

double type_steps(DType one, DType other) {
  return one == other ? 0 : kOtherType + steps(size_of(one), size_of(other));
}

bool is_usual(const Case& one) {
  return !one.distribution || one.distribution == Distribution::normal;
}

double input_steps(const Case& one, const Case& other) {
  if (one.distribution == other.distribution) return 0;
  return is_usual(one) && is_usual(other) ? kRealForNormal : kOtherInput;
}

bool nearly_whole(double number) { return std::abs(number - std::round(number)) < 0.05 * number; }

// "twice the rows"; empty where both are the same.
std::string ratio_text(std::int64_t there, std::int64_t asked, std::string_view what) {
  if (there == asked) return "";
  const double ratio = static_cast<double>(there) / static_cast<double>(asked);
  if (std::abs(ratio - 1) < 0.05) return fmt::format("nearly the same {}", what);
  if (ratio > 1) {
    if (!nearly_whole(ratio)) return fmt::format("{:.1f}x the {}", ratio, what);
    if (ratio < 1.5) return fmt::format("{:.2f}x the {}", ratio, what);
    return ratio < 2.5 ? fmt::format("twice the {}", what)
                       : fmt::format("{:.0f}x the {}", ratio, what);
  }
  if (!nearly_whole(1 / ratio) || 1 / ratio < 1.5)
    return fmt::format("{:.2g}x the {}", ratio, what);
  return 1 / ratio < 2.5 ? fmt::format("half the {}", what)
                         : fmt::format("1/{:.0f} of the {}", 1 / ratio, what);
}

std::string instead_text(std::string_view there, std::string_view asked, std::string_view what) {
  return there == asked ? "" : fmt::format("{}{} instead of {}", there, what, asked);
}

std::vector<std::string> differences(const CaseResult& cell, const Question& question) {
  const Case& there = cell.bench_case;
  const Case& asked = question.shape;
  std::vector<std::string> words = {
      ratio_text(there.rows, asked.rows, "rows"),
      ratio_text(there.cols, asked.cols, "vocabulary"),
      ratio_text(there.k, asked.k, "k"),
      instead_text(name_of(there.dtype), name_of(asked.dtype), ""),
      instead_text(input_name(there), input_name(asked), " inputs"),
      instead_text(name_of(cell.mode), name_of(question.mode), " reads"),
      instead_text(std::to_string(cell.threads), std::to_string(question.threads), " threads")};
  std::erase(words, "");
  return words;
}

std::ptrdiff_t times_in(const CaseResult& cell) {
  return std::count_if(cell.paths.begin(), cell.paths.end(),
                       [](const PathResult& path) { return timed(&path); });
}

}  // namespace

double distance_of(const CaseResult& cell, const Question& question) {
  const Case& there = cell.bench_case;
  const Case& asked = question.shape;
  return steps(there.rows, asked.rows) + steps(there.cols, asked.cols) + steps(there.k, asked.k) +
         type_steps(there.dtype, asked.dtype) + input_steps(there, asked) +
         (cell.mode == question.mode ? 0 : kOtherMode) + steps(cell.threads, question.threads);
}

std::string distance_text(const Cell& cell, const Question& question) {
  const std::vector<std::string> words = differences(*cell.result, question);
  if (words.empty()) return "this shape, measured";
  return fmt::format("{}{}", cell.distance > kFarDistance ? "far: " : "", fmt::join(words, ", "));
}

std::vector<Cell> cells_by_distance(const std::vector<const SavedRun*>& runs,
                                    const Question& question) {
  std::vector<Cell> cells;
  for (const SavedRun* run : runs) {
    for (const CaseResult& result : run->cases) {
      if (result.device != question.device) continue;
      cells.push_back({run, &result, distance_of(result, question)});
    }
  }
  std::stable_sort(cells.begin(), cells.end(), [](const Cell& one, const Cell& other) {
    const auto times = times_in(*one.result), other_times = times_in(*other.result);
    return std::tie(one.distance, other_times, other.run->environment.date) <
           std::tie(other.distance, times, one.run->environment.date);
  });
  return cells;
}

}  // namespace skim::bench
