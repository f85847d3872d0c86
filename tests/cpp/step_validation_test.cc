// What a step of sampling refuses, how it resolves what it accepts, and that a refusal comes before
// anything is written.
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "plan/override.h"
#include "skim/sampling_steps.h"
#include "support/made_up_gpus.h"
#include "support/refusal.h"

namespace skim {
namespace {

using test::kH100;
using test::refusal;
using test::says;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

constexpr SamplingStep kAllSteps[] = {SamplingStep::softmax,
                                      SamplingStep::top_k_renorm_probs,
                                      SamplingStep::top_p_renorm_probs,
                                      SamplingStep::top_k_mask_logits,
                                      SamplingStep::top_p_mask_logits,
                                      SamplingStep::sample_from_probs};

// A request that is in order, with memory.
class StepValidation : public testing::Test {
 protected:
  static constexpr std::int64_t kRows = 3;
  static constexpr std::int64_t kCols = 40;

  StepValidation() { request_.inputs.rows = matrix_view(elements_.data(), kRows, kCols); }

  std::string refused() const {
    return refusal([&] { (void)make_step_problem(request_); });
  }

  StepBuffers buffers() { return {request_.inputs, output_, workspace_.data(), workspace_.size()}; }

  std::string bind_refused(const StepBuffers& buffers) const {
    const StepPlan plan = plan_step(make_step_problem(request_), Device::cpu());
    return refusal([&] { (void)bind(plan, buffers); });
  }

  struct alignas(kWorkspaceAlignment) Block {
    std::byte bytes[kWorkspaceAlignment];
  };

