// What a terminal gets and a pipe does not: colours and a progress bar.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace skim::bench {

enum class Tone { plain, good, bad, faint };

// Colours only where standard output is a terminal and NO_COLOR (https://no-color.org) is not set.
class Painter {
 public:
  static Painter for_stdout();
  explicit Painter(bool colours) : colours_(colours) {}
  std::string paint(std::string_view text, Tone tone) const;

 private:
  bool colours_;
};

// One line on standard error that is rewritten in place; nothing where that is not a terminal.
class Progress {
 public:
  explicit Progress(std::size_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void start(std::string_view what);  // the next of `total`
  void step(std::string_view step);
  void clear();

 private:
  bool visible_;
  std::size_t total_;
  std::size_t current_ = 0;
  std::string what_;
};

}  // namespace skim::bench
