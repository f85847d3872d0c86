// What bind refuses of a sampling run: parameters and memory that do not fit the plan.
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <string>

#include "skim/sample.h"
#include "support/refusal.h"

namespace skim {
namespace {

using test::refusal;
using test::says;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// A plan for 4 x 100 float32 with everything that a request may have, and memory that fits it, all
// in one arena so that tests can lay things over each other.
class SampleBind : public testing::Test {
 protected:
  SampleBind() {
    SampleInputs& inputs = buffers_.inputs;
    inputs.logits = {at(0), DType::f32, 4, 100, 100, DeviceId{}};
    inputs.row_lengths = {at(2048), DType::i32, 4, DeviceId{}};
    inputs.allow_mask = TensorView{at(4096), DType::i32, 4, 4, 4, DeviceId{}};
    inputs.logit_bias = TensorView{at(6144), DType::f32, 4, 100, 100, DeviceId{}};
    inputs.parameters.temperature.each = static_cast<const float*>(at(8192));
    inputs.parameters.seed.each = static_cast<const std::uint64_t*>(at(8448));
    inputs.parameters.top_k.value = 10;
    SampleOutputs& outputs = buffers_.outputs;
    outputs.tokens = {at(10240), DType::i64, 4, 1, 1, DeviceId{}};
    outputs.logprobs = MutableTensorView{at(12288), DType::f32, 4, 1, 1, DeviceId{}};
    outputs.top_tokens = MutableTensorView{at(14336), DType::i64, 4, 5, 5, DeviceId{}};
    outputs.top_logprobs = MutableTensorView{at(16384), DType::f32, 4, 5, 5, DeviceId{}};
    buffers_.workspace = at(32768);
    make_plan();
  }

  void make_plan() {
    SampleRequest request;
    request.inputs = buffers_.inputs;
    request.options.logprobs = buffers_.outputs.logprobs ? LogprobKind::raw : LogprobKind::none;
    request.options.top_logprobs = buffers_.outputs.top_tokens ? 5 : 0;
    plan_ = plan_sample(make_sample_problem(request), Device::cpu());
    ASSERT_LE(plan_.workspace_bytes, sizeof(arena_) - 32768);
    buffers_.workspace_bytes = plan_.workspace_bytes;
  }
  void* at(std::size_t offset) { return arena_ + offset; }
  SampleInputs& inputs() { return buffers_.inputs; }
  SampleOutputs& outputs() { return buffers_.outputs; }
  SampleParameters& parameters() { return buffers_.inputs.parameters; }
  std::string message() {
    return refusal([this] { bind(plan_, buffers_); });
  }
  // With one thing changed, which is undone.
  std::string message_with(const std::function<void()>& change) {
    const SampleBuffers kept = buffers_;
    change();
    const std::string text = message();
    buffers_ = kept;
    return text;
  }

