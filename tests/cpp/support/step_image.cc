#include "support/step_image.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "inputs/dispatch.h"
#include "inputs/element_bits.h"
#include "inputs/number.h"
#include "inputs/random.h"
#include "plan/override.h"

namespace skim::test {
namespace {

bool is_mask(SamplingStep step) {
  return step == SamplingStep::top_k_mask_logits || step == SamplingStep::top_p_mask_logits;
}

DType dtype_of_output(const InputSpec& input, const StepSpec& spec) {
  if (spec.step == SamplingStep::sample_from_probs) return spec.token_dtype;
  return is_mask(spec.step) ? input.dtype : DType::f32;
}

// Ordinary lengths, and those that have to be clamped.
std::vector<std::int64_t> mixed_lengths(const InputSpec& input, const StepSpec& spec) {
  if (spec.lengths == Lengths::none) return {};
  const std::int64_t kinds[] = {
      input.cols, 0,  1,  input.cols / 2,    input.cols - 1, input.cols + 7,
      -5,         17, -1, input.cols / 3 + 1};
  bench::Random random(spec.seed, 3);
  std::vector<std::int64_t> lengths;
  for (std::int64_t row = 0; row < input.rows; ++row) {
    lengths.push_back(kinds[random.below(std::size(kinds))]);
  }
  return lengths;
}

std::vector<std::int32_t> narrowed(const std::vector<std::int64_t>& values, bool wanted) {
  if (!wanted) return {};
  return {values.begin(), values.end()};
}

// Only what the step has a use for, the rest as it is made.
SampleParameters useful(SamplingStep step, const SampleParameters& given) {
  SampleParameters useful;
  if (step == SamplingStep::softmax || step == SamplingStep::top_p_mask_logits)
    useful.temperature = given.temperature;
  if (step == SamplingStep::top_k_mask_logits || step == SamplingStep::top_k_renorm_probs)
    useful.top_k = given.top_k;
  if (step == SamplingStep::top_p_mask_logits || step == SamplingStep::top_p_renorm_probs)
    useful.top_p = given.top_p;
  if (step == SamplingStep::sample_from_probs) {
    useful.seed = given.seed;
    useful.offset = given.offset;
  }
  return useful;
}

}  // namespace

std::string to_string(const StepSpec& spec) {
  const SampleParameters& values = spec.parameters;
  const std::string parameters = spec.each
                                     ? "mixed parameters"
                                     : "temperature " + std::to_string(values.temperature.value) +
                                           ", top_k " + std::to_string(values.top_k.value) +
                                           ", top_p " + std::to_string(values.top_p.value);
  return skim::to_string(spec.step) + ", " + parameters + ", " +
         std::string(name_of(spec.lengths)) + " row_lengths, seed " + std::to_string(spec.seed);
}

StepImage::StepImage(const InputImage& input, const StepSpec& spec)
    : input_(input),
      spec_(spec),
      lengths_(mixed_lengths(input.spec(), spec)),
      narrow_lengths_(
          narrowed(mixed_lengths(input.spec(), spec), spec.lengths == Lengths::mixed_i32)),
      output_(dtype_of_output(input.spec(), spec), input.spec().rows,
              spec.step == SamplingStep::sample_from_probs ? 1 : input.spec().cols, spec.seed) {
  if (spec.each) mixed_.emplace(input.spec().rows, input.spec().cols, spec.seed);
  for (std::int64_t row = 0; row < input.spec().rows; ++row) expect(row);
}

void StepImage::move_to_gpu() {
  output_.poison();
  std::vector<MirroredBuffer> mirrored = {output_.mirrored(), lengths_.mirrored(),
                                          narrow_lengths_.mirrored()};
  if (mixed_) {
    for (const MirroredBuffer& buffer : mixed_->mirrored()) mirrored.push_back(buffer);
  }
  gpu_ = std::make_unique<GpuMirror>(std::move(mirrored));
}

template <class T>
T* StepImage::there(T* host) const {
  std::byte* const moved = gpu_ ? gpu_->there(host) : nullptr;
  return moved == nullptr ? host : reinterpret_cast<T*>(moved);
}

StepRequest StepImage::request() const {
  const std::int64_t rows = input_.spec().rows;
  const DeviceId device = input_.spec().device;
  StepRequest request;
  request.step = spec_.step;
  request.inputs.rows = input_.view();
  SampleParameters parameters = mixed_ ? mixed_->view() : spec_.parameters;
  parameters.temperature.each = there(parameters.temperature.each);
  parameters.top_k.each = there(parameters.top_k.each);
  parameters.top_p.each = there(parameters.top_p.each);
  parameters.seed.each = there(parameters.seed.each);
  parameters.offset.each = there(parameters.offset.each);
  request.inputs.parameters = useful(spec_.step, parameters);
  request.options.token_dtype = spec_.token_dtype;
  if (spec_.lengths == Lengths::mixed_i32) {
    request.inputs.row_lengths = {there(narrow_lengths_.data()), DType::i32, rows, device};
  }
  if (spec_.lengths == Lengths::mixed_i64) {
    request.inputs.row_lengths = {there(lengths_.data()), DType::i64, rows, device};
  }
  return request;
}

std::int64_t StepImage::length_of(std::int64_t row) const {
  const std::int64_t cols = input_.spec().cols;
  return spec_.lengths == Lengths::none ? cols : std::clamp<std::int64_t>(lengths_[row], 0, cols);
}

SampleRow StepImage::row(std::int64_t number) const {
  SampleRow row;
  bench::dispatch(input_.spec().dtype, [&]<class T>() {
    for (std::int64_t column = 0; column < length_of(number); ++column) {
      T element{};
      std::memcpy(&element, input_.row(number) + column * static_cast<std::int64_t>(sizeof(T)),
                  sizeof(T));
      row.logits.push_back(static_cast<float>(bench::number_of(element)));
    }
  });
  row.allowed.assign(row.logits.size(), true);
  const SampleParameters& values = spec_.parameters;
  row.temperature = mixed_ ? mixed_->temperature[number] : values.temperature.value;
  row.top_k = mixed_ ? mixed_->top_k[number] : values.top_k.value;
  row.top_p = mixed_ ? mixed_->top_p[number] : values.top_p.value;
  row.seed = mixed_ ? mixed_->seed[number] : values.seed.value;
  row.offset =
      mixed_ ? mixed_->offset[number] : values.offset.value + static_cast<std::uint64_t>(number);
  return row;
}

void StepImage::expect(std::int64_t number) {
  const SampleRow seen = row(number);
  const StepAnswer answer = exact_step(spec_.step, seen);
  if (spec_.step == SamplingStep::sample_from_probs) {
    const auto narrow = static_cast<std::int32_t>(answer.token);
    const bool is_narrow = spec_.token_dtype == DType::i32;
    output_.expect(number, 0, is_narrow ? static_cast<const void*>(&narrow) : &answer.token);
  } else if (is_mask(spec_.step)) {
    expect_masked(number, answer.kept);
  } else {
    for (std::int64_t column = 0; column < input_.spec().cols; ++column) {
      const auto i = static_cast<std::size_t>(column);
      const float value = i < answer.probabilities.size() ? answer.probabilities[i] : 0.0F;
      output_.expect(number, column, &value);
    }
  }
}

void StepImage::expect_masked(std::int64_t number, const std::vector<bool>& kept) {
  const std::uint32_t single = 0xff800000;
  const std::uint16_t half = input_.spec().dtype == DType::f16 ? 0xfc00 : 0xff80;
  const void* const nothing =
      input_.spec().dtype == DType::f32 ? static_cast<const void*>(&single) : &half;
  const std::size_t size = size_of(input_.spec().dtype);
  for (std::int64_t column = 0; column < input_.spec().cols; ++column) {
    const auto i = static_cast<std::size_t>(column);
    const bool is_kept = i < kept.size() && kept[i];
    output_.expect(number, column, is_kept ? input_.row(number) + i * size : nothing);
  }
}

std::string StepImage::run(const StepPlan& plan) {
  return on_gpu() ? run_on_gpu(plan) : run_on_cpu(plan);
}

// The GPU compares; only what is wrong comes home to be told.
std::string StepImage::run_on_gpu(const StepPlan& plan) {
  const auto what = [&] { return skim::test::to_string(spec_) + "; " + skim::to_string(plan); };
  if (!gpu_) move_to_gpu();
  MutableTensorView output = output_.view();
  output.data = there(output.data);
  output.device = kGpu;
  try {
    gpu_->reset();
    skim::run(bind(plan, {request().inputs, output, nullptr, 0}), gpu_stream());
    const GpuRegion regions[] = {gpu_->region(), input_.gpu_region()};
    if (all_as_wanted(regions, what)) return "";
  } catch (const DeviceError& error) {
    return error.what();
  }
  gpu_->copy_back();
  input_.copy_back();
  const std::string wrong = what_is_wrong();
  return wrong.empty() ? "the GPU sees a difference that the host does not see" : wrong;
}

std::string StepImage::run_on_cpu(const StepPlan& plan) {
  const GuardedBuffer workspace(plan.workspace_bytes);
  bench::Random random(spec_.seed, ++runs_);
  for (std::size_t i = 0; i < workspace.size(); i += sizeof(std::uint64_t)) {
    const std::uint64_t bytes = random.next();
    std::memcpy(workspace.data() + i, &bytes, std::min(sizeof(bytes), workspace.size() - i));
  }
  output_.poison();
  skim::run(bind(plan, {request().inputs, output_.view(), workspace.data(), workspace.size()}));
  const std::string wrong = what_is_wrong();
  return wrong.empty() && !workspace.guards_intact() ? "wrote beside the workspace" : wrong;
}

std::string StepImage::what_is_wrong() const {
  if (!output_.as_expected()) return output_.first_difference();
  if (!output_.guards_intact()) return "wrote beside the output";
  const bool unchanged = input_.unchanged() && lengths_.unchanged() &&
                         narrow_lengths_.unchanged() && (!mixed_ || mixed_->unchanged());
  return unchanged ? "" : "an input changed, or what is beside it";
}

void StepCheck::compare(const InputImage& input, const StepSpec& spec) {
  StepImage image(input, spec);
  const StepProblem problem = make_step_problem(image.request());
  for (const SimdTarget target : runnable_simd_targets()) {
    const int threads = 1 + turn_++ % 2;
    const StepPlan plan = plan_step(problem, Device::cpu(), SampleOverride{target, threads});
    const std::string wrong = image.run(plan);
    if (wrong.empty()) continue;
    ADD_FAILURE() << wrong << "\n  input: " << to_string(input.spec())
                  << "\n  step: " << to_string(spec) << "\n  plan: " << to_string(plan);
    return;
  }
  if (runnable_simd_targets().size() % 2 == 0) ++turn_;  // so that each target gets both
}

}  // namespace skim::test
