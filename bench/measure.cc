#include "measure.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "case_buffers.h"
#include "floor.h"
#include "skim/device.h"
#include "verify.h"

namespace skim::bench {
namespace {

// A path on one case, from prepare to finish.
class Entry {
 public:
  Entry(Path& path, const Case& bench_case, CaseInputs& inputs, int threads)
      : path_(path), inputs_(inputs), outputs_(bench_case) {
    const PathInfo& info = path.info();
    result_.name = info.name;
    result_.version = info.version;
    result_.labels = labels_of(info);
    result_.own_kernel = info.has(SKIM_BENCH_OWN_KERNEL);
    bench_case_ = {sizeof(skim_bench_case),       inputs.tensors(), inputs.count(),
                   static_cast<int32_t>(threads), bench_case.k,     outputs_.values_tensor(),
                   outputs_.indices_tensor()};
    prepare();
  }
  ~Entry() {
    if (prepared_) path_.finish();
  }
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

  bool ok() const { return result_.status == Status::ok; }
  PathResult& result() { return result_; }

  // One call an input, each compared with the oracle.
  void verify() {
    for (std::int32_t i = 0; ok() && i < inputs_.count(); ++i) {
      outputs_.poison();
      run(i, 1);
      if (ok()) check_input(inputs_.unchanged(i));
      if (ok()) check_output(i);
    }
    if (ok()) check_input(inputs_.all_unchanged(0));
  }

  Contestant contestant() {
    Contestant contestant;
    contestant.run = [this](std::int64_t first, std::int64_t count) { run(first, count); };
    contestant.before_sample = [this] { outputs_.poison(); };
    contestant.after_sample = [this](std::int64_t first, std::int64_t last) {
      // A changed input first: the output of a path that destroyed its input says nothing.
      if (ok()) check_input(inputs_.all_unchanged(first));
      if (ok()) check_output(last);
      return ok();
    };
    return contestant;
  }

 private:
  void prepare() {
    try {
      path_.prepare(bench_case_);
      prepared_ = true;
    } catch (const NotApplicable& reason) {
      fail(Status::not_applicable, reason.what());
    } catch (const std::exception& error) {
      fail(Status::error, error.what());
    }
  }

  void run(std::int64_t first, std::int64_t count) {
    if (!ok()) return;
    try {
      path_.run(first, count);
    } catch (const std::exception& error) {
      fail(Status::error, error.what());
    }
  }

  void check_input(bool unchanged) {
    if (unchanged) return;
    inputs_.restore();
    fail(Status::wrong, "changed its input");
  }

  // What call number `last` left.
  void check_output(std::int64_t last) {
    const auto input = static_cast<std::int32_t>(last % inputs_.count());
    const std::string error =
        find_error(path_.info(), inputs_.matrix(input), inputs_.truth(input), outputs_);
    if (!error.empty()) fail(Status::wrong, error);
  }

  void fail(Status status, std::string message) {
    result_.status = status;
    result_.message = std::move(message);
  }

