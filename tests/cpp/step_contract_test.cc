// What each step of sampling makes of rows, byte for byte against the oracle: hard distributions,
// dtypes and parameters, on every SIMD target, with one thread and two in turn.
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include "plan/override.h"
#include "support/pairwise.h"
#include "support/settings.h"
#include "support/step_image.h"

namespace skim::test {
namespace {

constexpr SamplingStep kAllSteps[] = {SamplingStep::softmax,
                                      SamplingStep::top_k_renorm_probs,
                                      SamplingStep::top_p_renorm_probs,
                                      SamplingStep::top_k_mask_logits,
                                      SamplingStep::top_p_mask_logits,
                                      SamplingStep::sample_from_probs};
static_assert(std::size(kAllSteps) == kSamplingSteps);

std::vector<std::int64_t> sizes() {
  if (short_sizes()) return {0, 1, 9, 130, 4099};
  return {0, 1, 2, 3, 7, 15, 16, 17, 31, 33, 63, 65, 255, 257, 1000, 4095, 4097, 9001};
}

constexpr std::size_t kSomeParameters = 24;

// One value for all rows.
SampleParameters some_parameters(std::size_t choice) {
  SampleParameters parameters;
  const float temperatures[] = {1.0F, 0.3F, 5.0F, 1e-30F, 1e30F, 0.0F};
  const std::int32_t top_ks[] = {5, 0, 50, 1, 1000000, -1, 700};
  const float top_ps[] = {0.9F, 1.0F, 0.0F, 0.3F, 7.0F, 0.999999F, 1e-30F};
  parameters.temperature.value = temperatures[choice % std::size(temperatures)];
  parameters.top_k.value = top_ks[choice % std::size(top_ks)];
  parameters.top_p.value = top_ps[choice / 2 % std::size(top_ps)];
  parameters.seed.value = choice * 0x9e3779b97f4a7c15;
  parameters.offset.value = choice % 5 == 0 ? ~std::uint64_t{1} : choice;  // row 2 wraps around
  return parameters;
}

std::string name_of_scope(const std::tuple<SamplingStep, DType>& scope) {
  return to_string(std::get<0>(scope)) + "_" + std::string(name_of(std::get<1>(scope)));
}

class StepContract : public testing::TestWithParam<std::tuple<SamplingStep, DType>> {};

TEST_P(StepContract, PairwiseCombinations) {
  const std::vector<Levels> cases =
      pairwise_cases({sizes().size(), bench::kDistributionCount, kSomeParameters + 12,
                      std::size(kAllStrides), std::size(kAllLengths), 2, 2});
  StepCheck check;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Levels& level = cases[i];
    const InputImage input({.dtype = std::get<1>(GetParam()),
                            .distribution = bench::distribution_at(level[1]),
                            .rows = 4,
                            .cols = sizes()[level[0]],
                            .stride = kAllStrides[level[3]],
                            .seed = i,
                            .rectified = level[5] == 1});
    StepSpec spec{.step = std::get<0>(GetParam()),
                  .each = level[2] >= kSomeParameters,
                  .lengths = kAllLengths[level[4]],
                  .token_dtype = level[6] == 0 ? DType::i64 : DType::i32,
                  .seed = i};
    if (!spec.each) spec.parameters = some_parameters(level[2]);
    check.compare(input, spec);
    if (HasFailure()) return;
  }
}

TEST_P(StepContract, LongRows) {
  if (short_sizes()) GTEST_SKIP() << "SKIM_TEST_SHORT asks for short rows";
  StepCheck check;
  for (std::size_t i = 0; i < bench::kDistributionCount; i += 3) {
    const InputImage input({.dtype = std::get<1>(GetParam()),
                            .distribution = bench::distribution_at(i),
                            .rows = 2,
                            .cols = i % 2 == 0 ? 50257 : 16384 + static_cast<std::int64_t>(i),
                            .stride = Stride::padded,
                            .seed = i});
    check.compare(input, {.step = std::get<0>(GetParam()), .each = true, .seed = i});
    StepSpec spec{.step = std::get<0>(GetParam()), .seed = i};
    spec.parameters.top_p.value = 0.9F;
    spec.parameters.top_k.value = 3000;
    check.compare(input, spec);
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Steps, StepContract,
                         testing::Combine(testing::ValuesIn(kAllSteps),
                                          testing::Values(DType::f32, DType::f16, DType::bf16)),
                         [](const auto& scope) { return name_of_scope(scope.param); });

// More threads than rows, and rows alone.
TEST(StepThreads, ChangeNothing) {
  constexpr std::int64_t kRows = 37;
  constexpr std::int64_t kCols = 3001;
  const InputImage input(
      {.distribution = bench::Distribution::one_of_each, .rows = kRows, .cols = kCols, .seed = 3});
  for (const SamplingStep step : kAllSteps) {
    StepImage image(input, {.step = step, .each = true, .seed = 8});
    const StepProblem problem = make_step_problem(image.request());
    for (const int threads : {1, 2, 3, 8, 64}) {
      const StepPlan plan =
          plan_step(problem, Device::cpu(), SampleOverride{std::nullopt, threads});
      EXPECT_EQ(image.run(plan), "") << to_string(step) << ", " << threads << " threads";
    }
  }
}

}  // namespace
}  // namespace skim::test
