#include "terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace skim::bench {
namespace {

constexpr const char* kEraseLine = "\r\x1b[K";

std::string bar(std::size_t done, std::size_t total) {
  constexpr std::size_t kWidth = 20;
  const std::size_t filled = total == 0 ? 0 : kWidth * done / total;
  return std::string(filled, '#') + std::string(kWidth - filled, '.');
}

}  // namespace

Painter Painter::for_stdout() {
  const char* no_color = std::getenv("NO_COLOR");
  const bool wanted = no_color == nullptr || *no_color == '\0';
  return Painter(wanted && isatty(STDOUT_FILENO) == 1);
}

std::string Painter::paint(std::string_view text, Tone tone) const {
  const char* code = tone == Tone::good ? "32" : tone == Tone::bad ? "1;31" : "2";
  if (!colours_ || tone == Tone::plain) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

Progress::Progress(std::size_t total) : visible_(isatty(STDERR_FILENO) == 1), total_(total) {}

Progress::~Progress() { clear(); }

void Progress::start(std::string_view what) {
  ++current_;
  what_ = what;
  step("");
}

void Progress::step(std::string_view step) {
  if (!visible_) return;
  fmt::print(stderr, "{}[{}] {}/{} {}: {}", kEraseLine, bar(current_ - 1, total_), current_, total_,
             what_, step);
  std::fflush(stderr);
}

void Progress::clear() {
  if (visible_) fmt::print(stderr, "{}", kEraseLine);
}

}  // namespace skim::bench
