#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

#include "report.h"
#include "text.h"

namespace skim::bench {
namespace {

struct Row {
  std::string name;
  std::string time;
  std::string host;
  std::string spread;
  std::string ratio;
  std::string floor;
  std::string worst;
  std::string note;
  Tone tone = Tone::plain;
};

std::string threads_text(int threads) {
  return threads == 1 ? "1 thread" : fmt::format("{} threads", threads);
}

std::string ratio_text(double us, double baseline_us) {
  if (std::max(us, baseline_us) < 1.05 * std::min(us, baseline_us)) return "same";
  return us <= baseline_us ? fmt::format("{:.1f}x faster", baseline_us / us)
                           : fmt::format("{:.1f}x slower", us / baseline_us);
}

std::string spread_text(const Timing& timing) {
  return fmt::format("{:.1f} %", 100 * timing.spread);
}

std::string note_of(const PathResult& path) {
  std::vector<std::string> notes = path.labels;
  if (wrong_on_hard_input(path)) {
    notes.push_back(fmt::format("wrong on {}", fmt::join(*path.wrong_on, " ")));
  }
  return fmt::format("{}", fmt::join(notes, ", "));
}

Row row_of(const PathResult& path, const CaseResult& result, const PathResult* baseline) {
  Row row;
  row.name = path.name;
  row.note = note_of(path);
  const double us = path.timing.median_us;
  row.time = us_text(us);
  if (path.host_us) row.host = us_text(*path.host_us);
  row.spread = spread_text(path.timing);
  row.floor = result.floor ? fmt::format("{:.2f}x", us / result.floor->timing.median_us) : "";
  if (&path == baseline) {
    row.ratio = "baseline";
  } else if (baseline != nullptr) {
    row.ratio = ratio_text(us, baseline->timing.median_us);
    row.tone = path.own_kernel && us < baseline->timing.median_us ? Tone::good : Tone::plain;
  }
  if (const OtherInput* worst = worst_of(path)) {
    row.worst = fmt::format("{:.2f}x, {} ({})", worst->median_us / us, us_text(worst->median_us),
                            worst->input);
  }
  return row;
}

std::vector<Row> rows_of(const CaseResult& result, const PathResult* baseline) {
  std::vector<Row> rows;
  if (result.floor) {
    const Timing& timing = result.floor->timing;
    rows.push_back({"floor", us_text(timing.median_us), "", spread_text(timing), "", "1.00x", "",
                    "plain read, " + result.floor->variant, Tone::faint});
  }
  if (result.launch) {
    rows.push_back({"launch", us_text(result.launch->median_us), "", spread_text(*result.launch),
                    "", "", "", "an empty kernel", Tone::faint});
  }
  for (const PathResult& path : result.paths) {
    if (path.status == Status::ok) rows.push_back(row_of(path, result, baseline));
  }
  return rows;
}

// Of the columns whose width depends on their contents; 0 leaves a column out.
struct Widths {
  std::size_t name = 4;
  std::size_t host = 0;
  std::size_t worst = 0;
};

Widths widths_of(const std::vector<Row>& rows) {
  constexpr std::size_t kHostWidth = 7;
  Widths widths;
  for (const Row& row : rows) {
    widths.name = std::max(widths.name, row.name.size());
    widths.worst = std::max(widths.worst, row.worst.size());
    if (!row.host.empty()) widths.host = kHostWidth;
  }
  return widths;
}

// Pads before it paints: colour codes have no width.
std::string line_of(const Row& row, const Widths& widths, const Painter& painter) {
  std::string line = fmt::format("  {:<{}}  {:>9}", row.name, widths.name, row.time);
  if (widths.host > 0) line += fmt::format("  {:>{}}", row.host, widths.host);
  line += fmt::format("  {:>7}  {:>14}  {:>8}", row.spread, row.ratio, row.floor);
  if (widths.worst > 0) line += fmt::format("  {:>{}}", row.worst, widths.worst);
  if (!row.note.empty()) line += "  " + row.note;
  line.erase(line.find_last_not_of(' ') + 1);
  return painter.paint(line, row.tone) + "\n";
}

// Paths that share a reason share a line.
std::string not_applicable_lines(const CaseResult& result, const Painter& painter) {
  std::vector<std::pair<std::string, std::vector<std::string>>> by_reason;
  for (const PathResult& path : result.paths) {
    if (path.status != Status::not_applicable) continue;
    auto found = std::find_if(by_reason.begin(), by_reason.end(),
                              [&](const auto& entry) { return entry.first == path.message; });
    if (found == by_reason.end()) found = by_reason.insert(found, {path.message, {}});
    found->second.push_back(path.name);
  }
  std::string lines;
  for (const auto& [reason, names] : by_reason) {
    lines +=
        painter.paint(fmt::format("  {}  N/A: {}", fmt::join(names, ", "), reason), Tone::faint) +
        "\n";
  }
  return lines;
}

std::string failure_lines(const CaseResult& result, const Painter& painter) {
  std::string lines;
  for (const PathResult& path : result.paths) {
    if (path.status != Status::wrong && path.status != Status::error) continue;
    const char* word = path.status == Status::wrong ? "WRONG" : "ERROR";
    lines +=
        painter.paint(fmt::format("  {}  {}: {}", path.name, word, path.message), Tone::bad) + "\n";
  }
  return lines;
}

std::string heading_of(const CaseResult& result) {
  std::string heading = fmt::format("{} ({}", to_string(result.bench_case), result.device);
  if (result.device == "cpu") heading += ", " + threads_text(result.threads);
  if (result.inputs > 0) heading += ", " + to_string(result.mode, result.inputs);
  if (result.distinct_inputs < result.inputs) {
    heading += fmt::format(", {} of them distinct", result.distinct_inputs);
  }
  if (result.sm_clock && result.sm_clock->before && result.sm_clock->after) {
    heading +=
        fmt::format(", SM at {} to {} MHz", *result.sm_clock->before, *result.sm_clock->after);
  }
  heading += ")\n";
  return result.real_rows.empty() ? heading : heading + paragraph("  real:", result.real_rows, 9);
}

}  // namespace

std::string table_of(const CaseResult& result, const Painter& painter) {
  const PathResult* baseline = baseline_of(result);
  const std::vector<Row> rows = rows_of(result, baseline);
  std::string table = heading_of(result);
  if (!rows.empty()) {
    const Widths widths = widths_of(rows);
    const Row titles{"path",
                     "us",
                     "host us",
                     "spread",
                     baseline ? "vs " + baseline->name : "",
                     "vs floor",
                     "worst input, us",
                     "",
                     Tone::plain};
    table += line_of(titles, widths, painter);
    for (const Row& row : rows) table += line_of(row, widths, painter);
  }
  return table + failure_lines(result, painter) + not_applicable_lines(result, painter) + "\n";
}

}  // namespace skim::bench
