// Times contestants against each other: interleaved, so that drift of the machine hits all alike.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace skim::bench {

// Which inputs successive calls read.
enum class BufferMode : std::uint8_t {
  cold,     // as many in turn as exceed 4x the L2 of the cores in use: on a CPU they sit in L3
  rotate8,  // 8 in turn
  hot,      // the same one
};
std::string_view name_of(BufferMode mode);
BufferMode parse_buffer_mode(std::string_view name);          // throws std::invalid_argument
std::string to_string(BufferMode mode, std::int32_t inputs);  // "cold: 42 inputs in turn"
std::int32_t input_count(BufferMode mode, std::int64_t matrix_bytes, std::int64_t l2_bytes,
                         int threads);

struct Timing {
  double median_us = 0;  // of one call
  double fastest_us = 0;
  double spread = 0;  // interquartile range / median
  int samples = 0;
  std::int64_t calls_per_sample = 0;
};

struct Contestant {
  // The timed part: calls `first`, `first` + 1, ...; all other members run off the clock.
  std::function<void(std::int64_t first, std::int64_t count)> run;
  std::function<void()> before_sample = [] {};
  // Looks at what calls first..last left; false ends its race.
  std::function<bool(std::int64_t first, std::int64_t last)> after_sample =
      [](std::int64_t, std::int64_t) { return true; };

  Timing timing;         // filled by race()
  bool finished = true;  // false: ended by after_sample
};

struct RaceOptions {
  int rounds = 25;
  double sample_us = 300;        // a sample repeats short calls until it lasts this long
  double budget_us = 2'000'000;  // a contestant slower than this over all rounds gets fewer samples
  int least_rounds = 5;          // but not fewer than these
  std::function<void(int round)> on_round = [](int) {};
};

void race(std::vector<Contestant>& contestants, const RaceOptions& options);

}  // namespace skim::bench
