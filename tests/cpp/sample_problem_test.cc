// What make_sample_problem and plan_sample refuse of a sampling request, and how they resolve what
// they accept.
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

#include "plan/override.h"
#include "skim/sample.h"
#include "support/made_up_gpus.h"
#include "support/refusal.h"

namespace skim {
namespace {

using test::kA100;
using test::kClustersOf8;
using test::kH100;
using test::refusal;
using test::says;

constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// A request that is in order; make_sample_problem never looks at what its pointers point to.
class SampleProblemTest : public testing::Test {
 protected:
  SampleProblemTest() { request_.inputs.logits = {at(4096), DType::f32, 4, 100, 100, DeviceId{}}; }

  static const void* at(std::uintptr_t address) {
    return reinterpret_cast<const void*>(address);  // NOLINT: never dereferenced
  }
  TensorView& logits() { return request_.inputs.logits; }
  SampleParameters& parameters() { return request_.inputs.parameters; }
  SampleOptions& options() { return request_.options; }
  std::string message() {
    return refusal([this] { make_sample_problem(request_); });
  }

  const float floats_[4] = {};
  const std::int32_t integers_[4] = {};
  SampleRequest request_;
};

TEST_F(SampleProblemTest, AcceptsWhatIsInOrder) {
  EXPECT_EQ(message(), "");
  for (const DType dtype : {DType::f16, DType::bf16}) {
    logits().dtype = dtype;
    EXPECT_EQ(message(), "");
  }
  logits() = {nullptr, DType::f32, 0, 0, 0, DeviceId{}};
  EXPECT_EQ(message(), "");
}

TEST_F(SampleProblemTest, RefusesLogitsThatAreNoFloats) {
  for (const DType dtype : {DType::f64, DType::i8, DType::u8, DType::i16, DType::i32, DType::i64}) {
    logits().dtype = dtype;
    EXPECT_TRUE(
        says(message(), {"logits", std::string(name_of(dtype)), "float32", "float16", "bfloat16"}));
  }
  logits().dtype = static_cast<DType>(77);
  EXPECT_TRUE(says(message(), {"logits", "unknown", "float32"}));
}

TEST_F(SampleProblemTest, RefusesNegativeSizes) {
  logits().rows = -4;
  EXPECT_TRUE(says(message(), {"rows", "-4", "0"}));
  logits().rows = 4;
  logits().cols = -100;
  EXPECT_TRUE(says(message(), {"cols", "-100", "0"}));
}

TEST_F(SampleProblemTest, RefusesTooManyColumns) {
  logits().rows = 1;
  logits().cols = kMaxColumns + 1;
  EXPECT_TRUE(says(message(), {"cols", "4294967297", "4294967296"}));
  logits().cols = kMaxVocabulary + 1;
  EXPECT_TRUE(says(message(), {"cols", "8388609", "8388608", "topk"}));
  logits().cols = kMaxVocabulary;
  EXPECT_EQ(message(), "");
}

TEST_F(SampleProblemTest, RefusesSizesThatOverflow) {
  logits().row_stride = kHighest / 2;
  EXPECT_TRUE(says(message(), {"rows = 4", "row_stride = 4611686018427387903"}));
  logits().row_stride = 0;
  logits().rows = std::int64_t{1} << 62;
  EXPECT_TRUE(says(message(), {"rows", "4611686018427387904"}));
  logits().rows = std::int64_t{1} << 58;
  options() = {.logprobs = LogprobKind::raw, .top_logprobs = 100};
  EXPECT_TRUE(says(message(), {"rows * top_logprobs", "288230376151711744", "100"}));
}

TEST_F(SampleProblemTest, RefusesTemperaturesThatAreNone) {
  for (const auto& [value, text] :
       {std::pair{kNan, "nan"}, {-0.5F, "-0.5"}, {kInfinity, "inf"}, {-kInfinity, "-inf"}}) {
    parameters().temperature.value = value;
    EXPECT_TRUE(says(message(), {"temperature", text, "0"}));
  }
  for (const float value : {0.0F, -0.0F, 1e-45F, 3e38F}) {
    parameters().temperature.value = value;
    EXPECT_EQ(message(), "") << value;
  }
}

TEST_F(SampleProblemTest, RefusesSharesThatAreNone) {
  for (const auto& [value, text] : {std::pair{kNan, "nan"}, {-0.5F, "-0.5"}}) {
    parameters() = {};
    parameters().top_p.value = value;
    EXPECT_TRUE(says(message(), {"top_p", text}));
    parameters() = {};
    parameters().min_p.value = value;
    EXPECT_TRUE(says(message(), {"min_p", text, "1"}));
  }
  parameters() = {};
  parameters().min_p.value = 1.5F;
  EXPECT_TRUE(says(message(), {"min_p", "1.5", "1"}));
  parameters().min_p.value = 1.0F;
  for (const float value : {0.0F, 1.0F, 5.0F, kInfinity}) {
    parameters().top_p.value = value;
    EXPECT_EQ(message(), "") << value;
  }
}

// The one value is not looked at then.
TEST_F(SampleProblemTest, AcceptsAnyValuesOfOneARow) {
  parameters() = {{kNan, floats_}, {-1, integers_}, {kNan, floats_}, {kNan, floats_}, {}, {}};
  EXPECT_EQ(message(), "");
}

TEST_F(SampleProblemTest, AcceptsAnyTopK) {
  for (const std::int32_t value : {std::numeric_limits<std::int32_t>::min(), -1, 0, 1, 100, 101,
                                   std::numeric_limits<std::int32_t>::max()}) {
    parameters().top_k.value = value;
    EXPECT_EQ(message(), "") << value;
  }
}

TEST_F(SampleProblemTest, RefusesTopLogprobsOutsideTheRow) {
  options().logprobs = LogprobKind::raw;
  options().top_logprobs = -2;
  EXPECT_TRUE(says(message(), {"top_logprobs", "-2", "0"}));
  options().top_logprobs = 101;
  EXPECT_TRUE(says(message(), {"top_logprobs", "101", "cols = 100"}));
  options().top_logprobs = 100;
  EXPECT_EQ(message(), "");
  options().logprobs = LogprobKind::none;
  EXPECT_TRUE(says(message(), {"top_logprobs", "100", "raw", "processed"}));
}

TEST_F(SampleProblemTest, RefusesUnknownOptions) {
  options().order = static_cast<FilterOrder>(9);
  EXPECT_TRUE(says(message(), {"order", "9", "sequential", "hf", "joint"}));
  options() = {};
  options().logprobs = static_cast<LogprobKind>(9);
  EXPECT_TRUE(says(message(), {"logprobs", "9", "none", "raw", "processed"}));
  options() = {};
  options().num_threads = -3;
  EXPECT_TRUE(says(message(), {"num_threads", "-3", "0"}));
}

TEST_F(SampleProblemTest, RefusesTokensOfOtherTypes) {
  options().token_dtype = DType::i16;
  EXPECT_TRUE(says(message(), {"token_dtype", "int16", "int32", "int64"}));
  options().token_dtype = static_cast<DType>(99);
  EXPECT_TRUE(says(message(), {"token_dtype", "unknown", "int32"}));
}

TEST_F(SampleProblemTest, RefusesRowLengthsThatDoNotFit) {
  auto& lengths = request_.inputs.row_lengths;
  lengths = {at(64), DType::f32, 4, DeviceId{}};
  EXPECT_TRUE(says(message(), {"row_lengths", "float32", "int32", "int64"}));
  lengths = {at(64), DType::i64, 3, DeviceId{}};
  EXPECT_TRUE(says(message(), {"row_lengths", "3", "rows = 4"}));
  lengths = {at(64), DType::i64, 4, {DeviceKind::cuda, 1}};
  EXPECT_TRUE(says(message(), {"row_lengths", "cuda:1", "cpu"}));
}

TEST_F(SampleProblemTest, RefusesMasksThatDoNotFit) {
  const TensorView fits = {at(64), DType::i32, 4, 4, 4, DeviceId{}};
  auto& mask = request_.inputs.allow_mask;
  mask = fits;
  EXPECT_EQ(message(), "");
  mask->row_stride = 0;
  EXPECT_EQ(message(), "");
  mask->cols = 3;
  EXPECT_TRUE(says(message(), {"allow_mask", "4 x 3", "4 x 100", "4 x 4"}));
  mask = fits;
  mask->rows = 1;
  EXPECT_TRUE(says(message(), {"allow_mask", "1 x 4", "4 x 4"}));
  mask = fits;
  mask->dtype = DType::u8;
  EXPECT_TRUE(says(message(), {"allow_mask", "uint8", "int32"}));
  mask = fits;
  mask->device = {DeviceKind::cuda, 2};
  EXPECT_TRUE(says(message(), {"allow_mask", "cuda:2", "cpu"}));
  mask = fits;
  mask->row_stride = kHighest / 2;
  EXPECT_TRUE(says(message(), {"row_stride", "4611686018427387903"}));
}

TEST_F(SampleProblemTest, RefusesBiasesThatDoNotFit) {
  const TensorView fits = {at(64), DType::f32, 4, 100, 100, DeviceId{}};
  auto& bias = request_.inputs.logit_bias;
  bias = fits;
  EXPECT_EQ(message(), "");
  bias->cols = 99;
  EXPECT_TRUE(says(message(), {"logit_bias", "4 x 99", "4 x 100"}));
  bias = fits;
  bias->dtype = DType::f16;
  EXPECT_TRUE(says(message(), {"logit_bias", "float16", "float32"}));
  bias = fits;
  bias->device = {DeviceKind::cuda, 2};
  EXPECT_TRUE(says(message(), {"logit_bias", "cuda:2", "cpu"}));
}

TEST_F(SampleProblemTest, TakesOverWhatWasAsked) {
  logits().row_stride = -120;
  parameters().top_k.value = 30;
  request_.inputs.row_lengths = {at(64), DType::i32, 4, DeviceId{}};
  request_.inputs.allow_mask = TensorView{at(64), DType::i32, 4, 4, 4, DeviceId{}};
  options() = {FilterOrder::joint, DType::i32, LogprobKind::raw, 7, 3};
  const SampleProblem problem = make_sample_problem(request_);
  EXPECT_EQ(problem.rows, 4);
  EXPECT_EQ(problem.cols, 100);
  EXPECT_EQ(problem.row_stride, -120);
  EXPECT_EQ(problem.dtype, DType::f32);
  EXPECT_EQ(problem.token_dtype, DType::i32);
  EXPECT_EQ(problem.order, FilterOrder::joint);
  EXPECT_EQ(problem.logprobs, LogprobKind::raw);
  EXPECT_EQ(problem.top_logprobs, 7);
  EXPECT_EQ(problem.most_top_k, 30);
  EXPECT_FALSE(problem.top_k_each);
  EXPECT_TRUE(problem.has_row_lengths);
  EXPECT_EQ(problem.row_lengths_dtype, DType::i32);
  EXPECT_TRUE(problem.has_allow_mask);
  EXPECT_FALSE(problem.has_logit_bias);
  EXPECT_EQ(problem.num_threads, 3);
  EXPECT_EQ(problem.alignment, 16);
  EXPECT_EQ(problem, make_sample_problem(request_));
}

TEST_F(SampleProblemTest, KnowsHowManyTopKMayAskFor) {
  const auto most = [&](std::int32_t value, const std::int32_t* each) {
    parameters().top_k = {value, each};
    return make_sample_problem(request_).most_top_k;
  };
  EXPECT_EQ(most(0, nullptr), 0);
  EXPECT_EQ(most(-5, nullptr), 0);
  EXPECT_EQ(most(40, nullptr), 40);
  EXPECT_EQ(most(1000, nullptr), 100);
  EXPECT_EQ(most(40, integers_), 100);
  EXPECT_TRUE(make_sample_problem(request_).top_k_each);
}

TEST_F(SampleProblemTest, IsPlannedForItsDeviceOnly) {
  Device gpu;
  gpu.id = {DeviceKind::cuda, 0};
  EXPECT_TRUE(
      says(refusal([&] { plan_sample(make_sample_problem(request_), gpu); }), {"cpu", "cuda:0"}));
  logits().device = gpu.id;
  EXPECT_TRUE(says(refusal([&] { plan_sample(make_sample_problem(request_), Device::cpu()); }),
                   {"cuda:0", "cpu"}));
}

TEST_F(SampleProblemTest, IsPlannedForAGpu) {
  logits().device = kH100.id;
  const auto planned = [&](std::int64_t rows, std::int64_t cols, const Device& device,
                           const SampleOverride& forced = {}) {
    logits().rows = rows;
    logits().cols = logits().row_stride = cols;
    return plan_sample(make_sample_problem(request_), device, forced);
  };
  EXPECT_EQ(planned(1, 128256, kH100).cuda,
            (CudaSampleGeometry{CtaTeam::cluster, 16, 256, 2, true, 0}));
  EXPECT_EQ(planned(64, 50304, kH100).cuda,
            (CudaSampleGeometry{CtaTeam::cluster, 8, 128, 4, true, 0}));
  EXPECT_EQ(planned(4096, 1024, kH100).cuda,
            (CudaSampleGeometry{CtaTeam::grid, 1, 64, 4, true, 0}));
  EXPECT_EQ(planned(1, kMaxVocabulary, kH100).cuda,
            (CudaSampleGeometry{CtaTeam::cluster, 16, 512, 64, false, 0}));
  EXPECT_EQ(planned(64, 50304, kA100).cuda,
            (CudaSampleGeometry{CtaTeam::grid, 1, 512, 7, false, 0}));
  EXPECT_EQ(planned(8, 0, kH100).cuda, (CudaSampleGeometry{CtaTeam::grid, 1, 64, 2, true, 0}));
  EXPECT_EQ(planned(0, 100, kH100).cuda, CudaSampleGeometry{});
  const SamplePlan plan = planned(64, 50304, kH100);
  EXPECT_TRUE(says(to_string(plan), {"row_masses", "ctas=8", "cluster", "threads=128", "held"}));
  EXPECT_STRNE(plan.reason, "");
  EXPECT_EQ(plan.workspace_bytes, 0U);
  const auto forced = [&](const SampleOverride& choice) {
    return refusal([&] { planned(64, 50304, kClustersOf8, choice); });
  };
  EXPECT_TRUE(says(forced({.ctas = 16}), {"ctas = 16", "2..8"}));
  EXPECT_TRUE(says(forced({.ctas = 3}), {"ctas = 3", "power of two"}));
  EXPECT_TRUE(says(forced({.team = CtaTeam::grid, .ctas = 2}), {"ctas = 2", "cluster"}));
  EXPECT_TRUE(says(forced({.candidates = 40}), {"candidates = 40", "32", "2048"}));
  EXPECT_TRUE(says(forced({.cta_threads = 40}), {"cta_threads = 40", "32"}));
  EXPECT_TRUE(says(forced({.cta_threads = 1024}), {"cta_threads = 1024", "512"}));
  EXPECT_TRUE(
      says(forced({.team = CtaTeam::grid, .ctas = 1, .held = true}), {"force more threads"}));
}

TEST_F(SampleProblemTest, ListsOnAGpuByAKernelOfItsOwn) {
  logits().device = kH100.id;
  request_.options.logprobs = LogprobKind::raw;
  request_.options.top_logprobs = 5;
  const SamplePlan plan = plan_sample(make_sample_problem(request_), kH100);
  EXPECT_EQ(plan.cuda.list_threads, 32);
  EXPECT_TRUE(says(to_string(plan), {"row_masses", "top_lists threads=32"}));
  request_.options.top_logprobs = 0;
  EXPECT_EQ(plan_sample(make_sample_problem(request_), kH100).cuda.list_threads, 0);
}

TEST_F(SampleProblemTest, PrintsInOneLine) {
  const SampleProblem problem = make_sample_problem(request_);
  EXPECT_TRUE(says(to_string(problem), {"4", "100", "float32"}));
  EXPECT_TRUE(says(to_string(plan_sample(problem, Device::cpu())), {"sample", "threads", "simd"}));
  EXPECT_EQ(to_string(FilterOrder::sequential), "sequential");
  EXPECT_EQ(to_string(FilterOrder::hf), "hf");
  EXPECT_EQ(to_string(FilterOrder::joint), "joint");
  EXPECT_EQ(to_string(LogprobKind::none), "none");
  EXPECT_EQ(to_string(LogprobKind::raw), "raw");
  EXPECT_EQ(to_string(LogprobKind::processed), "processed");
}

}  // namespace
}  // namespace skim
