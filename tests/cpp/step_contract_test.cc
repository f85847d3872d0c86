// What each step of sampling makes of rows, byte for byte against the oracle: hard distributions,
// dtypes and parameters, on every SIMD target, with one thread and two in turn.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "plan/override.h"
#include "support/settings.h"
#include "support/step_cases.h"
#include "support/step_image.h"

namespace skim::test {
namespace {

std::vector<std::int64_t> sizes() {
  if (short_sizes()) return {0, 1, 9, 130, 4099};
  return {0, 1, 2, 3, 7, 15, 16, 17, 31, 33, 63, 65, 255, 257, 1000, 4095, 4097, 9001};
}

class StepContract : public testing::TestWithParam<std::tuple<SamplingStep, DType>> {};

TEST_P(StepContract, PairwiseCombinations) {
  StepCheck check;
  for (const StepCase& one :
       step_cases(std::get<0>(GetParam()), std::get<1>(GetParam()), sizes())) {
    check.compare(InputImage(one.input), one.step);
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
