#include "sanitized_sampling.h"

#include <cstdint>
#include <memory>
#include <numeric>
#include <span>
#include <stdexcept>

#include "exact_bytes.h"
#include "inputs/inputs.h"
#include "plan/override.h"
#include "skim/sample.h"
#include "skim/sampling_steps.h"
#include "support/gpu.h"

namespace skim::test {
namespace {

constexpr std::int64_t kRows = 2;
constexpr std::int64_t kCols = 1203;  // of several tiles a thread of one warp, the last in part
constexpr std::int64_t kListed = 20;
constexpr std::int64_t kLead = 1;  // elements in front of the first row

// An array, in both memories.
template <class T>
class OnBoth {
 public:
  explicit OnBoth(std::vector<T> values)
      : host_(std::move(values)), gpu_(std::as_bytes(std::span(host_))) {}

  const T* on(DeviceId device) const {
    return device == kGpu ? reinterpret_cast<const T*>(gpu_.data()) : host_.data();
  }

 private:
  std::vector<T> host_;
  ExactBytes gpu_;
};

std::vector<std::int32_t> every_third_allowed() {
  return std::vector<std::int32_t>(static_cast<std::size_t>(kRows * ((kCols + 31) / 32)),
                                   0x49249249);
}

std::vector<float> small_bias() {
  std::vector<float> bias(static_cast<std::size_t>(kCols));
  for (std::size_t i = 0; i < bias.size(); ++i) bias[i] = static_cast<float>(i % 7) / 4;
  return bias;
}

// Rows and what may go with them.
struct Rows {
  explicit Rows(DType of, bench::Distribution distribution)
      : dtype(of),
        matrix(bench::make_matrix(of, 1, kLead + kRows * kCols, distribution, 7)),
        gpu({static_cast<const std::byte*>(matrix.data()), matrix.bytes()}) {}

  TensorView on(DeviceId device) const {
    const auto* const first =
        device == kGpu ? gpu.data() : static_cast<const std::byte*>(matrix.data());
    return {first + kLead * static_cast<std::int64_t>(size_of(dtype)),
            dtype,
            kRows,
            kCols,
            kCols,
            device};
  }

  DType dtype;
  bench::Matrix matrix;
  ExactBytes gpu;
  OnBoth<float> temperatures{{0.8F, 1.0F}};
  OnBoth<std::int32_t> top_ks{{30, 700}};
  OnBoth<std::uint64_t> offsets{{5, 9}};
  OnBoth<std::int32_t> lengths{{static_cast<std::int32_t>(kCols), 401}};
  OnBoth<std::int32_t> mask{every_third_allowed()};
  OnBoth<float> bias{small_bias()};
};

struct Draw {
  const char* name;
  SampleParameters parameters;
  LogprobKind logprobs = LogprobKind::processed;
  bool everything = false;  // one parameter a row, lengths, a mask, a bias
};

SampleInputs inputs_of(const Rows& rows, const Draw& draw, DeviceId device) {
  SampleInputs inputs{rows.on(device), draw.parameters, {}, {}, {}};
  if (!draw.everything) return inputs;
  inputs.parameters.temperature.each = rows.temperatures.on(device);
  inputs.parameters.top_k.each = rows.top_ks.on(device);
  inputs.parameters.offset.each = rows.offsets.on(device);
  inputs.row_lengths = {rows.lengths.on(device), DType::i32, kRows, device};
  const std::int64_t words = (kCols + 31) / 32;
  inputs.allow_mask = TensorView{rows.mask.on(device), DType::i32, kRows, words, words, device};
  inputs.logit_bias = TensorView{rows.bias.on(device), DType::f32, kRows, kCols, 0, device};
  return inputs;
}

// Results of exact size on a GPU, which come home to be compared.
class Results {
 public:
  explicit Results(DeviceId device) : device_(device) {}

  MutableTensorView add(DType dtype, std::int64_t cols) {
    const std::size_t bytes = static_cast<std::size_t>(kRows * cols) * size_of(dtype);
    host_.emplace_back(bytes);
    if (device_ == kGpu) gpu_.push_back(std::make_unique<ExactBytes>(bytes));
    std::byte* const data = device_ == kGpu ? gpu_.back()->data() : host_.back().data();
    return {data, dtype, kRows, cols, cols, device_};
  }

  std::vector<std::vector<std::byte>> read() {
    for (std::size_t i = 0; i < gpu_.size(); ++i) host_[i] = gpu_[i]->download();
    return host_;
  }

