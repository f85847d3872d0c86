// A path on one case, from prepare to finish.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "case_buffers.h"
#include "clock.h"
#include "gpu.h"
#include "path.h"
#include "results.h"

namespace skim::bench {

class Entry {
 public:
  // On a CPU where `gpu` is null.
  Entry(Path& path, const Case& bench_case, CaseInputs& inputs, int threads, Gpu* gpu);
  ~Entry();
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

  bool ok() const { return result_.status == Status::ok; }
  PathResult& result() { return result_; }

  // One call an input, each compared with the oracle.
  void verify();

  // Of sampling: the tokens that one call draws, checked; nothing where it fails.
  std::vector<std::int64_t> draw(std::int64_t call);

  // Ends with WRONG where what was found out elsewhere is no empty sentence.
  void reject(const std::string& error);

  // Of sampling, after the race: that each of its samples' last calls, made again, leaves the same
  // tokens, unless the path has random numbers of its own.
  void repeat_samples();

  // The rows of the first input on which one call is wrong; the path's status is not touched by
  // them.
  std::vector<std::int64_t> wrong_rows();

  // Calls first, first + 1, ...; enqueued on a GPU.
  void run(std::int64_t first, std::int64_t count);
  // Until they are done.
  void wait();

  // Checks what each sample left.
  Contestant contestant();

  // GPU: what a call takes from the host.
  void time_host();

 private:
  void prepare();
  void attempt(const std::function<void()>& step);
  void check_gpu();
  void check_input(bool unchanged);
  void check_output(std::int64_t last);
  void remember(std::int64_t call);
  void repeat(std::int64_t call, const std::vector<std::int64_t>& tokens);
  void compare_with(const std::vector<std::int64_t>& tokens, std::int64_t call);
  std::shared_ptr<Stopwatch> stopwatch();
  std::unique_ptr<GpuGraph> capture(std::int64_t first, std::int64_t count);
  void note_uncaptured(const std::string& why);
  void fail(Status status, std::string message);

  Path& path_;
  PathInfo promised_;  // what prepare states for this case
  CaseInputs& inputs_;
  Gpu* gpu_;
  CaseOutputs outputs_;
  std::optional<SamplingSettings> sampling_;
  skim_bench_sampling drawing_{};
  skim_bench_case bench_case_{};
  std::map<std::int64_t, std::vector<std::int64_t>> drawn_;  // tokens by the number of the call
  bool prepared_ = false;
  PathResult result_;
};

}  // namespace skim::bench
