#include "entry.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <utility>

#include "gpu_clock.h"
#include "sampling/verify_tokens.h"
#include "verify.h"

namespace skim::bench {
namespace {

// One seed serves: calls and rows have offsets of their own.
constexpr std::uint64_t kSeed = 1;

skim_bench_sampling drawing_of(const SamplingSettings& settings) {
  return {sizeof(skim_bench_sampling),
          settings.temperature,
          settings.top_k,
          settings.top_p,
          settings.min_p,
          static_cast<std::int32_t>(settings.order),
          static_cast<std::int32_t>(settings.logprobs),
          kSeed};
}

}  // namespace

Entry::Entry(Path& path, const Case& bench_case, CaseInputs& inputs, int threads, Gpu* gpu)
    : path_(path),
      promised_(path.info()),
      inputs_(inputs),
      gpu_(gpu),
      outputs_(bench_case, gpu),
      sampling_(bench_case.sampling) {
  if (sampling_) drawing_ = drawing_of(*sampling_);
  result_.name = promised_.name;
  result_.version = promised_.version;
  result_.own_kernel = promised_.has(SKIM_BENCH_OWN_KERNEL);
  bench_case_ = {sizeof(skim_bench_case),
                 inputs.tensors(),
                 inputs.count(),
                 static_cast<int32_t>(threads),
                 bench_case.k,
                 outputs_.values_tensor(),
                 outputs_.indices_tensor(),
                 gpu == nullptr ? nullptr : gpu->stream(),
                 &promised_.promises,
                 &promised_.relative_error,
                 sampling_ ? &drawing_ : nullptr};
  prepare();
  result_.labels = labels_of(promised_);
}

Entry::~Entry() {
  if (prepared_) path_.finish();
}

void Entry::verify() {
  for (std::int32_t i = 0; ok() && i < inputs_.count(); ++i) {
    outputs_.poison();
    run(i, 1);
    wait();
    if (ok()) check_input(inputs_.unchanged(i));
    if (ok()) check_output(i);
    if (ok()) remember(i);
  }
  if (ok()) check_input(inputs_.all_unchanged(0));
  repeat_samples();
}

std::vector<std::int64_t> Entry::draw(std::int64_t call) {
  outputs_.poison();
  run(call, 1);
  wait();
  if (ok()) check_output(call);
  if (!ok()) return {};
  return {outputs_.indices(), outputs_.indices() + outputs_.values().rows()};
}

void Entry::reject(const std::string& error) {
  if (ok() && !error.empty()) fail(Status::wrong, error);
}

void Entry::repeat_samples() {
  for (const auto& [call, tokens] : drawn_) repeat(call, tokens);
  if (ok()) check_input(inputs_.all_unchanged(0));
}

std::vector<std::int64_t> Entry::wrong_rows() {
  outputs_.poison();
  run(0, 1);
  wait();
  if (ok()) check_input(inputs_.unchanged(0));
  if (!ok()) return {};
  outputs_.fetch();
  return bench::wrong_rows(promised_, inputs_.matrix(0), inputs_.truth(0), outputs_);
}

Contestant Entry::contestant() {
  Contestant contestant;
  contestant.stopwatch = stopwatch();
  contestant.before_sample = [this] { outputs_.poison(); };
  contestant.after_sample = [this](std::int64_t first, std::int64_t last) {
    // A changed input first: the output of a path that destroyed its input says nothing.
    if (ok()) check_input(inputs_.all_unchanged(first));
    if (ok()) check_output(last);
    if (ok()) remember(last);
    return ok();
  };
  return contestant;
}

void Entry::time_host() {
  result_.host_us =
      host_us_of_call(*gpu_, [this](std::int64_t first, std::int64_t count) { run(first, count); });
}

void Entry::prepare() {
  try {
    path_.prepare(bench_case_);
    prepared_ = true;
  } catch (const NotApplicable& reason) {
    fail(Status::not_applicable, reason.what());
  } catch (const std::exception& error) {
    fail(Status::error, error.what());
  }
  check_gpu();
}

void Entry::run(std::int64_t first, std::int64_t count) {
  attempt([&] { path_.run(first, count); });
}

void Entry::wait() {
  if (gpu_ != nullptr) attempt([this] { gpu_->synchronise(); });
}

void Entry::attempt(const std::function<void()>& step) {
  if (!ok()) return;
  try {
    step();
  } catch (const std::exception& error) {
    fail(Status::error, error.what());
    check_gpu();
  }
}

// After some failures of a kernel nothing runs on the GPU any more, whosever it is.
void Entry::check_gpu() {
  if (gpu_ == nullptr || ok() || result_.status == Status::not_applicable) return;
  try {
    gpu_->synchronise();
  } catch (const std::exception&) {
    throw std::runtime_error(
        fmt::format("{} left the GPU unusable: {}; measure without it (--paths)", result_.name,
                    result_.message));
  }
}

void Entry::check_input(bool unchanged) {
  if (unchanged) return;
  inputs_.restore();
  fail(Status::wrong, "changed its input");
}

// What call number `last` left.
void Entry::check_output(std::int64_t last) {
  outputs_.fetch();
  const std::int64_t input = last % inputs_.count();
  const Matrix& matrix = inputs_.matrix(input);
  const Truth& truth = inputs_.truth(input);
  const std::string error =
      sampling_ ? find_sampling_error(promised_, *sampling_, matrix, truth.draws, outputs_)
                : find_error(promised_, matrix, truth, outputs_, gpu_ != nullptr);
  if (!error.empty()) fail(Status::wrong, error);
}

void Entry::remember(std::int64_t call) {
  if (!sampling_ || promised_.has(SKIM_BENCH_OWN_RANDOM)) return;
  const std::int64_t* tokens = outputs_.indices();
  const auto [before, is_new] = drawn_.try_emplace(call, tokens, tokens + outputs_.values().rows());
  if (!is_new) compare_with(before->second, call);
}

void Entry::repeat(std::int64_t call, const std::vector<std::int64_t>& tokens) {
  outputs_.poison();
  run(call, 1);
  wait();
  if (!ok()) return;
  outputs_.fetch();
  compare_with(tokens, call);
}

void Entry::compare_with(const std::vector<std::int64_t>& tokens, std::int64_t call) {
  const auto [then, now] = std::mismatch(tokens.begin(), tokens.end(), outputs_.indices());
  if (then == tokens.end()) return;
  fail(Status::wrong, fmt::format("row {}: call {} drew token {} and, made again, token {}",
                                  then - tokens.begin(), call, *then, *now));
}

std::shared_ptr<Stopwatch> Entry::stopwatch() {
  const RunCalls calls = [this](std::int64_t first, std::int64_t count) { run(first, count); };
  // Long enough for a call before the sample: a path may have what another left there to clear
  // away.
  constexpr double kEagerUs = 3000;
  if (gpu_ == nullptr) {
    return promised_.operation == Operation::eager ? host_stopwatch(calls, kEagerUs)
                                                   : host_stopwatch(calls);
  }
  const auto capture_calls = [this](std::int64_t first, std::int64_t count) {
    return capture(first, count);
  };
  return gpu_stopwatch(*gpu_, {calls, capture_calls, inputs_.count()},
                       [this](const std::string& why) { note_uncaptured(why); });
}

std::unique_ptr<GpuGraph> Entry::capture(std::int64_t first, std::int64_t count) {
  if (void* graph = path_.capture(first, count)) return gpu_->adopt(graph);
  return gpu_->capture([this, first, count] { path_.run(first, count); });
}

// Ours promises to be capturable, but for frameworks that launch on streams of their own.
void Entry::note_uncaptured(const std::string& why) {
  result_.not_captured = why;
  result_.labels.emplace_back("events, not captured");
  if (result_.own_kernel && promised_.operation != Operation::eager)
    fail(Status::error, "cannot be captured: " + why);
}

void Entry::fail(Status status, std::string message) {
  result_.status = status;
  result_.message = std::move(message);
}

}  // namespace skim::bench