  alignas(4096) std::byte arena_[1 << 20] = {};
  SamplePlan plan_;
  SampleBuffers buffers_;
};

TEST_F(SampleBind, AcceptsWhatFits) {
  EXPECT_EQ(message(), "");
  outputs().top_tokens->row_stride = 9;
  inputs().logit_bias->row_stride = 0;
  inputs().allow_mask->row_stride = 0;
  buffers_.workspace_bytes += 1000;
  EXPECT_EQ(message(), "");
}

// What decides nothing about the plan may change from run to run.
TEST_F(SampleBind, AcceptsOtherParameters) {
  parameters().temperature = {0.5F};
  parameters().top_p = {0.9F};
  parameters().min_p = {0.1F, static_cast<const float*>(at(9216))};
  parameters().seed = {7};
  parameters().offset = {1, static_cast<const std::uint64_t*>(at(9472))};
  EXPECT_EQ(message(), "");
}

TEST_F(SampleBind, RefusesParametersThatAreNone) {
  EXPECT_TRUE(
      says(message_with([&] { parameters().temperature = {-1.0F}; }), {"temperature", "-1"}));
  EXPECT_TRUE(says(message_with([&] { parameters().top_p = {kNan}; }), {"top_p", "nan"}));
  EXPECT_TRUE(says(message_with([&] { parameters().min_p = {2.0F}; }), {"min_p", "2"}));
}

TEST_F(SampleBind, RefusesAnotherTopK) {
  EXPECT_TRUE(says(message_with([&] { parameters().top_k.value = 11; }),
                   {"top_k", "11", "10", "plan again"}));
  EXPECT_TRUE(says(message_with([&] { parameters().top_k.value = 0; }), {"top_k", "0", "10"}));
  const auto* const each = static_cast<const std::int32_t*>(at(9216));
  EXPECT_TRUE(says(message_with([&] { parameters().top_k.each = each; }),
                   {"top_k", "one value", "plan again"}));
  parameters().top_k.each = each;
  make_plan();
  EXPECT_EQ(message(), "");
  EXPECT_TRUE(says(message_with([&] { parameters().top_k = {10}; }), {"top_k", "10", "a row"}));
}

TEST_F(SampleBind, RefusesMisalignedParameters) {
  EXPECT_TRUE(says(message_with([&] {
                     parameters().temperature.each = reinterpret_cast<const float*>(at(8193));
                   }),
                   {"temperature", "aligned", "4 bytes"}));
  EXPECT_TRUE(says(message_with([&] {
                     parameters().seed.each = reinterpret_cast<const std::uint64_t*>(at(8452));
                   }),
                   {"seed", "aligned", "8 bytes"}));
  EXPECT_TRUE(says(message_with([&] {
                     parameters().offset.each = reinterpret_cast<const std::uint64_t*>(at(9220));
                   }),
                   {"offset", "aligned", "8 bytes"}));
}

TEST_F(SampleBind, RefusesNullData) {
  EXPECT_TRUE(
      says(message_with([&] { inputs().logits.data = nullptr; }), {"logits", "null", "4 x 100"}));
  EXPECT_TRUE(says(message_with([&] { inputs().allow_mask->data = nullptr; }),
                   {"allow_mask", "null", "4 x 4"}));
  EXPECT_TRUE(says(message_with([&] { inputs().logit_bias->data = nullptr; }),
                   {"logit_bias", "null", "4 x 100"}));
  EXPECT_TRUE(
      says(message_with([&] { inputs().row_lengths.data = nullptr; }), {"row_lengths", "null"}));
  EXPECT_TRUE(
      says(message_with([&] { outputs().tokens.data = nullptr; }), {"tokens", "null", "4 x 1"}));
  EXPECT_TRUE(says(message_with([&] { outputs().logprobs->data = nullptr; }),
                   {"logprobs", "null", "4 x 1"}));
  EXPECT_TRUE(says(message_with([&] { outputs().top_tokens->data = nullptr; }),
                   {"top_tokens", "null", "4 x 5"}));
  EXPECT_TRUE(says(message_with([&] { outputs().top_logprobs->data = nullptr; }),
                   {"top_logprobs", "null", "4 x 5"}));
}

TEST_F(SampleBind, RefusesMisalignedElements) {
  EXPECT_TRUE(
      says(message_with([&] { inputs().logits.data = at(2); }), {"logits", "aligned", "4 bytes"}));
  EXPECT_TRUE(says(message_with([&] { inputs().logits.data = at(4); }),
                   {"logits", "aligned", "16 bytes", "plan again"}));
  EXPECT_TRUE(says(message_with([&] { inputs().allow_mask->data = at(4097); }),
                   {"allow_mask", "aligned", "4 bytes"}));
  EXPECT_TRUE(says(message_with([&] { outputs().tokens.data = at(10244); }),
                   {"tokens", "aligned", "8 bytes"}));
  EXPECT_TRUE(says(message_with([&] { outputs().top_logprobs->data = at(16386); }),
                   {"top_logprobs", "aligned", "4 bytes"}));
}

TEST_F(SampleBind, RefusesOtherShapes) {
  EXPECT_TRUE(
      says(message_with([&] { inputs().logits.cols = 99; }), {"logits", "4 x 99", "4 x 100"}));
  EXPECT_TRUE(
      says(message_with([&] { inputs().logits.rows = 3; }), {"logits", "3 x 100", "4 x 100"}));
  EXPECT_TRUE(
      says(message_with([&] { inputs().row_lengths.rows = 3; }), {"row_lengths", "3", "4"}));
  EXPECT_TRUE(
      says(message_with([&] { inputs().allow_mask->cols = 3; }), {"allow_mask", "4 x 3", "4 x 4"}));
  EXPECT_TRUE(says(message_with([&] { inputs().logit_bias->rows = 1; }),
                   {"logit_bias", "1 x 100", "4 x 100"}));
  EXPECT_TRUE(says(message_with([&] { outputs().tokens.rows = 5; }), {"tokens", "5 x 1", "4 x 1"}));
  EXPECT_TRUE(
      says(message_with([&] { outputs().logprobs->cols = 2; }), {"logprobs", "4 x 2", "4 x 1"}));
  EXPECT_TRUE(says(message_with([&] { outputs().top_tokens->cols = 4; }),
                   {"top_tokens", "4 x 4", "4 x 5"}));
  EXPECT_TRUE(says(message_with([&] { outputs().top_logprobs->cols = 6; }),
                   {"top_logprobs", "4 x 6", "4 x 5"}));
}

TEST_F(SampleBind, RefusesOtherStrides) {
  EXPECT_TRUE(says(message_with([&] { inputs().logits.row_stride = 101; }),
                   {"logits", "row_stride", "101", "100", "plan again"}));
  EXPECT_TRUE(says(message_with([&] { outputs().tokens.row_stride = 0; }),
                   {"tokens", "row_stride", "0", "1"}));
  EXPECT_TRUE(says(message_with([&] { outputs().top_logprobs->row_stride = 4; }),
                   {"top_logprobs", "row_stride", "4", "5"}));
  EXPECT_TRUE(says(message_with([&] {
                     outputs().top_tokens->row_stride = std::numeric_limits<std::int64_t>::max();
                   }),
                   {"top_tokens", "row_stride", "9223372036854775807"}));
}

TEST_F(SampleBind, RefusesOtherDTypes) {
  EXPECT_TRUE(says(message_with([&] { inputs().logits.dtype = DType::f16; }),
                   {"logits", "float16", "float32"}));
  EXPECT_TRUE(says(message_with([&] { inputs().row_lengths.dtype = DType::i64; }),
                   {"row_lengths", "int64", "int32"}));
  EXPECT_TRUE(says(message_with([&] { outputs().tokens.dtype = DType::i32; }),
                   {"tokens", "int32", "int64"}));
  EXPECT_TRUE(says(message_with([&] { outputs().logprobs->dtype = DType::f64; }),
                   {"logprobs", "float64", "float32"}));
  EXPECT_TRUE(says(message_with([&] { outputs().top_tokens->dtype = DType::f64; }),
                   {"top_tokens", "float64", "int64"}));
}

TEST_F(SampleBind, RefusesOtherDevices) {
  const DeviceId elsewhere{DeviceKind::cuda, 2};
  for (DeviceId* device :
       {&inputs().logits.device, &inputs().row_lengths.device, &inputs().allow_mask->device,
        &inputs().logit_bias->device, &outputs().tokens.device, &outputs().logprobs->device,
        &outputs().top_tokens->device, &outputs().top_logprobs->device}) {
    *device = elsewhere;
    EXPECT_TRUE(says(message(), {"cuda:2", "cpu"}));
    *device = DeviceId{};
  }
}

TEST_F(SampleBind, RefusesWhatThePlanLacksOrWants) {
  const SampleBuffers all = buffers_;
  EXPECT_TRUE(says(message_with([&] { inputs().allow_mask.reset(); }), {"allow_mask", "plan"}));
  EXPECT_TRUE(says(message_with([&] { inputs().logit_bias.reset(); }), {"logit_bias", "plan"}));
  EXPECT_FALSE(message_with([&] { inputs().row_lengths = {}; }).empty());
  EXPECT_TRUE(says(message_with([&] { outputs().logprobs.reset(); }), {"logprobs", "plan"}));
  EXPECT_TRUE(says(message_with([&] { outputs().top_tokens.reset(); }), {"top_tokens", "plan"}));
  EXPECT_TRUE(
      says(message_with([&] { outputs().top_logprobs.reset(); }), {"top_logprobs", "plan"}));

  inputs().allow_mask.reset();
  inputs().logit_bias.reset();
  inputs().row_lengths = {};
  outputs() = {outputs().tokens, {}, {}, {}};
  make_plan();
  EXPECT_EQ(message(), "");
  const auto with = [&](const std::function<void()>& change) { return message_with(change); };
  EXPECT_TRUE(
      says(with([&] { inputs().allow_mask = all.inputs.allow_mask; }), {"allow_mask", "plan"}));
  EXPECT_TRUE(
      says(with([&] { inputs().logit_bias = all.inputs.logit_bias; }), {"logit_bias", "plan"}));
  EXPECT_TRUE(
      says(with([&] { inputs().row_lengths = all.inputs.row_lengths; }), {"row_lengths", "plan"}));
  EXPECT_TRUE(says(with([&] { outputs().logprobs = all.outputs.logprobs; }), {"logprobs", "plan"}));
  EXPECT_TRUE(
      says(with([&] { outputs().top_tokens = all.outputs.top_tokens; }), {"top_tokens", "plan"}));
}

TEST_F(SampleBind, RefusesTooSmallAWorkspace) {
  const std::size_t bytes = plan_.workspace_bytes;
  ASSERT_GT(bytes, 0U);
  EXPECT_TRUE(says(message_with([&] { buffers_.workspace_bytes = bytes - 1; }),
                   {"workspace", std::to_string(bytes - 1) + " bytes", std::to_string(bytes)}));
  EXPECT_TRUE(says(message_with([&] { buffers_.workspace = nullptr; }), {"workspace", "null"}));
  EXPECT_TRUE(says(message_with([&] { buffers_.workspace = at(32768 + 128); }),
                   {"workspace", "aligned", "256"}));
}

TEST_F(SampleBind, RefusesOverlap) {
  struct Named {
    const char* name;
    std::size_t offset;
  };
  const Named inputs_of_all[] = {{"logits", 1024},     {"row_lengths", 2048}, {"allow_mask", 4096},
                                 {"logit_bias", 6400}, {"temperature", 8192}, {"seed", 8448}};
  const auto lay = [&](const std::string& result, void* data) {
    if (result == "tokens") outputs().tokens.data = data;
    if (result == "logprobs") outputs().logprobs->data = data;
    if (result == "top_tokens") outputs().top_tokens->data = data;
    if (result == "top_logprobs") outputs().top_logprobs->data = data;
  };
  for (const char* result : {"tokens", "logprobs", "top_tokens", "top_logprobs"}) {
    for (const Named& input : inputs_of_all) {
      EXPECT_TRUE(says(message_with([&] { lay(result, at(input.offset)); }),
                       {result, input.name, "overlap"}));
    }
    EXPECT_TRUE(
        says(message_with([&] { lay(result, at(32768)); }), {result, "workspace", "overlap"}));
  }
  EXPECT_TRUE(
      says(message_with([&] { lay("tokens", at(14336)); }), {"tokens", "top_tokens", "overlap"}));
  EXPECT_TRUE(says(message_with([&] { lay("logprobs", at(16384 + 16)); }),
                   {"logprobs", "top_logprobs", "overlap"}));
}

TEST_F(SampleBind, AcceptsNeighbours) {
  outputs().tokens.data = at(1600);          // right behind the logits
  outputs().logprobs->data = at(1600 + 32);  // and behind the tokens
  EXPECT_EQ(message(), "");
}

TEST_F(SampleBind, AcceptsNullDataOfNothing) {
  buffers_ = {};
  buffers_.inputs.logits = {nullptr, DType::f32, 0, 100, 100, DeviceId{}};
  buffers_.outputs.tokens = {nullptr, DType::i64, 0, 1, 1, DeviceId{}};
  make_plan();
  EXPECT_EQ(message(), "");
}

}  // namespace
}  // namespace skim
