#include "support/sample_image.h"
#include "plan/override.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "inputs/dispatch.h"
#include "inputs/element_bits.h"
#include "inputs/number.h"
#include "inputs/random.h"
#include "support/random_choices.h"

namespace skim::test {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

template <class T>
std::vector<T> one_a_row(std::int64_t rows, std::uint64_t seed, std::vector<T> choices) {
  bench::Random random(seed, choices.size());
  std::vector<T> values;
  for (std::int64_t row = 0; row < rows; ++row) {
    values.push_back(choices[random.below(choices.size())]);
  }
  return values;
}

std::vector<std::uint64_t> words_a_row(std::int64_t rows, std::uint64_t seed) {
  bench::Random random(seed, 64);
  std::vector<std::uint64_t> words;
  for (std::int64_t row = 0; row < rows; ++row) words.push_back(random.next());
  return words;
}

// Ordinary lengths, and all that have to be clamped.
std::vector<std::int64_t> mixed_lengths(const InputSpec& input, const SampleSpec& spec) {
  if (spec.lengths == Lengths::none) return {};
  constexpr std::int64_t kHighest = std::numeric_limits<std::int32_t>::max();
  return one_a_row<std::int64_t>(input.rows, spec.seed + 1,
                                 {0, 1, input.cols / 2, input.cols - 1, input.cols, input.cols + 7,
                                  input.cols / 3 + 1, -5, kHighest, -kHighest});
}

template <class To>
std::vector<To> converted(const std::vector<std::int64_t>& values, bool wanted) {
  if (!wanted) return {};
  return std::vector<To>(values.begin(), values.end());
}

std::int64_t rows_of(Beside beside, std::int64_t rows) {
  if (beside == Beside::none) return 0;
  return beside == Beside::one_for_all ? std::min<std::int64_t>(rows, 1) : rows;
}

// Rows of which everything, nothing, half, one token or few tokens are allowed.
std::vector<std::uint32_t> mixed_mask(const InputSpec& input, const SampleSpec& spec,
                                      std::int64_t words) {
  RandomChoices choices(spec.seed + 2);
  std::vector<std::uint32_t> mask;
  for (std::int64_t row = 0; row < rows_of(spec.mask, input.rows); ++row) {
    const std::uint64_t kind = (spec.seed + static_cast<std::uint64_t>(row)) % 5;
    const std::size_t begin = mask.size();
    for (std::int64_t word = 0; word < words; ++word) {
      const auto bits = static_cast<std::uint32_t>(choices.number());
      const auto others = static_cast<std::uint32_t>(choices.number());
      const std::uint32_t kinds[] = {bits, ~0U, 0U, 0U, bits & others & (others >> 7)};
      mask.push_back(kinds[kind]);
    }
    if (kind == 3 && input.cols > 0) {
      const std::uint64_t token = choices.below(static_cast<std::uint64_t>(input.cols));
      mask[begin + token / 32] |= 1U << token % 32;
    }
  }
  return mask;
}

// Rows without an effect, with small and large numbers, with -inf, and now and then +inf or NaN.
std::vector<float> mixed_bias(const InputSpec& input, const SampleSpec& spec) {
  bench::Random random(spec.seed + 3, 0);
  std::vector<float> bias;
  for (std::int64_t row = 0; row < rows_of(spec.bias, input.rows); ++row) {
    const std::uint64_t kind = (spec.seed / 5 + static_cast<std::uint64_t>(row)) % 6;
    const std::size_t begin = bias.size();
    for (std::int64_t column = 0; column < input.cols; ++column) {
      const auto normal = static_cast<float>(random.normal());
      const float kinds[] = {0.0F,    normal, 30 * normal, normal > 0 ? -kInfinity : 0.0F,
                             -normal, 0.5F};
      bias.push_back(kinds[kind]);
    }
    if (kind >= 4 && input.cols > 0) {
      const std::uint64_t token = random.below(static_cast<std::uint64_t>(input.cols));
      bias[begin + token] = kind == 4 ? kInfinity : kNan;
    }
  }
  return bias;
}

std::string name_of(Beside beside) {
  constexpr const char* kNames[] = {"no", "one a row", "one for all"};
  return kNames[static_cast<int>(beside)];
}

std::int64_t read_token(const MutableTensorView& view, std::int64_t row, std::int64_t rank) {
  const auto* const bytes = static_cast<const std::byte*>(view.data);
  const std::int64_t at = row * view.row_stride + rank;
  if (view.dtype == DType::i64) return bench::load_bits<std::int64_t>(bytes, at);
  return bench::load_bits<std::int32_t>(bytes, at);
}

float read_float(const MutableTensorView& view, std::int64_t row, std::int64_t rank) {
  return bench::load_bits<float>(static_cast<const std::byte*>(view.data),
                                 row * view.row_stride + rank);
}

}  // namespace