  std::vector<float> elements_ = std::vector<float>(kRows * kCols, 0.5F);
  std::vector<float> results_ = std::vector<float>(kRows * kCols, 7.0F);
  std::vector<Block> blocks_ = std::vector<Block>(4096);
  std::span<std::byte> workspace_ = std::as_writable_bytes(std::span(blocks_));
  MutableTensorView output_ = mutable_matrix_view(results_.data(), kRows, kCols);
  StepRequest request_;
};

TEST_F(StepValidation, ResolvesWhatItAccepts) {
  for (const SamplingStep step : kAllSteps) {
    request_.step = step;
    const StepProblem problem = make_step_problem(request_);
    const bool draws = step == SamplingStep::sample_from_probs;
    EXPECT_EQ(problem.output_cols, draws ? 1 : kCols);
    EXPECT_EQ(problem.output_dtype, draws ? DType::i64 : DType::f32) << to_string(step);
    EXPECT_TRUE(says(to_string(problem), {to_string(step), "rows=3", "cols=40", "float32"}));
    const StepPlan plan = plan_step(problem, Device::cpu());
    EXPECT_EQ(plan.bytes_read, kRows * kCols * 4);
    EXPECT_TRUE(says(to_string(plan), {to_string(step), "threads=", "workspace="}));
  }
  request_.inputs.rows.dtype = DType::bf16;
  request_.step = SamplingStep::top_k_mask_logits;
  EXPECT_EQ(make_step_problem(request_).output_dtype, DType::bf16);
  request_.step = SamplingStep::softmax;
  EXPECT_EQ(make_step_problem(request_).output_dtype, DType::f32);
}

TEST_F(StepValidation, RefusesAnUnknownStep) {
  request_.step = static_cast<SamplingStep>(6);
  EXPECT_TRUE(says(refused(), {"step = 6", "softmax"}));
}

TEST_F(StepValidation, RefusesRowsThatNoStepTakes) {
  TensorView& rows = request_.inputs.rows;
  rows.dtype = DType::f64;
  EXPECT_TRUE(says(refused(), {"logits have dtype float64", "convert"}));
  request_.step = SamplingStep::sample_from_probs;
  EXPECT_TRUE(says(refused(), {"probs have dtype float64", "convert"}));
  rows.dtype = DType::f32;
  rows.rows = -1;
  EXPECT_TRUE(says(refused(), {"rows = -1"}));
  rows.rows = 1;
  rows.cols = kMaxVocabulary + 1;
  EXPECT_TRUE(says(refused(), {"cols = 8388609", "8388608"}));
  rows.cols = 4;
  rows.rows = 1 << 20;
  rows.row_stride = std::int64_t{1} << 60;
  EXPECT_TRUE(says(refused(), {"probs", "row_stride"}));
}

TEST_F(StepValidation, RefusesWrongNumbers) {
  SampleParameters& parameters = request_.inputs.parameters;
  for (const float wrong : {-1.0F, kNan, kInfinity}) {
    parameters.temperature.value = wrong;
    EXPECT_TRUE(says(refused(), {"temperature = "}));
  }
  parameters = {};
  request_.step = SamplingStep::top_p_renorm_probs;
  for (const float wrong : {-0.5F, kNan}) {
    parameters.top_p.value = wrong;
    EXPECT_TRUE(says(refused(), {"top_p = ", "share"}));
  }
  parameters = {};
  request_.options.num_threads = -1;
  EXPECT_TRUE(says(refused(), {"num_threads = -1"}));
  request_.options = {.token_dtype = DType::f32};
  EXPECT_TRUE(says(refused(), {"token_dtype is float32", "int32 or int64"}));
}

// What would be ignored is no request.
TEST_F(StepValidation, RefusesParametersWithoutAUse) {
  const float shares[kRows] = {1, 1, 1};
  for (const SamplingStep step : kAllSteps) {
    request_.step = step;
    SampleParameters& parameters = request_.inputs.parameters;
    parameters = {.temperature = {2.0F}, .top_k = {3}, .top_p = {0.5F}, .seed = {1}};
    EXPECT_TRUE(says(refused(), {to_string(step), "has no use for", "leave it out"}));
    parameters = {.min_p = {0.1F}};
    EXPECT_TRUE(says(refused(), {to_string(step), "min_p"}));
    parameters = {.min_p = {0.0F, shares}};
    EXPECT_TRUE(says(refused(), {to_string(step), "min_p"}));
  }
  request_.step = SamplingStep::sample_from_probs;
  request_.inputs.parameters = {.temperature = {2.0F}};
  EXPECT_TRUE(says(refused(), {"sample_from_probs has no use for temperature"}));
}

TEST_F(StepValidation, RefusesLengthsThatDoNotFit) {
  const std::int32_t lengths[kRows] = {1, 2, 3};
  request_.inputs.row_lengths = {lengths, DType::i32, 2, DeviceId{}};
  EXPECT_TRUE(says(refused(), {"row_lengths has 2 entries for rows = 3"}));
  request_.inputs.row_lengths = {lengths, DType::f32, kRows, DeviceId{}};
  EXPECT_TRUE(says(refused(), {"row_lengths has dtype float32"}));
}

TEST_F(StepValidation, PlansForTheDeviceOfTheRows) {
  request_.inputs.rows.device = {DeviceKind::cuda, 0};
  const StepProblem problem = make_step_problem(request_);
  EXPECT_TRUE(says(refusal([&] { (void)plan_step(problem, Device::cpu()); }),
                   {"cuda:0", "cpu", "hand in that device"}));
  const StepPlan plan = plan_step(problem, kH100);
  EXPECT_EQ(plan.workspace_bytes, 0U);
  EXPECT_EQ(plan.bytes_read, kRows * kCols * 4);
  EXPECT_EQ(to_string(plan), "softmax threads=32 reads=480B");
  for (const int threads : {0, 48, 1024}) {
    const SampleOverride forced{.cta_threads = threads};
    EXPECT_TRUE(says(refusal([&] { (void)plan_step(problem, kH100, forced); }),
                     {"forced cta_threads = ", "whole warps of 32, up to 512"}));
  }
}

TEST_F(StepValidation, BindRefusesMemoryThatDoesNotFit) {
  StepBuffers wrong = buffers();
  EXPECT_EQ(bind_refused(wrong), "");
  wrong.output.cols = kCols - 1;
  EXPECT_TRUE(says(bind_refused(wrong), {"probs has shape 3 x 39", "3 x 40"}));
  wrong = buffers();
  wrong.output.dtype = DType::f16;
  EXPECT_TRUE(says(bind_refused(wrong), {"probs has dtype float16", "float32"}));
  wrong = buffers();
  wrong.output.data = nullptr;
  EXPECT_TRUE(says(bind_refused(wrong), {"probs has a null data pointer"}));
  wrong = buffers();
  wrong.output.row_stride = kCols - 1;
  EXPECT_TRUE(says(bind_refused(wrong), {"probs has row_stride 39"}));
  wrong = buffers();
  wrong.inputs.rows.row_stride = kCols + 1;
  EXPECT_TRUE(says(bind_refused(wrong), {"logits has row_stride 41"}));
  wrong = buffers();
  wrong.workspace_bytes = 1;
  EXPECT_TRUE(says(bind_refused(wrong), {"workspace has 1 bytes"}));
  wrong = buffers();
  wrong.inputs.parameters.temperature.value = -2.0F;
  EXPECT_TRUE(says(bind_refused(wrong), {"temperature = -2"}));
  wrong = buffers();
  wrong.inputs.parameters.top_p.value = 0.5F;
  EXPECT_TRUE(says(bind_refused(wrong), {"softmax has no use for top_p"}));
}

TEST_F(StepValidation, BindRefusesOverlap) {
  StepBuffers wrong = buffers();
  wrong.output.data = elements_.data();
  EXPECT_TRUE(says(bind_refused(wrong), {"probs overlaps logits"}));
  wrong = buffers();
  wrong.inputs.parameters.temperature.each = results_.data() + 5;
  EXPECT_TRUE(says(bind_refused(wrong), {"probs overlaps temperature"}));
  wrong = buffers();
  wrong.output.data = workspace_.data();
  EXPECT_TRUE(says(bind_refused(wrong), {"workspace overlaps probs"}));
}

// The plan knows the most that top-k may ask for.
TEST_F(StepValidation, BindRefusesAnotherTopK) {
  request_.step = SamplingStep::top_k_mask_logits;
  request_.inputs.parameters.top_k.value = 3;
  StepBuffers wrong = buffers();
  EXPECT_EQ(bind_refused(wrong), "");
  wrong.inputs.parameters.top_k.value = 4;
  EXPECT_TRUE(says(bind_refused(wrong), {"top_k = 4", "which is 3", "plan again"}));
}

TEST_F(StepValidation, ARefusalWritesNothing) {
  const std::vector<float> before = results_;
  EXPECT_NE(refusal([&] { softmax(request_.inputs.rows, output_, {kNan}); }), "");
  EXPECT_EQ(results_, before);
}

TEST_F(StepValidation, NoRowsAreNoWork) {
  request_.inputs.rows.rows = 0;
  for (const SamplingStep step : kAllSteps) {
    request_.step = step;
    const StepPlan plan = plan_step(make_step_problem(request_), Device::cpu());
    MutableTensorView output = output_;
    output.rows = 0;
    output.cols = plan.problem.output_cols;
    output.dtype = plan.problem.output_dtype;
    run(bind(plan, {request_.inputs, output, nullptr, 0}));
  }
}

}  // namespace
}  // namespace skim
