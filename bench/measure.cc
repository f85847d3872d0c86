#include "measure.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include "case_buffers.h"
#include "entry.h"
#include "floor.h"
#include "gpu_floor.h"
#include "hard_rows.h"
#include "real_logits.h"
#include "sampling/bias.h"
#include "skim/device.h"

namespace skim::bench {
namespace {

using Entries = std::vector<std::unique_ptr<Entry>>;

Contestant reader(const CaseInputs& inputs, std::size_t variant, int threads) {
  Contestant contestant;
  contestant.stopwatch =
      host_stopwatch([&inputs, variant, threads](std::int64_t first, std::int64_t count) {
        for (std::int64_t call = first; call < first + count; ++call) {
          const Matrix& matrix = inputs.matrix(call % inputs.count());
          read_bytes(variant, matrix.data(), matrix.bytes(), threads);
        }
      });
  return contestant;
}

// Every variant alone and, where the paths have several threads, with as many.
NamedContestants host_reads(const CaseInputs& inputs, int threads) {
  NamedContestants all;
  for (std::size_t variant = 0; variant < read_variant_count(); ++variant) {
    all.emplace_back(read_variant_name(variant), reader(inputs, variant, 1));
    if (threads == 1) continue;
    all.emplace_back(read_variant_name(variant) + ", all threads",
                     reader(inputs, variant, threads));
  }
  return all;
}

RaceOptions race_options(const MeasureOptions& options) {
  RaceOptions race_options;
  race_options.rounds = options.rounds;
  if (options.gpu != nullptr) race_options.budget_us = 500'000;  // device time is dear
  race_options.on_round = [&](int round) {
    options.on_step("timing, round " + std::to_string(round + 1));
  };
  return race_options;
}

// Everything that is timed on one case, and where its time goes.
class Race {
 public:
  void add(Contestant contestant, std::function<void(const Timing&)> take) {
    contestants_.push_back(std::move(contestant));
    takers_.push_back(std::move(take));
  }

  void run(const RaceOptions& options) {
    race(contestants_, options);
    for (std::size_t i = 0; i < takers_.size(); ++i) takers_[i](contestants_[i].timing);
  }

