#include "gpu_floor.h"

#include <algorithm>
#include <functional>
#include <stdexcept>

#include "gpu_clock.h"

namespace skim::bench {
namespace {

Contestant gpu_contestant(Gpu& gpu, const CaseInputs& inputs,
                          const std::function<void(std::int32_t input)>& enqueue) {
  const std::int32_t count = inputs.count();
  const RunCalls calls = [enqueue, count](std::int64_t first, std::int64_t calls_wanted) {
    for (std::int64_t call = first; call < first + calls_wanted; ++call) {
      enqueue(static_cast<std::int32_t>(call % count));
    }
  };
  const auto capture = [&gpu, calls](std::int64_t first, std::int64_t calls_wanted) {
    return gpu.capture([=] { calls(first, calls_wanted); });
  };
  Contestant contestant;
  contestant.stopwatch = gpu_stopwatch(gpu, {calls, capture, count}, [](const std::string& why) {
    throw std::runtime_error("The floor cannot be captured: " + why);
  });
  return contestant;
}

std::vector<double> short_race(const NamedContestants& reads) {
  std::vector<Contestant> contestants;
  for (const auto& [name, contestant] : reads) contestants.push_back(contestant);
  RaceOptions options;
  options.rounds = 3;
  options.least_rounds = 1;
  options.budget_us = 20'000;
  race(contestants, options);
  std::vector<double> fastest;
  for (const Contestant& contestant : contestants) fastest.push_back(contestant.timing.fastest_us);
  return fastest;
}

}  // namespace

NamedContestants best_gpu_reads(Gpu& gpu, const CaseInputs& inputs) {
  constexpr std::size_t kKept = 4;
  const std::size_t bytes = inputs.matrix(0).bytes();
  NamedContestants all;
  for (const GpuRead& read : gpu.reads(bytes)) {
    all.emplace_back(read.name, gpu_contestant(gpu, inputs, [&inputs, read](std::int32_t input) {
                       read.enqueue(inputs.tensors()[input].data);
                     }));
  }
  const std::vector<double> fastest = short_race(all);
  std::vector<std::size_t> order(all.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return fastest[a] < fastest[b]; });
  order.resize(std::min(order.size(), kKept));
  NamedContestants best;
  for (const std::size_t i : order) best.push_back(all[i]);
  return best;
}

Contestant gpu_launches(Gpu& gpu, const CaseInputs& inputs) {
  return gpu_contestant(gpu, inputs, [&gpu](std::int32_t) { gpu.do_nothing(); });
}

}  // namespace skim::bench