 private:
  DeviceId device_;
  std::vector<std::vector<std::byte>> host_;
  std::vector<std::unique_ptr<ExactBytes>> gpu_;
};

SampleOutputs outputs_of(Results& results, const Draw& draw) {
  SampleOutputs outputs{results.add(DType::i64, 1), {}, {}, {}};
  if (draw.logprobs == LogprobKind::none) return outputs;
  outputs.logprobs = results.add(DType::f32, 1);
  outputs.top_tokens = results.add(DType::i64, kListed);
  outputs.top_logprobs = results.add(DType::f32, kListed);
  return outputs;
}

SampleOptions options_of(const Draw& draw) {
  SampleOptions options;
  options.logprobs = draw.logprobs;
  options.top_logprobs = draw.logprobs == LogprobKind::none ? 0 : kListed;
  options.num_threads = 1;
  return options;
}

void require_equal(Results& found, Results& wanted, const std::string& described) {
  if (found.read() != wanted.read()) throw std::runtime_error("differs from the CPU: " + described);
}

void check_draw(const Rows& rows, const Draw& draw, const SamplePlan& plan,
                const std::string& described) {
  Results wanted(DeviceId{});
  Results found(kGpu);
  sample(inputs_of(rows, draw, DeviceId{}), outputs_of(wanted, draw), options_of(draw));
  run(bind(plan, {inputs_of(rows, draw, kGpu), outputs_of(found, draw), nullptr, 0}));
  require_equal(found, wanted, described);
}

void check_step(const Rows& rows, SamplingStep step, const SampleParameters& parameters,
                const std::string& described) {
  Results wanted(DeviceId{});
  Results found(kGpu);
  const auto apply_on = [&](DeviceId device, Results& results) {
    const StepInputs inputs{rows.on(device), parameters, {}};
    const StepProblem problem = make_step_problem({step, inputs, {DType::i64, 1}});
    apply(step, inputs, results.add(problem.output_dtype, problem.output_cols), {DType::i64, 1});
  };
  apply_on(DeviceId{}, wanted);
  apply_on(kGpu, found);
  require_equal(found, wanted, described);
}

std::vector<Draw> draws() {
  SampleParameters best;
  best.top_k.value = 20;
  best.top_p.value = 0.9F;
  SampleParameters nucleus;
  nucleus.top_p.value = 0.8F;
  SampleParameters likely;
  likely.min_p.value = 0.05F;
  SampleParameters greedy;
  greedy.temperature.value = 0.0F;
  return {{"the full distribution", {}, LogprobKind::raw},
          {"top-k 20, top-p 0.9", best},
          {"top-p 0.8", nucleus},
          {"min-p 0.05", likely, LogprobKind::none},
          {"greedy", greedy, LogprobKind::raw},
          {"everything", nucleus, LogprobKind::raw, true}};
}

std::vector<SampleOverride> geometries() {
  std::vector<SampleOverride> all = {
      {},
      {.team = CtaTeam::grid, .ctas = 1, .cta_threads = 64},
      {.team = CtaTeam::grid, .ctas = 1, .cta_threads = 32, .held = false}};
  if (Device::cuda(0).cluster_ctas < 4) return all;
  all.push_back({.team = CtaTeam::cluster, .ctas = 2, .cta_threads = 64});
  all.push_back({.team = CtaTeam::cluster, .ctas = 4, .cta_threads = 32, .candidates = 0});
  return all;
}

// Of the parameters that it has a use for.
SampleParameters parameters_of(SamplingStep step) {
  SampleParameters parameters;
  if (step == SamplingStep::top_k_renorm_probs || step == SamplingStep::top_k_mask_logits)
    parameters.top_k.value = 20;
  if (step == SamplingStep::top_p_renorm_probs || step == SamplingStep::top_p_mask_logits)
    parameters.top_p.value = 0.8F;
  return parameters;
}

void add_draws(const std::shared_ptr<const Rows>& rows, std::vector<SanitizedRun>& runs) {
  for (const Draw& draw : draws()) {
    const SampleProblem problem =
        make_sample_problem({inputs_of(*rows, draw, kGpu), options_of(draw)});
    for (const SampleOverride& forced : geometries()) {
      const SamplePlan plan = plan_sample(problem, Device::cuda(0), forced);
      const std::string described =
          std::string(name_of(rows->dtype)) + " " + draw.name + " under " + to_string(plan);
      runs.push_back({"sampling", described, [=] { check_draw(*rows, draw, plan, described); }});
    }
  }
}

void add_steps(const std::shared_ptr<const Rows>& rows, std::vector<SanitizedRun>& runs) {
  for (int number = 0; number < kSamplingSteps; ++number) {
    const auto step = static_cast<SamplingStep>(number);
    const std::string described = std::string(name_of(rows->dtype)) + " " + to_string(step);
    runs.push_back({"steps of sampling", described,
                    [=] { check_step(*rows, step, parameters_of(step), described); }});
  }
}

}  // namespace

std::vector<SanitizedRun> sampling_runs(DType dtype) {
  std::vector<SanitizedRun> runs;
  for (const bench::Distribution distribution :
       {bench::Distribution::normal, bench::Distribution::few_distinct}) {
    const auto rows = std::make_shared<const Rows>(dtype, distribution);
    add_draws(rows, runs);
    add_steps(rows, runs);
  }
  return runs;
}

}  // namespace skim::test