 private:
  std::vector<Contestant> contestants_;
  std::vector<std::function<void(const Timing&)>> takers_;
};

void add_floor(Race& race, const CaseInputs& inputs, const MeasureOptions& options,
               CaseResult& result) {
  const NamedContestants reads = options.gpu != nullptr ? best_gpu_reads(*options.gpu, inputs)
                                                        : host_reads(inputs, options.threads);
  for (const auto& [name, contestant] : reads) {
    race.add(contestant, [&result, variant = name](const Timing& timing) {
      if (!result.floor || timing.median_us < result.floor->timing.median_us) {
        result.floor = FloorResult{variant, timing};
      }
    });
  }
  if (options.gpu == nullptr) return;
  race.add(gpu_launches(*options.gpu, inputs),
           [&result](const Timing& timing) { result.launch = timing; });
}

void time_entries(const Entries& entries, const CaseInputs& inputs, const MeasureOptions& options,
                  CaseResult& result) {
  Race race;
  if (options.context) {
    options.on_step("choosing a floor");
    add_floor(race, inputs, options, result);
  }
  for (const auto& entry : entries) {
    if (options.context && options.gpu != nullptr && entry->ok()) entry->time_host();
    if (!entry->ok()) continue;
    race.add(entry->contestant(), [&entry](const Timing& timing) {
      if (entry->ok()) entry->result().timing = timing;
    });
  }
  if (options.gpu == nullptr) return race.run(race_options(options));
  SmClock clock{sm_clock_mhz(), std::nullopt};
  race.run(race_options(options));
  clock.after = sm_clock_mhz();
  result.sm_clock = clock;
}

CaseResult describe(const Case& bench_case, std::string device, const MeasureOptions& options) {
  CaseResult result;
  result.bench_case = bench_case;
  result.device = std::move(device);
  result.threads = options.threads;
  result.mode = options.mode;
  if (!bench_case.distribution && options.real_logits != nullptr) {
    result.real_rows = describe_real_rows(bench_case, *options.real_logits);
  }
  return result;
}

std::int64_t l2_bytes_in_use(const MeasureOptions& options) {
  if (options.gpu != nullptr) return options.gpu->device().l2_bytes;
  return Device::cpu().l2_bytes * options.threads;
}

// Of each other input. Sixteen times the inputs of a case would take the host minutes.
constexpr std::int64_t kOthersHostBytes = std::int64_t{16} << 20;

// Adds what another input showed to a path's result.
void add_other(PathResult& path, const PathResult& other, const std::string& input) {
  if (path.status != Status::ok || other.status == Status::not_applicable) return;
  if (other.status != Status::ok) {
    path.status = other.status;
    path.message = "on " + input + " input: " + other.message;
  } else {
    path.others.push_back({input, other.timing.median_us});
  }
}

CaseInputs inputs_of(const Case& bench_case, const MeasureOptions& options) {
  options.on_step("making inputs");
  return CaseInputs(bench_case,
                    input_count(options.mode, bytes_of(bench_case), l2_bytes_in_use(options)),
                    options.seed, options.real_logits, options.gpu, options.host_bytes);
}

// `inputs` are of the same matrix, solved for at least as many results.
CaseResult measure_on(CaseInputs& inputs, const Case& bench_case, PathList& paths,
                      const MeasureOptions& options, Stage stage) {
  CaseResult result = describe(bench_case, options.gpu != nullptr ? "cuda" : "cpu", options);
  result.inputs = inputs.count();
  result.distinct_inputs = inputs.distinct();
  std::vector<WrongOn> wrong_on(paths.size());
  if (stage == Stage::time && options.hard_rows && !bench_case.sampling) {
    wrong_on = try_hard_rows(bench_case, paths, options);
  }
  Entries entries;
  for (const PathPtr& path : paths) {
    options.on_step("checking " + path->info().name);
    const std::string bias =
        bench_case.sampling && stage != Stage::prepare ? find_bias(*path, bench_case, options) : "";
    entries.push_back(
        std::make_unique<Entry>(*path, bench_case, inputs, options.threads, options.gpu));
    entries.back()->reject(bias);
    if (stage != Stage::prepare) entries.back()->verify();
  }
  if (stage == Stage::prepare) time_entries({}, inputs, options, result);
  if (stage == Stage::time) {
    time_entries(entries, inputs, options, result);
    for (const auto& entry : entries) entry->repeat_samples();
  }
  for (std::size_t i = 0; i < entries.size(); ++i) {
    result.paths.push_back(std::move(entries[i]->result()));
    if (result.paths.back().status == Status::ok) result.paths.back().wrong_on = wrong_on[i];
  }
  return result;
}

}  // namespace

CaseResult measure(const Case& bench_case, PathList& paths, const MeasureOptions& options,
                   Stage stage) {
  CaseInputs inputs = inputs_of(bench_case, options);
  return measure_on(inputs, bench_case, paths, options, stage);
}

std::vector<CaseResult> measure_each_k(const Case& largest, const std::vector<std::int64_t>& ks,
                                       PathList& paths, const MeasureOptions& options) {
  CaseInputs inputs = inputs_of(largest, options);
  std::vector<CaseResult> results;
  MeasureOptions of_k = options;
  for (const std::int64_t k : ks) {
    Case bench_case = largest;
    bench_case.k = k;
    results.push_back(measure_on(inputs, bench_case, paths, of_k, Stage::time));
    of_k.context = false;  // the same for every k
  }
  return results;
}

CaseResult measure_with_others(const Case& bench_case, PathList& paths,
                               const MeasureOptions& options) {
  CaseResult result = measure(bench_case, paths, options);
  MeasureOptions fewer = options;
  fewer.rounds = std::min(std::max(options.rounds / 3, 5), options.rounds);
  fewer.hard_rows = false;  // they are the same for every distribution
  fewer.context = false;    // so are the floor and a launch
  fewer.host_bytes = kOthersHostBytes;
  for (std::size_t i = 0; i < kDistributionCount; ++i) {
    Case other = bench_case;
    other.distribution = distribution_at(i);
    if (other.distribution == bench_case.distribution) continue;
    const CaseResult hard = measure(other, paths, fewer);
    for (std::size_t path = 0; path < result.paths.size(); ++path) {
      add_other(result.paths[path], hard.paths[path], std::string(input_name(other)));
    }
  }
  return result;
}

CaseResult not_applicable(const Case& bench_case, const PathList& paths, std::string device,
                          const std::string& reason, const MeasureOptions& options) {
  CaseResult result = describe(bench_case, std::move(device), options);
  for (const PathPtr& path : paths) {
    PathResult& entry = result.paths.emplace_back();
    entry.name = path->info().name;
    entry.version = path->info().version;
    entry.own_kernel = path->info().has(SKIM_BENCH_OWN_KERNEL);
    entry.status = Status::not_applicable;
    entry.message = reason;
  }
  return result;
}

}  // namespace skim::bench
