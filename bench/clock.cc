#include "clock.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace skim::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

double time_us(const RunCalls& run, std::int64_t first, std::int64_t count) {
  const SteadyClock::time_point start = SteadyClock::now();
  run(first, count);
  return std::chrono::duration<double, std::micro>(SteadyClock::now() - start).count();
}

// The fastest of three: one that the system interrupted would make a short call look long. A long
// one is not repeated.
double fastest_us(const RunCalls& run, std::int64_t count) {
  constexpr double kLongUs = 100'000;
  double fastest = time_us(run, 0, count);
  for (int i = 1; i < 3 && fastest < kLongUs; ++i) {
    fastest = std::min(fastest, time_us(run, 0, count));
  }
  return fastest;
}

// Calls that last about sample_us together.
std::int64_t calls_of_sample(const RunCalls& run, double sample_us) {
  constexpr std::int64_t kMostCalls = 1 << 20;
  std::int64_t count = 1;
  double elapsed = fastest_us(run, count);
  while (elapsed < sample_us / 2 && count < kMostCalls) {
    count *= 2;
    elapsed = fastest_us(run, count);
  }
  const double one = std::max(elapsed / static_cast<double>(count), 1e-3);
  return std::clamp(static_cast<std::int64_t>(std::ceil(sample_us / one)), std::int64_t{1},
                    kMostCalls);
}

class HostStopwatch final : public Stopwatch {
 public:
  HostStopwatch(RunCalls run, double sample_us) : run_(std::move(run)), sample_us_(sample_us) {}

  void calibrate() override { calls_ = calls_of_sample(run_, sample_us_); }

  // Code and scratch memory, but not the first timed input.
  void warm(std::int64_t round) override {
    if (calls_ > 1) run_(round, 1);
  }

  Lap time(std::int64_t round) override {
    return {time_us(run_, round + 1, calls_), round + 1, round + calls_};
  }

 private:
  RunCalls run_;
  double sample_us_;
  std::int64_t calls_ = 1;
};

double quantile(const std::vector<double>& sorted, double fraction) {
  const double at = fraction * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], at - static_cast<double>(below));
}

Timing summarise(std::vector<double> samples_us, std::int64_t calls) {
  std::sort(samples_us.begin(), samples_us.end());
  Timing timing;
  timing.samples = static_cast<int>(samples_us.size());
  timing.calls_per_sample = calls;
  if (samples_us.empty()) return timing;
  timing.median_us = quantile(samples_us, 0.5);
  timing.fastest_us = samples_us.front();
  timing.spread = (quantile(samples_us, 0.75) - quantile(samples_us, 0.25)) / timing.median_us;
  return timing;
}

// One contestant's state during the race.
struct Lane {
  std::int64_t calls = 0;
  double spent_us = 0;
  std::vector<double> samples_us;

  bool wants_more(const RaceOptions& options) const {
    return static_cast<int>(samples_us.size()) < options.least_rounds ||
           spent_us < options.budget_us;
  }
};

void take_sample(Contestant& contestant, Lane& lane, std::int64_t round) {
  contestant.stopwatch->warm(round);
  contestant.before_sample();
  const Lap lap = contestant.stopwatch->time(round);
  lane.calls = lap.calls();
  lane.spent_us += lap.us;
  lane.samples_us.push_back(lap.us / static_cast<double>(lap.calls()));
  contestant.finished = contestant.after_sample(lap.first, lap.last);
}

}  // namespace

std::shared_ptr<Stopwatch> host_stopwatch(RunCalls run, double sample_us) {
  return std::make_shared<HostStopwatch>(std::move(run), sample_us);
}

std::string_view name_of(BufferMode mode) {
  switch (mode) {
    case BufferMode::cold:
      return "cold";
    case BufferMode::rotate8:
      return "rotate8";
    case BufferMode::hot:
      return "hot";
  }
  return "unknown";
}

BufferMode parse_buffer_mode(std::string_view name) {
  for (const BufferMode mode : {BufferMode::cold, BufferMode::rotate8, BufferMode::hot}) {
    if (name_of(mode) == name) return mode;
  }
  throw std::invalid_argument(
      fmt::format("--mode is '{}' but must be one of cold, rotate8, hot", name));
}

std::string to_string(BufferMode mode, std::int32_t inputs) {
  return fmt::format("{}: {} input{} in turn", name_of(mode), inputs, inputs == 1 ? "" : "s");
}

std::int32_t input_count(BufferMode mode, std::int64_t matrix_bytes, std::int64_t l2_bytes) {
  switch (mode) {
    case BufferMode::hot:
      return 1;
    case BufferMode::rotate8:
      return 8;
    case BufferMode::cold:
      return static_cast<std::int32_t>(4 * l2_bytes / std::max<std::int64_t>(matrix_bytes, 1)) + 1;
  }
  return 1;
}

void race(std::vector<Contestant>& contestants, const RaceOptions& options) {
  std::vector<Lane> lanes(contestants.size());
  for (const Contestant& contestant : contestants) contestant.stopwatch->calibrate();
  for (int round = 0; round < options.rounds; ++round) {
    options.on_round(round);
    for (std::size_t i = 0; i < contestants.size(); ++i) {
      if (!contestants[i].finished || !lanes[i].wants_more(options)) continue;
      take_sample(contestants[i], lanes[i], round);
    }
  }
  for (std::size_t i = 0; i < contestants.size(); ++i) {
    contestants[i].timing = summarise(std::move(lanes[i].samples_us), lanes[i].calls);
  }
}

}  // namespace skim::bench