std::string to_string(const SampleSpec& spec) {
  const SampleParameters& values = spec.parameters;
  const auto number = [](const char* name, auto value) {
    return std::string(", ") + name + " " + std::to_string(value);
  };
  const std::string parameters =
      spec.each ? std::string(", mixed parameters")
                : number("temperature", values.temperature.value) +
                      number("top_k", values.top_k.value) + number("top_p", values.top_p.value) +
                      number("min_p", values.min_p.value) + number("offset", values.offset.value);
  return to_string(spec.order) + ", " + to_string(spec.logprobs) + " logprobs" +
         number("top_logprobs", spec.top_logprobs) + ", " +
         std::string(skim::name_of(spec.token_dtype)) + " tokens" + parameters + ", " +
         std::string(name_of(spec.lengths)) + " row_lengths, mask: " + name_of(spec.mask) +
         ", bias: " + name_of(spec.bias) + ", seed " + std::to_string(spec.seed);
}

MixedParameters::MixedParameters(std::int64_t rows, std::int64_t cols, std::uint64_t from)
    : temperature(one_a_row<float>(rows, from + 4,
                                   {1.0F, 0.7F, 1.5F, 1.0F, 0.0F, kNan, -1.0F, -kInfinity, 1e-30F,
                                    1e30F, 0.1F, kInfinity, 1e-44F})),
      top_k(one_a_row<std::int32_t>(
          rows, from + 5,
          {0, 0, 1, 2, 5, 50, -3, static_cast<std::int32_t>(cols),
           std::numeric_limits<std::int32_t>::max(), std::numeric_limits<std::int32_t>::min()})),
      top_p(one_a_row<float>(rows, from + 6,
                             {1.0F, 1.0F, 0.9F, 0.5F, 0.0F, kNan, -0.5F, -kInfinity, kInfinity,
                              0.999999F, 1e-30F, 1e-44F})),
      min_p(one_a_row<float>(rows, from + 7,
                             {0.0F, 0.0F, 0.05F, 0.3F, 1.0F, 2.0F, kNan, -1.0F, -kInfinity,
                              kInfinity, 1e-9F, 1e-42F})),
      seed(words_a_row(rows, from + 8)),
      offset(words_a_row(rows, from + 9)) {}

SampleParameters MixedParameters::view() const {
  SampleParameters parameters;
  parameters.temperature.each = temperature.data();
  parameters.top_k.each = top_k.data();
  parameters.top_p.each = top_p.data();
  parameters.min_p.each = min_p.data();
  parameters.seed.each = seed.data();
  parameters.offset.each = offset.data();
  return parameters;
}

std::vector<MirroredBuffer> MixedParameters::mirrored() {
  return {temperature.mirrored(), top_k.mirrored(), top_p.mirrored(),
          min_p.mirrored(),       seed.mirrored(),  offset.mirrored()};
}

bool MixedParameters::unchanged() const {
  return temperature.unchanged() && top_k.unchanged() && top_p.unchanged() && min_p.unchanged() &&
         seed.unchanged() && offset.unchanged();
}

SampleImage::SampleImage(const InputImage& input, const SampleSpec& spec)
    : input_(input),
      spec_(spec),
      words_((input.spec().cols + 31) / 32),
      lengths_(mixed_lengths(input.spec(), spec)),
      narrow_lengths_(converted<std::int32_t>(mixed_lengths(input.spec(), spec),
                                              spec.lengths == Lengths::mixed_i32)),
      mask_(mixed_mask(input.spec(), spec, words_)),
      bias_(mixed_bias(input.spec(), spec)),
      tokens_(spec.token_dtype, input.spec().rows, 1, spec.seed),
      logprobs_(DType::f32, has_logprobs() ? input.spec().rows : 0, 1, spec.seed / 2),
      top_tokens_(spec.token_dtype, input.spec().rows, spec.top_logprobs, spec.seed / 3),
      top_logprobs_(DType::f32, input.spec().rows, spec.top_logprobs, spec.seed / 4) {
  if (spec.each) mixed_.emplace(input.spec().rows, input.spec().cols, spec.seed);
}

