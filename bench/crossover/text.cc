// A crossover as a table: shapes down, plans across, each plan under a letter.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "crossover/crossover.h"
#include "text.h"

namespace skim::bench {
namespace {

constexpr std::size_t kShapeWidth = 40;

char letter(std::size_t plan) { return static_cast<char>('A' + plan % 26); }

// The plan's own, where it is none of those compared, has the name of a column and no letter.
std::string column_of(const CrossoverShape& shape, std::size_t cell, const Boundary& boundary) {
  return cell < boundary.plans.size() ? std::string(1, letter(cell)) : shape.cells[cell].plan;
}

std::string time_text(const CrossoverCell& cell) {
  if (!cell.refusal.empty()) return "- ";
  if (!cell.timed()) return std::string(name_of(cell.result.status));
  return us_text(cell.result.timing.median_us) + (cell.chosen ? "*" : " ");
}

std::size_t place_of(const CrossoverShape& shape, const CrossoverCell* cell) {
  return static_cast<std::size_t>(cell - shape.cells.data());
}

// "B, 1.08x before A"
std::string winner_text(const CrossoverShape& shape, const Boundary& boundary) {
  const CrossoverCell* fastest = shape.fastest();
  if (fastest == nullptr) return "";
  const CrossoverCell* second = nullptr;
  for (const CrossoverCell& cell : shape.cells) {
    if (!cell.timed() || &cell == fastest) continue;
    if (second == nullptr || cell.result.timing.median_us < second->result.timing.median_us) {
      second = &cell;
    }
  }
  std::string text = column_of(shape, place_of(shape, fastest), boundary);
  if (second == nullptr) return text;
  return fmt::format("{}, {:.2f}x before {}", text,
                     second->result.timing.median_us / fastest->result.timing.median_us,
                     column_of(shape, place_of(shape, second), boundary));
}

bool has_own_plan(const Crossover& crossover) {
  for (const CrossoverShape& shape : crossover.shapes) {
    if (shape.cells.size() > crossover.boundary.plans.size()) return true;
  }
  return false;
}

std::string heading_of(const Crossover& crossover) {
  const Boundary& boundary = crossover.boundary;
  std::string text = boundary.name + "\n";
  for (std::size_t i = 0; i < boundary.plans.size(); ++i) {
    text += fmt::format("  {}  {}\n", letter(i), boundary.plans[i].text);
  }
  text += fmt::format("  {:<{}}", "shape", kShapeWidth);
  for (std::size_t i = 0; i < boundary.plans.size(); ++i) {
    text += fmt::format("  {:>7} ", letter(i));
  }
  if (has_own_plan(crossover)) text += fmt::format("  {:>7} ", "plan");
  return text + "  fastest\n";
}

std::string line_of(const CrossoverShape& shape, const Crossover& crossover) {
  const std::size_t columns = crossover.boundary.plans.size() + (has_own_plan(crossover) ? 1 : 0);
  std::string line = fmt::format("  {:<{}}", to_string(shape.bench_case), kShapeWidth);
  for (std::size_t i = 0; i < columns; ++i) {
    line += fmt::format("  {:>8}", i < shape.cells.size() ? time_text(shape.cells[i]) : "");
  }
  return line + "  " + winner_text(shape, crossover.boundary) + "\n";
}

// Plans that refuse shapes for one reason, or fail in one way, share a line.
std::string notes_of(const Crossover& crossover) {
  struct Note {
    std::string what;
    std::vector<std::string> shapes;
  };
  std::vector<Note> notes;
  for (const CrossoverShape& shape : crossover.shapes) {
    for (std::size_t i = 0; i < shape.cells.size(); ++i) {
      const CrossoverCell& cell = shape.cells[i];
      if (cell.timed()) continue;
      const std::string what = column_of(shape, i, crossover.boundary) + ": " +
                               (cell.refusal.empty() ? cell.result.message : cell.refusal);
      auto found = std::find_if(notes.begin(), notes.end(),
                                [&](const Note& note) { return note.what == what; });
      if (found == notes.end()) found = notes.insert(found, {what, {}});
      found->shapes.push_back(to_string(shape.bench_case));
    }
  }
  std::string lines;
  for (const Note& note : notes) {
    const std::size_t more = note.shapes.size() - 1;
    const std::string others = more == 0 ? "" : fmt::format(" and {} more", more);
    lines += paragraph("  -", fmt::format("{} ({}{})", note.what, note.shapes.front(), others), 5);
  }
  return lines;
}

std::int64_t on_axis(const Case& bench_case, Axis axis) {
  if (axis == Axis::rows) return bench_case.rows;
  return axis == Axis::cols ? bench_case.cols : bench_case.k;
}

std::string_view name_of_axis(Axis axis) {
  if (axis == Axis::rows) return "rows";
  return axis == Axis::cols ? "cols" : "k";
}

// "A to k 16, B from k 32"
std::string spans_text(const Crossover& crossover) {
  const std::vector<Span> spans = best_spans(crossover);
  const Axis axis = crossover.boundary.axis;
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const bool last = i + 1 == spans.size();
    const Case& edge = crossover.shapes[last ? spans[i].first : spans[i].last].bench_case;
    if (spans.size() == 1) {
      parts.push_back(fmt::format("{} everywhere", letter(spans[i].plan)));
    } else {
      parts.push_back(fmt::format("{} {} {} {}", letter(spans[i].plan), last ? "from" : "to",
                                  name_of_axis(axis), on_axis(edge, axis)));
    }
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string loss_text(const Crossover& crossover) {
  const auto loss = loss_of_choice(crossover);
  if (!loss) return "";
  return fmt::format("{:.2f}x at most, on {}", loss->ratio,
                     to_string(crossover.shapes[loss->shape].bench_case));
}

}  // namespace

std::string text_of(const Crossover& crossover) {
  std::string text = heading_of(crossover);
  for (const CrossoverShape& shape : crossover.shapes) text += line_of(shape, crossover);
  text += notes_of(crossover);
  const std::string spans = spans_text(crossover);
  if (!spans.empty()) text += paragraph("  best", spans);
  const std::string loss = loss_text(crossover);
  if (!loss.empty()) text += paragraph("  * loses", loss);
  return text + "\n";
}

}  // namespace skim::bench
