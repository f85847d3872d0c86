#include "side_by_side.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>

#include "published.h"
#include "text.h"

namespace skim::bench {
namespace {

// Lowest is best.
std::tuple<bool, bool, double> rank_of(const PathResult& path) {
  return {path.status != Status::ok, wrong_on_hard_input(path), path.timing.median_us};
}

// Of CUB's ways the fastest that is right on hard inputs too, or else the fastest.
const PathResult* best_cub(const CaseResult& result) {
  const PathResult* best = nullptr;
  for (const PathResult& path : result.paths) {
    if (!path.name.starts_with("CUB")) continue;
    if (best == nullptr || rank_of(path) < rank_of(*best)) best = &path;
  }
  return best;
}

struct Mark {
  char letter;
  std::string_view label;  // how it begins
  std::string_view meaning;
};

constexpr std::array kMarks = {Mark{'u', "unsorted", "unsorted"},
                               Mark{'t', "ties any order", "ties in any order"},
                               Mark{'n', "nondeterministic", "nondeterministic"},
                               Mark{'i', "inexact", "inexact"},
                               Mark{'e', "events", "timed by events"},
                               Mark{'r', "random numbers", "random numbers of its own"},
                               Mark{'k', "keeps ties", "keeps ties"}};
constexpr char kWrongMark = '!';

std::string marks_of(const PathResult& path) {
  std::string marks;
  for (const std::string& label : path.labels) {
    for (const Mark& mark : kMarks) {
      if (label.starts_with(mark.label)) marks += mark.letter;
    }
  }
  if (wrong_on_hard_input(path)) marks += kWrongMark;
  return marks;
}

std::string cell_of(const PathResult* path) {
  if (path == nullptr) return "";
  switch (path->status) {
    case Status::ok: {
      const std::string marks = marks_of(*path);
      return us_text(path->timing.median_us) + (marks.empty() ? "" : " " + marks);
    }
    case Status::not_applicable:
      return "N/A";
    case Status::wrong:
      return "WRONG";
    case Status::error:
      return "ERROR";
  }
  return "";
}

std::string relative(double triton_us, double pytorch_us) {
  return triton_us >= pytorch_us ? fmt::format("{:.1f}x slower", triton_us / pytorch_us)
                                 : fmt::format("{:.1f}x faster", pytorch_us / triton_us);
}

std::string measured_relative(const CaseResult& result) {
  const PathResult* pytorch = path_named(result, "PyTorch");
  const PathResult* triton = path_named(result, kPublishedTriton);
  if (!timed(pytorch) || !timed(triton)) return "";
  return relative(triton->timing.median_us, pytorch->timing.median_us);
}

std::string published_text(const CaseResult& result) {
  const auto published = published_for(result.bench_case);
  if (!published) return "";
  return fmt::format("{:.0f}, {:.0f}, {}", published->pytorch_us, published->triton_us,
                     relative(published->triton_us, published->pytorch_us));
}

std::string shape_text(const CaseResult& result, std::int64_t Case::*field) {
  return fmt::format("{}", result.bench_case.*field);
}

struct Column {
  std::string title;
  std::function<std::string(const CaseResult&)> cell;
  bool highlighted = false;
  bool marked = false;  // its cells are times with marks
};

template <class Choose>
Column times_column(const char* title, Choose choose) {
  Column column{title, [choose](const CaseResult& result) { return cell_of(choose(result)); }};
  column.marked = true;
  return column;
}

Column path_column(const char* title, std::string_view name) {
  return times_column(title, [name](const CaseResult& result) { return path_named(result, name); });
}

std::vector<Column> all_columns() {
  return {
      {"Batch", [](const CaseResult& result) { return shape_text(result, &Case::rows); }},
      {"Vocab", [](const CaseResult& result) { return shape_text(result, &Case::cols); }},
      {"k",
       [](const CaseResult& result) {
         return result.bench_case.sampling ? std::string() : shape_text(result, &Case::k);
       }},
      {"draws from",
       [](const CaseResult& result) {
         return result.bench_case.sampling ? to_string(*result.bench_case.sampling) : std::string();
       }},
      {"dtype",
       [](const CaseResult& result) {
         return std::string(skim::name_of(result.bench_case.dtype)) +
                (result.bench_case.distribution == Distribution::normal
                     ? ""
                     : fmt::format(" {}", input_name(result.bench_case)));
       }},
      path_column("PyTorch", "PyTorch"),
      path_column("PyTorch as vLLM", "PyTorch (as vLLM)"),
      path_column("top-k first", "PyTorch (top-k first)"),
      path_column("Hugging Face", "Hugging Face"),
      path_column("FlashInfer sampling", "FlashInfer (sampling)"),
      path_column("C++ chain", "C++ chain"),
      path_column("torch.topk", "torch.topk"),
      path_column("patched", "torch.topk (patched)"),
      path_column("skim.torch.topk", "skim.torch.topk"),
      path_column("skim.topk", "skim.topk"),
      path_column("jax.lax.top_k", "jax.lax.top_k"),
      path_column("skim.jax.topk", "skim.jax.topk"),
      path_column("Triton", kPublishedTriton),
      {"Relative", measured_relative, true},
      {fmt::format("published {}, {}", kPublishedGpu, kPublishedDate), published_text},
      path_column("Triton best", "Triton (best)"),
      path_column("CuTe", "CuTe"),
      path_column("QuACK", "QuACK"),
      path_column("skim", "skim"),
      times_column("CUB", best_cub),
      path_column("FlashInfer", "FlashInfer"),
      {"floor",
       [](const CaseResult& result) {
         return result.floor ? us_text(result.floor->timing.median_us) : std::string();
       }},
  };
}

// A column of the run, its cells aligned.
struct Filled {
  Column column;
  std::vector<std::string> cells;
  std::size_t width = 0;
};

// Columns without a cell are of paths that were not asked for, or of figures that do not exist.
std::vector<Filled> fill_columns(const std::vector<const CaseResult*>& results) {
  std::vector<Filled> filled;
  for (Column& column : all_columns()) {
    Filled next{std::move(column), {}, 0};
    bool any = false;
    for (const CaseResult* result : results) {
      next.cells.push_back(next.column.cell(*result));
      any = any || !next.cells.back().empty();
      next.width = std::max(next.width, next.cells.back().size());
    }
    next.width = std::max(next.width, next.column.title.size());
    if (any) filled.push_back(std::move(next));
  }
  return filled;
}

// Of the letters that stand in the table, behind times; empty where none does.
std::string legend_of(const std::vector<Filled>& columns) {
  std::set<char> used;
  for (const Filled& filled : columns) {
    if (!filled.column.marked) continue;
    for (const std::string& cell : filled.cells) {
      const std::size_t space = std::min(cell.find(' '), cell.size());
      used.insert(cell.begin() + static_cast<std::ptrdiff_t>(space), cell.end());
    }
  }
  std::vector<std::string> meanings;
  for (const Mark& mark : kMarks) {
    if (used.contains(mark.letter)) {
      meanings.push_back(fmt::format("{} {}", mark.letter, mark.meaning));
    }
  }
  if (used.contains(kWrongMark)) meanings.emplace_back("! wrong on hard inputs, named above");
  return meanings.empty() ? "" : fmt::format("  {}\n", fmt::join(meanings, ", "));
}

std::string titles_of(const std::vector<Filled>& columns) {
  std::string line;
  for (const Filled& filled : columns) {
    line += fmt::format("  {:>{}}", filled.column.title, filled.width);
  }
  return line + "\n";
}

std::string line_of(const std::vector<Filled>& columns, std::size_t row, const Painter& painter) {
  std::string line;
  for (const Filled& filled : columns) {
    const std::string& text = filled.cells[row];
    line += "  " + std::string(filled.width - text.size(), ' ');
    const Tone tone = text.ends_with("slower") ? Tone::bad : Tone::good;
    line += filled.column.highlighted ? painter.paint(text, tone) : text;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

std::string remarks(const std::vector<const CaseResult*>& results) {
  std::vector<std::pair<std::string_view, std::vector<std::string>>> by_text;
  for (const CaseResult* result : results) {
    const std::string_view text = remark_on(result->bench_case);
    if (text.empty()) continue;
    auto found = std::find_if(by_text.begin(), by_text.end(),
                              [&](const auto& entry) { return entry.first == text; });
    if (found == by_text.end()) found = by_text.insert(found, {text, {}});
    const std::string shape =
        fmt::format("{} x {}", result->bench_case.rows, result->bench_case.cols);
    if (found->second.empty() || found->second.back() != shape) found->second.push_back(shape);
  }
  std::string lines;
  for (const auto& [text, shapes] : by_text) {
    lines += fmt::format("  {}: {}\n", fmt::join(shapes, ", "), text);
  }
  return lines;
}

bool has_times(const CaseResult& result) {
  return std::any_of(result.paths.begin(), result.paths.end(),
                     [](const PathResult& path) { return timed(&path); });
}

}  // namespace

std::string side_by_side(const std::vector<CaseResult>& results, const Painter& painter) {
  std::vector<const CaseResult*> rows;
  for (const CaseResult& result : results) {
    if (has_times(result)) rows.push_back(&result);
  }
  if (rows.empty()) return "";
  const std::vector<Filled> columns = fill_columns(rows);
  std::string text = fmt::format("Side by side, microseconds a call\n{}", titles_of(columns));
  for (std::size_t row = 0; row < rows.size(); ++row) text += line_of(columns, row, painter);
  return text + legend_of(columns) + remarks(rows) + "\n";
}

}  // namespace skim::bench
