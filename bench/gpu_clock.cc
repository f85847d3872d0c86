#include "gpu_clock.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <utility>

namespace skim::bench {
namespace {

class GpuStopwatch final : public Stopwatch {
 public:
  GpuStopwatch(Gpu& gpu, GpuCalls calls, std::function<void(const std::string&)> on_uncaptured)
      : gpu_(gpu), calls_(std::move(calls)), on_uncaptured_(std::move(on_uncaptured)) {}

  void calibrate() override {
    const std::int32_t inputs = calls_.inputs;
    const double eager_us = gpu_.time_us([&] { calls_.enqueue(0, inputs); });
    count_ = calls_of_graph(inputs, eager_us / inputs);
    make_graph();
    replay();
    warm_replays_ = warm_replays(gpu_.time_us([this] { replay(); }));
  }

  // Enqueues without waiting: the GPU goes from here to the timed replay without a gap.
  void warm(std::int64_t) override {
    for (int i = 0; i < warm_replays_; ++i) replay();
  }

  Lap time(std::int64_t) override {
    return {gpu_.time_us([this] { replay(); }), 0, count_ - 1};
  }

 private:
  void make_graph() {
    try {
      graph_ = calls_.capture(0, count_);
    } catch (const std::exception& error) {
      on_uncaptured_(error.what());
    }
  }

  void replay() {
    if (graph_ != nullptr) return graph_->launch();
    calls_.enqueue(0, count_);
  }

  Gpu& gpu_;
  GpuCalls calls_;
  std::function<void(const std::string&)> on_uncaptured_;
  std::int64_t count_ = 1;
  int warm_replays_ = 1;
  std::unique_ptr<GpuGraph> graph_;
};

}  // namespace

std::int64_t calls_of_graph(std::int32_t inputs, double us_per_call) {
  constexpr double kUsualCalls = 24;
  constexpr double kLongestUs = 10'000;
  const double wanted = std::clamp(kLongestUs / std::max(us_per_call, 1e-3), 1.0, kUsualCalls);
  const auto rotations = static_cast<std::int64_t>(wanted / inputs);
  return std::max<std::int64_t>(rotations, 1) * inputs;
}

int warm_replays(double us_of_replay) {
  constexpr double kBusyUs = 100;
  constexpr double kMostReplays = 8;
  return static_cast<int>(
      std::clamp(std::ceil(kBusyUs / std::max(us_of_replay, 1.0)), 1.0, kMostReplays));
}

std::shared_ptr<Stopwatch> gpu_stopwatch(
    Gpu& gpu, GpuCalls calls, std::function<void(const std::string& why)> on_uncaptured) {
  return std::make_shared<GpuStopwatch>(gpu, std::move(calls), std::move(on_uncaptured));
}

double host_us_of_call(Gpu& gpu, const RunCalls& enqueue) {
  using SteadyClock = std::chrono::steady_clock;
  constexpr int kCalls = 20;
  std::array<double, 15> samples{};
  for (double& sample : samples) {
    gpu.synchronise();
    const SteadyClock::time_point start = SteadyClock::now();
    enqueue(0, kCalls);
    const std::chrono::duration<double, std::micro> elapsed = SteadyClock::now() - start;
    sample = elapsed.count() / kCalls;
  }
  gpu.synchronise();
  std::nth_element(samples.begin(), samples.begin() + samples.size() / 2, samples.end());
  return samples[samples.size() / 2];
}

}  // namespace skim::bench
