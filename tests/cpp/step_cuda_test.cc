// What each step of sampling makes of rows on a GPU, byte for byte against the oracle: hard
// distributions, dtypes, parameters and lengths, with one warp a row and many. Also built for the
// machine of tests/emulation, with fewer and shorter rows.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "plan/override.h"
#include "support/on_device.h"
#include "support/pairwise.h"
#include "support/settings.h"
#include "support/step_cases.h"
#include "support/step_image.h"

namespace skim::test {
namespace {

class StepCuda : public testing::TestWithParam<std::tuple<SamplingStep, DType>> {
 protected:
  void SetUp() override { SKIM_SKIP_WITHOUT(kGpu); }

  // On the machine in a GPU's place with one of the numbers of threads in turn.
  void compare(InputSpec input_spec, const StepSpec& spec) {
    input_spec.device = kGpu;
    const InputImage input(input_spec);
    StepImage image(input, spec);
    const StepProblem problem = make_step_problem(image.request());
    std::vector<SampleOverride> all = {{}, {.cta_threads = 32}, {.cta_threads = 96}};
    if (gpu_is_emulated()) all = {all[turn_++ % all.size()]};
    for (const SampleOverride& forced : all) {
      const StepPlan plan = plan_step(problem, Device::cuda(0), forced);
      const std::string wrong = image.run(plan);
      if (wrong.empty()) continue;
      ADD_FAILURE() << wrong << "\n  input: " << to_string(input_spec)
                    << "\n  step: " << to_string(spec) << "\n  plan: " << to_string(plan);
      return;
    }
  }

  std::size_t turn_ = 0;
};

TEST_P(StepCuda, PairwiseCombinations) {
  const auto [step, dtype] = GetParam();
  const std::vector<std::int64_t> sizes =
      gpu_is_emulated() ? std::vector<std::int64_t>{0, 1, 17, 130, 700}
                        : std::vector<std::int64_t>{0,  1,   2,    3,    7,    16,   31,   33,
                                                    65, 257, 1000, 4095, 4097, 9001, 20011};
  for (const StepCase& one : step_cases(step, dtype, sizes)) {
    compare(one.input, one.step);
    if (HasFailure()) return;
  }
}

// Of several blocks of tiles, the last of which has only some of its quarters.
TEST_P(StepCuda, LongRows) {
  const auto [step, dtype] = GetParam();
  std::uint64_t seed = 0;
  for (const std::int64_t cols : gpu_is_emulated()
                                     ? std::vector<std::int64_t>{21003}
                                     : std::vector<std::int64_t>{16384, 50257, 128256, 600001}) {
    for (const bench::Distribution distribution :
         {bench::Distribution::normal, bench::Distribution::few_distinct}) {
      StepSpec spec{.step = step, .seed = ++seed};
      spec.parameters.top_p.value = 0.9F;
      spec.parameters.top_k.value = 3000;
      spec.parameters.seed.value = seed;
      compare({.dtype = dtype,
               .distribution = distribution,
               .rows = 2,
               .cols = cols,
               .stride = Stride::padded,
               .seed = seed},
              spec);
      if (HasFailure()) return;
    }
  }
}

// More rows than a GPU works on at a time, of every distribution.
TEST_P(StepCuda, ManyRows) {
  const auto [step, dtype] = GetParam();
  compare({.dtype = dtype,
           .distribution = bench::Distribution::one_of_each,
           .rows = gpu_is_emulated() ? 25 : 3000,
           .cols = gpu_is_emulated() ? 301 : 1021,
           .seed = 7},
          {.step = step, .each = true, .seed = 7});
}

INSTANTIATE_TEST_SUITE_P(Cuda, StepCuda,
                         testing::Combine(testing::ValuesIn(kAllSteps),
                                          testing::Values(DType::f32, DType::f16, DType::bf16)),
                         [](const auto& scope) { return name_of_scope(scope.param); });

}  // namespace
}  // namespace skim::test