void SampleImage::move_to_gpu() {
  std::vector<MirroredBuffer> mirrored;
  for (OutputImage* image : {&tokens_, &logprobs_, &top_tokens_, &top_logprobs_}) {
    image->poison();
    mirrored.push_back(image->mirrored());
  }
  if (mixed_) {
    for (const MirroredBuffer& buffer : mixed_->mirrored()) mirrored.push_back(buffer);
  }
  for (const MirroredBuffer& buffer :
       {lengths_.mirrored(), narrow_lengths_.mirrored(), mask_.mirrored(), bias_.mirrored()}) {
    mirrored.push_back(buffer);
  }
  gpu_ = std::make_unique<GpuMirror>(std::move(mirrored));
}

template <class T>
T* SampleImage::there(T* host) const {
  std::byte* const moved = gpu_ ? gpu_->there(host) : nullptr;
  return moved == nullptr ? host : reinterpret_cast<T*>(moved);
}

SampleRequest SampleImage::request() const {
  const std::int64_t rows = input_.spec().rows;
  const DeviceId device = input_.spec().device;
  const auto stride = [](Beside beside, std::int64_t cols) {
    return beside == Beside::one_for_all ? 0 : cols;
  };
  SampleRequest request;
  request.options = {spec_.order, spec_.token_dtype, spec_.logprobs, spec_.top_logprobs,
                     spec_.num_threads};
  request.inputs.logits = input_.view();
  request.inputs.parameters = spec_.parameters;
  if (mixed_) {
    SampleParameters& parameters = request.inputs.parameters = mixed_->view();
    parameters.temperature.each = there(parameters.temperature.each);
    parameters.top_k.each = there(parameters.top_k.each);
    parameters.top_p.each = there(parameters.top_p.each);
    parameters.min_p.each = there(parameters.min_p.each);
    parameters.seed.each = there(parameters.seed.each);
    parameters.offset.each = there(parameters.offset.each);
  }
  if (spec_.lengths == Lengths::mixed_i32) {
    request.inputs.row_lengths = {there(narrow_lengths_.data()), DType::i32, rows, device};
  }
  if (spec_.lengths == Lengths::mixed_i64) {
    request.inputs.row_lengths = {there(lengths_.data()), DType::i64, rows, device};
  }
  if (spec_.mask != Beside::none) {
    request.inputs.allow_mask = TensorView{there(mask_.data()),        DType::i32, rows, words_,
                                           stride(spec_.mask, words_), device};
  }
  if (spec_.bias != Beside::none) {
    const std::int64_t cols = input_.spec().cols;
    request.inputs.logit_bias =
        TensorView{there(bias_.data()), DType::f32, rows, cols, stride(spec_.bias, cols), device};
  }
  return request;
}

std::int64_t SampleImage::length_of(std::int64_t row) const {
  const std::int64_t cols = input_.spec().cols;
  return spec_.lengths == Lengths::none ? cols : std::clamp<std::int64_t>(lengths_[row], 0, cols);
}

bool SampleImage::allowed(std::int64_t row, std::int64_t column) const {
  if (spec_.mask == Beside::none) return true;
  const std::int64_t mask_row = spec_.mask == Beside::one_for_all ? 0 : row;
  return (mask_[mask_row * words_ + column / 32] >> column % 32 & 1U) != 0;
}

SampleRow SampleImage::row(std::int64_t number) const {
  SampleRow row;
  const std::int64_t cols = input_.spec().cols;
  const std::int64_t bias_row = spec_.bias == Beside::one_for_all ? 0 : number;
  bench::dispatch(input_.spec().dtype, [&]<class T>() {
    for (std::int64_t column = 0; column < length_of(number); ++column) {
      T element{};
      std::memcpy(&element, input_.row(number) + column * static_cast<std::int64_t>(sizeof(T)),
                  sizeof(T));
      row.logits.push_back(static_cast<float>(bench::number_of(element)));
      row.allowed.push_back(allowed(number, column));
      if (spec_.bias != Beside::none) row.bias.push_back(bias_[bias_row * cols + column]);
    }
  });
  const SampleParameters& values = spec_.parameters;
  row.temperature = mixed_ ? mixed_->temperature[number] : values.temperature.value;
  row.top_k = mixed_ ? mixed_->top_k[number] : values.top_k.value;
  row.top_p = mixed_ ? mixed_->top_p[number] : values.top_p.value;
  row.min_p = mixed_ ? mixed_->min_p[number] : values.min_p.value;
  row.seed = mixed_ ? mixed_->seed[number] : values.seed.value;
  row.offset =
      mixed_ ? mixed_->offset[number] : values.offset.value + static_cast<std::uint64_t>(number);
  row.order = spec_.order;
  row.logprobs = spec_.logprobs;
  row.top_logprobs = spec_.top_logprobs;
  return row;
}

