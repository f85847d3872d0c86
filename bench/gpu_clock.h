// Times calls on a GPU: replays of a CUDA graph between events, else events around a batch.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "clock.h"
#include "gpu.h"

namespace skim::bench {

// How many calls one sample has: about 24, in whole rotations over the inputs; fewer where they
// would take long.
std::int64_t calls_of_graph(std::int32_t inputs, double us_per_call);

// How many replays before a timed one keep the GPU busy while the host enqueues that.
int warm_replays(double us_of_replay);

struct GpuCalls {
  RunCalls enqueue;
  std::function<std::unique_ptr<GpuGraph>(std::int64_t first, std::int64_t count)> capture;
  std::int32_t inputs = 1;
};

// By graph replays; where capture() throws, by events around the calls, enqueued one by one, after
// `on_uncaptured` was told why.
std::shared_ptr<Stopwatch> gpu_stopwatch(
    Gpu& gpu, GpuCalls calls,
    std::function<void(const std::string& why)> on_uncaptured = [](const std::string&) {});

// Microseconds that one call takes from the host, which enqueues so few that the driver's queue
// never fills.
double host_us_of_call(Gpu& gpu, const RunCalls& enqueue);

}  // namespace skim::bench
