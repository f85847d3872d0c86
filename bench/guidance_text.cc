#include "guidance_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "noise.h"
#include "text.h"

namespace skim::bench {
namespace {

bool hard_inputs_known(const CaseResult& cell) {
  return std::any_of(cell.paths.begin(), cell.paths.end(),
                     [](const PathResult& path) { return path.wrong_on.has_value(); });
}

// What the path promised in that cell, and what is known against it.
std::string promises_text(const PathResult& path, const CaseResult& cell) {
  std::vector<std::string> promised, remarks;
  for (const std::string& label : path.labels) {
    (label.starts_with("events") ? remarks : promised).push_back(label);
  }
  if (promised.empty()) promised.emplace_back("exact, sorted, ties by index");
  if (wrong_on_hard_input(path)) {
    promised.push_back(fmt::format("but wrong on {}", fmt::join(*path.wrong_on, ", ")));
  } else if (!path.wrong_on && hard_inputs_known(cell)) {
    promised.emplace_back("hard inputs not tried");
  }
  promised.insert(promised.end(), remarks.begin(), remarks.end());
  return fmt::format("{}", fmt::join(promised, ", "));
}

std::size_t name_width(const CaseResult& cell) {
  std::size_t width = 5;  // "floor"
  for (const PathResult& path : cell.paths) {
    if (timed(&path)) width = std::max(width, path.name.size());
  }
  return width;
}

std::string row(std::string_view name, std::size_t width, const std::string& us,
                const std::string& host, const std::string& ratio, const std::string& promises) {
  const std::string start =
      fmt::format("  {:<{}} {:>8} {:>8} {:>8}  ", name, width, us, host, ratio);
  return paragraph(start, promises, start.size());
}

std::string time_rows(const CaseResult& cell) {
  const std::size_t width = name_width(cell);
  const double own_us = path_named(cell, "skim")->timing.median_us;
  std::string rows = row("path", width, "us", "host us", "/ skim", "promises");
  if (cell.floor) rows += row("floor", width, us_text(cell.floor->timing.median_us), "", "", "");
  for (const PathResult& path : cell.paths) {
    if (!timed(&path)) continue;
    const double us = path.timing.median_us;
    rows += row(path.name, width, us_text(us), path.host_us ? us_text(*path.host_us) : "",
                fmt::format("{:.2f}x", us / own_us), promises_text(path, cell));
  }
  return rows;
}

// Why paths have no time there; those with the same reason together.
std::string untimed_rows(const CaseResult& cell) {
  std::vector<std::string> reasons;
  std::map<std::string, std::vector<std::string>> names;
  for (const PathResult& path : cell.paths) {
    if (timed(&path)) continue;
    const char* word = path.status == Status::not_applicable ? "N/A" : "WRONG";
    const std::string reason = fmt::format("{}, {}", word, path.message);
    if (!names.contains(reason)) reasons.push_back(reason);
    names[reason].push_back(path.name);
  }
  std::string rows;
  for (const std::string& reason : reasons) {
    rows += paragraph("", fmt::format("{}: {}", fmt::join(names[reason], ", "), reason), 2);
  }
  return rows;
}

std::string together_text(const Cell& cell, const Question& question) {
  std::string text = paragraph("measured", fmt::format("{}: {}", to_string(cell.result->bench_case),
                                                       distance_text(cell, question)));
  text += paragraph(
      "", fmt::format("{} ({}), microseconds a call", short_name(*cell.run), origin_of(*cell.run)));
  text += time_rows(*cell.result) + untimed_rows(*cell.result);
  if (!hard_inputs_known(*cell.result)) {
    text += paragraph("", "that run did not try the paths on hard inputs (masks, NaN, ties)", 2);
  }
  return text;
}

std::string elsewhere_line(const PathElsewhere& one, const Question& question) {
  const PathResult* own = path_named(*one.cell.result, "skim");
  const std::string beside =
      timed(own) ? fmt::format(" (skim beside it {})", us_text(own->timing.median_us)) : "";
  return paragraph(
      "",
      fmt::format("{}: {} us{} at {}; {}; {}; {}", one.path->name,
                  us_text(one.path->timing.median_us), beside,
                  to_string(one.cell.result->bench_case), distance_text(one.cell, question),
                  promises_text(*one.path, *one.cell.result), short_name(*one.cell.run)),
      2);
}

std::string elsewhere_text(const Guidance& guidance, const Question& question) {
  if (guidance.elsewhere.empty()) return "";
  std::string text = paragraph("elsewhere", "the nearest time of each path without one there");
  for (const PathElsewhere& one : guidance.elsewhere) text += elsewhere_line(one, question);
  return text;
}

// "PyTorch took 36.6 us, 6.1x as long"
std::string beside(const PathResult& use, const PathResult& other) {
  const double share = other.timing.median_us / use.timing.median_us;
  const std::string took =
      fmt::format("{} took {} us", other.name, us_text(other.timing.median_us));
  if (!slower(other.timing, use.timing) && !slower(use.timing, other.timing)) {
    return fmt::format("{}, the same within the noise of {:.0f} %", took,
                       100 * noise_of(use.timing, other.timing));
  }
  return fmt::format("{}, {:.2f}x as long", took, share);
}

std::string use_text(const Guidance& guidance) {
  const PathResult& use = *guidance.use;
  std::vector<std::string> parts = {fmt::format(
      "{}: {} us ({}); no other path that gives an exact and sorted result here is "
      "faster beyond the noise",
      use.name, us_text(use.timing.median_us), promises_text(use, *guidance.together->result))};
  for (const char* name : {"skim", "PyTorch"}) {
    const PathResult* other = path_named(*guidance.together->result, name);
    if (other != &use && timed(other)) parts.push_back(beside(use, *other));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string faster_text(const Guidance& guidance) {
  std::string text;
  for (const Competitor* one : guidance.faster) {
    text += paragraph("", fmt::format("faster, but: {}, {} us ({})", one->path->name,
                                      us_text(one->path->timing.median_us), one->objection));
  }
  return text;
}

std::string cautions_text(const Guidance& guidance, const Question& question,
                          const std::string& caution) {
  const Cell& cell = *guidance.together;
  std::string text;
  if (cell.distance > kFarDistance) {
    text += paragraph("", "this rests on a far cell: measure before you rely on it");
  } else if (cell.distance > 0) {
    text += paragraph("", fmt::format("this rests on a near cell, not on this one: {}",
                                      distance_text(cell, question)));
  }
  if (!caution.empty()) text += paragraph("", caution);
  return text;
}

std::string recommendation(const Guidance& guidance, const Question& question,
                           const std::string& caution) {
  if (guidance.use == nullptr) {
    return paragraph("use", guidance.together
                                ? "none of the measured paths gives an exact and sorted result "
                                  "there: measure the case itself"
                                : "no measured cell compares skim with another path: measure it");
  }
  return paragraph("use", use_text(guidance)) + faster_text(guidance) +
         cautions_text(guidance, question, caution);
}

std::string measure_command(const Question& question) {
  const Case& shape = question.shape;
  std::string command =
      fmt::format("python3 -m skim bench --device {} --batch {} --vocab {} --k {} --dtype {}",
                  question.device, shape.rows, shape.cols, shape.k, name_of(shape.dtype));
  if (shape.distribution != Distribution::normal) {
    command += fmt::format(" --dist {}", input_name(shape));
  }
  if (question.threads != 1) command += fmt::format(" --threads {}", question.threads);
  const BufferMode usual = question.device == "cuda" ? BufferMode::rotate8 : BufferMode::cold;
  if (question.mode != usual) command += fmt::format(" --mode {}", name_of(question.mode));
  return command;
}

}  // namespace

std::string guidance_text(const Guidance& guidance, const Question& question,
                          const std::string& caution) {
  const std::string together = guidance.together ? together_text(*guidance.together, question) : "";
  return together + elsewhere_text(guidance, question) +
         recommendation(guidance, question, caution) +
         paragraph("measure", measure_command(question));
}

}  // namespace skim::bench