  Path& path_;
  CaseInputs& inputs_;
  CaseOutputs outputs_;
  skim_bench_case bench_case_{};
  bool prepared_ = false;
  PathResult result_;
};

using Entries = std::vector<std::unique_ptr<Entry>>;

Contestant reader(const CaseInputs& inputs, std::size_t variant, int threads) {
  Contestant contestant;
  contestant.run = [&inputs, variant, threads](std::int64_t first, std::int64_t count) {
    for (std::int64_t call = first; call < first + count; ++call) {
      const Matrix& matrix = inputs.matrix(static_cast<std::int32_t>(call % inputs.count()));
      read_bytes(variant, matrix.data(), matrix.bytes(), threads);
    }
  };
  return contestant;
}

// Every variant alone and, where the paths have several threads, with as many.
std::vector<std::pair<std::string, Contestant>> readers(const CaseInputs& inputs, int threads) {
  std::vector<std::pair<std::string, Contestant>> all;
  for (std::size_t variant = 0; variant < read_variant_count(); ++variant) {
    all.emplace_back(read_variant_name(variant), reader(inputs, variant, 1));
    if (threads == 1) continue;
    all.emplace_back(read_variant_name(variant) + ", all threads",
                     reader(inputs, variant, threads));
  }
  return all;
}

void time_entries(const Entries& entries, const CaseInputs& inputs, const MeasureOptions& options,
                  CaseResult& result) {
  const auto floors = readers(inputs, options.threads);
  std::vector<Contestant> contestants;
  for (const auto& [name, contestant] : floors) contestants.push_back(contestant);
  std::vector<Entry*> racing;
  for (const auto& entry : entries) {
    if (!entry->ok()) continue;
    racing.push_back(entry.get());
    contestants.push_back(entry->contestant());
  }
  RaceOptions race_options;
  race_options.rounds = options.rounds;
  race_options.on_round = [&](int round) {
    options.on_step("timing, round " + std::to_string(round + 1));
  };
  race(contestants, race_options);

  for (std::size_t i = 0; i < racing.size(); ++i) {
    if (racing[i]->ok()) racing[i]->result().timing = contestants[floors.size() + i].timing;
  }
  for (std::size_t i = 0; i < floors.size(); ++i) {
    const Timing& timing = contestants[i].timing;
    if (!result.floor || timing.median_us < result.floor->timing.median_us) {
      result.floor = FloorResult{floors[i].first, timing};
    }
  }
}

CaseResult describe(const Case& bench_case, std::string device, const MeasureOptions& options) {
  CaseResult result;
  result.bench_case = bench_case;
  result.device = std::move(device);
  result.threads = options.threads;
  result.mode = options.mode;
  return result;
}

// Folds what another input showed into a path's result.
void merge_worst(PathResult& path, const PathResult& other, const std::string& input) {
  if (path.status != Status::ok || other.status == Status::not_applicable) return;
  if (other.status != Status::ok) {
    path.status = other.status;
    path.message = "on " + input + " input: " + other.message;
  } else if (!path.worst || path.worst->median_us < other.timing.median_us) {
    path.worst = Worst{input, other.timing.median_us};
  }
}

}  // namespace

CaseResult measure(const Case& bench_case, PathList& paths, const MeasureOptions& options,
                   Stage stage) {
  CaseResult result = describe(bench_case, "cpu", options);
  result.inputs =
      input_count(options.mode, bytes_of(bench_case), Device::cpu().l2_bytes, options.threads);
  options.on_step("making inputs");
  CaseInputs inputs(bench_case, result.inputs, options.seed, options.real_logits);
  Entries entries;
  for (const PathPtr& path : paths) {
    options.on_step("checking " + path->info().name);
    entries.push_back(std::make_unique<Entry>(*path, bench_case, inputs, options.threads));
    if (stage != Stage::prepare) entries.back()->verify();
  }
  if (stage == Stage::prepare) time_entries({}, inputs, options, result);
  if (stage == Stage::time) time_entries(entries, inputs, options, result);
  for (const auto& entry : entries) result.paths.push_back(std::move(entry->result()));
  return result;
}

CaseResult measure_with_worst(const Case& bench_case, PathList& paths,
                              const MeasureOptions& options) {
  CaseResult result = measure(bench_case, paths, options);
  MeasureOptions fewer = options;
  fewer.rounds = std::max(options.rounds / 3, 5);
  for (std::size_t i = 0; i < kDistributionCount; ++i) {
    Case other = bench_case;
    other.distribution = distribution_at(i);
    if (other.distribution == bench_case.distribution) continue;
    const CaseResult hard = measure(other, paths, fewer);
    for (std::size_t path = 0; path < result.paths.size(); ++path) {
      merge_worst(result.paths[path], hard.paths[path], std::string(input_name(other)));
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
