// Times contestants against each other: interleaved, so that drift of the machine hits all alike.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace skim::bench {

// Which inputs successive calls read.
enum class BufferMode : std::uint8_t {
  cold,     // as many in turn as exceed 4x the L2 of what is in use: on a CPU they sit in L3
  rotate8,  // 8 in turn
  hot,      // the same one
};
std::string_view name_of(BufferMode mode);
BufferMode parse_buffer_mode(std::string_view name);          // throws std::invalid_argument
std::string to_string(BufferMode mode, std::int32_t inputs);  // "cold: 42 inputs in turn"
// `l2_bytes`: of all cores in use together, or of a GPU.
std::int32_t input_count(BufferMode mode, std::int64_t matrix_bytes, std::int64_t l2_bytes);

struct Timing {
  double median_us = 0;  // of one call
  double fastest_us = 0;
  double spread = 0;  // interquartile range / median
  int samples = 0;
  std::int64_t calls_per_sample = 0;
};

// One sample: calls first..last took this long together.
struct Lap {
  double us = 0;
  std::int64_t first = 0;
  std::int64_t last = 0;

  std::int64_t calls() const { return last - first + 1; }
};

// How the calls of one contestant are repeated and timed.
class Stopwatch {
 public:
  virtual ~Stopwatch() = default;
  virtual void calibrate() = 0;               // once, before the race
  virtual void warm(std::int64_t round) = 0;  // off the clock, right before time(round)
  virtual Lap time(std::int64_t round) = 0;
};

// Runs calls `first`, `first` + 1, ..., `first` + `count` - 1.
using RunCalls = std::function<void(std::int64_t first, std::int64_t count)>;

// By the steady clock; short calls are repeated until a sample lasts `sample_us`.
std::shared_ptr<Stopwatch> host_stopwatch(RunCalls run, double sample_us = 300);

struct Contestant {
  std::shared_ptr<Stopwatch> stopwatch;
  // Both off the clock.
  std::function<void()> before_sample = [] {};
  // Looks at what calls first..last left; false ends its race.
  std::function<bool(std::int64_t first, std::int64_t last)> after_sample =
      [](std::int64_t, std::int64_t) { return true; };

  Timing timing;         // filled by race()
  bool finished = true;  // false: ended by after_sample
};

struct RaceOptions {
  int rounds = 25;
  double budget_us = 2'000'000;  // a contestant slower than this over all rounds gets fewer samples
  int least_rounds = 5;          // but not fewer than these
  std::function<void(int round)> on_round = [](int) {};
};

void race(std::vector<Contestant>& contestants, const RaceOptions& options);

}  // namespace skim::bench