void SampleImage::expect_token(OutputImage& image, std::int64_t row, std::int64_t rank,
                               std::int64_t token) {
  const auto narrow = static_cast<std::int32_t>(token);
  image.expect(row, rank,
               spec_.token_dtype == DType::i32 ? static_cast<const void*>(&narrow) : &token);
}

void SampleImage::expect(std::int64_t row, const SampleAnswer& answer) {
  expect_token(tokens_, row, 0, answer.token);
  if (has_logprobs()) logprobs_.expect(row, 0, &answer.logprob);
  for (std::int64_t rank = 0; rank < spec_.top_logprobs; ++rank) {
    const auto i = static_cast<std::size_t>(rank);
    expect_token(top_tokens_, row, rank, answer.top_tokens[i]);
    top_logprobs_.expect(row, rank, &answer.top_logprobs[i]);
  }
}

SampleOutputs SampleImage::outputs() const {
  const auto placed = [&](MutableTensorView view) {
    view.data = there(view.data);
    view.device = input_.spec().device;
    return view;
  };
  SampleOutputs outputs{placed(tokens_.view()), {}, {}, {}};
  if (has_logprobs()) outputs.logprobs = placed(logprobs_.view());
  if (spec_.top_logprobs > 0) {
    outputs.top_tokens = placed(top_tokens_.view());
    outputs.top_logprobs = placed(top_logprobs_.view());
  }
  return outputs;
}

std::string SampleImage::run(const SamplePlan& plan) {
  return on_gpu() ? run_on_gpu(plan) : run_on_cpu(plan);
}

// The GPU compares; only what is wrong comes home to be told.
std::string SampleImage::run_on_gpu(const SamplePlan& plan) {
  const auto what = [&] { return skim::test::to_string(spec_) + "; " + skim::to_string(plan); };
  if (!gpu_) move_to_gpu();
  try {
    gpu_->reset();
    skim::run(bind(plan, {request().inputs, outputs(), nullptr, 0}), gpu_stream());
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

std::string SampleImage::run_on_cpu(const SamplePlan& plan) {
  const GuardedBuffer workspace(plan.workspace_bytes);
  bench::Random random(spec_.seed, ++runs_);
  for (std::size_t i = 0; i < workspace.size(); i += sizeof(std::uint64_t)) {
    const std::uint64_t bytes = random.next();
    std::memcpy(workspace.data() + i, &bytes, std::min(sizeof(bytes), workspace.size() - i));
  }
  for (OutputImage* image : {&tokens_, &logprobs_, &top_tokens_, &top_logprobs_}) image->poison();
  skim::run(bind(plan, {request().inputs, outputs(), workspace.data(), workspace.size()}));
  const std::string wrong = what_is_wrong();
  return wrong.empty() && !workspace.guards_intact() ? "wrote beside the workspace" : wrong;
}

SampleAnswer SampleImage::found(std::int64_t row) const {
  SampleAnswer answer;
  answer.token = read_token(tokens_.view(), row, 0);
  if (has_logprobs()) answer.logprob = read_float(logprobs_.view(), row, 0);
  for (std::int64_t rank = 0; rank < spec_.top_logprobs; ++rank) {
    answer.top_tokens.push_back(read_token(top_tokens_.view(), row, rank));
    answer.top_logprobs.push_back(read_float(top_logprobs_.view(), row, rank));
  }
  return answer;
}

std::string SampleImage::what_is_wrong() const {
  const std::pair<const char*, const OutputImage*> images[] = {{"tokens", &tokens_},
                                                               {"logprobs", &logprobs_},
                                                               {"top_tokens", &top_tokens_},
                                                               {"top_logprobs", &top_logprobs_}};
  for (const auto& [name, image] : images) {
    if (!image->as_expected()) return std::string(name) + ": " + image->first_difference();
    if (!image->guards_intact()) return std::string("wrote beside the ") + name;
  }
  return inputs_unchanged() ? "" : "an input changed, or what is beside it";
}

bool SampleImage::inputs_unchanged() const {
  return input_.unchanged() && lengths_.unchanged() && narrow_lengths_.unchanged() &&
         mask_.unchanged() && bias_.unchanged() && (!mixed_ || mixed_->unchanged());
}

SamplePlan forced_plan(const SampleProblem& problem, SimdTarget target, int threads) {
  return plan_sample(problem, Device::cpu(), SampleOverride{target, threads});
}

}  // namespace skim::test
