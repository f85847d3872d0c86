// Tokens, log-probabilities and lists of a GPU, byte for byte those of the CPU: hard distributions,
// orders, parameters, masks, biases and lengths, under every kind of geometry. Also built for the
// machine of tests/emulation, with fewer rows.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "plan/override.h"
#include "support/on_device.h"
#include "support/sample_cases.h"
#include "support/settings.h"

namespace skim::test {
namespace {

// One CTA and clusters, with tiles that are held, and read again for each question.
std::vector<SampleOverride> geometries() {
  std::vector<SampleOverride> all = {
      {},
      {.team = CtaTeam::grid, .ctas = 1, .cta_threads = 96},
      {.team = CtaTeam::grid, .ctas = 1, .cta_threads = 64, .held = false},
      {.team = CtaTeam::cluster, .ctas = 2, .cta_threads = 64},
      {.team = CtaTeam::cluster, .ctas = 4, .cta_threads = 96},
      {.team = CtaTeam::cluster, .ctas = 2, .cta_threads = 64, .candidates = 0},
      {.team = CtaTeam::cluster, .ctas = 4, .cta_threads = 128, .candidates = 256},
      {.team = CtaTeam::cluster, .ctas = 4, .cta_threads = 32, .held = false}};
  if (!gpu_is_emulated()) {
    all.push_back({.team = CtaTeam::grid, .ctas = 1, .cta_threads = 512, .held = false});
    all.push_back({.team = CtaTeam::cluster, .ctas = 8, .cta_threads = 512});
    all.push_back({.team = CtaTeam::cluster, .ctas = 16, .cta_threads = 256});
  }
  std::erase_if(all, [](const SampleOverride& forced) {
    return forced.ctas.value_or(1) > Device::cuda(0).cluster_ctas;
  });
  return all;
}

class SampleCuda : public testing::TestWithParam<DType> {
 protected:
  void SetUp() override { SKIM_SKIP_WITHOUT(kGpu); }

  // On the machine in a GPU's place with one of the geometries in turn.
  void compare(InputSpec input_spec, const SampleSpec& spec) {
    const InputImage host(input_spec);
    SampleImage on_cpu(host, spec);
    // Compared here instead.
    (void)on_cpu.run(plan_sample(make_sample_problem(on_cpu.request()), Device::cpu()));
    input_spec.device = kGpu;
    const InputImage input(input_spec);
    SampleImage image(input, spec);
    for (std::int64_t row = 0; row < input_spec.rows; ++row) {
      const SampleAnswer answer = on_cpu.found(row);
      image.expect(row, answer);
      ++(answer.token < 0 ? without_token_ : with_token_);
    }
    const SampleProblem problem = make_sample_problem(image.request());
    const std::vector<SampleOverride> all = geometries();
    if (gpu_is_emulated()) return run(image, problem, spec, all[turn_++ % all.size()]);
    for (const SampleOverride& forced : all) {
      run(image, problem, spec, forced);
      if (HasFailure()) return;
    }
  }

  void run(SampleImage& image, const SampleProblem& problem, const SampleSpec& spec,
           const SampleOverride& forced) {
    const SamplePlan plan = plan_sample(problem, Device::cuda(0), forced);
    const std::string wrong = image.run(plan);
    if (wrong.empty()) return;
    ADD_FAILURE() << wrong << "\n  problem: " << to_string(problem)
                  << "\n  sample: " << to_string(spec) << "\n  plan: " << to_string(plan);
  }

  void TearDown() override {
    if (IsSkipped() || HasFailure()) return;
    EXPECT_GT(with_token_, 0);
  }

  std::int64_t with_token_ = 0;
  std::int64_t without_token_ = 0;
  std::size_t turn_ = 0;
};

TEST_P(SampleCuda, PairwiseCombinations) {
  const std::vector<std::int64_t> sizes =
      gpu_is_emulated()
          ? std::vector<std::int64_t>{0, 1, 3, 17, 130, 300, 1027}
          : std::vector<std::int64_t>{0,  1,  2,   3,   7,    15,   16,   17,   31,   33,
                                      63, 65, 127, 300, 1000, 4095, 4097, 9001, 20011};
  std::vector<SampleCase> cases = sample_cases(GetParam(), sizes, true);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (i % 3 == 2) {
      cases[i].sample.logprobs = LogprobKind::none;
      cases[i].sample.top_logprobs = 0;
    }
    compare(cases[i].input, cases[i].sample);
    if (HasFailure()) return;
  }
  EXPECT_GT(without_token_, 0);
}

// Rows of which each has parameters of its own.
TEST_P(SampleCuda, MixedParameters) {
  std::uint64_t seed = 100;
  for (std::size_t i = 0; i < bench::kDistributionCount; ++i) {
    for (const FilterOrder order : kOrders) {
      ++seed;
      compare({.dtype = GetParam(),
               .distribution = bench::distribution_at(i),
               .rows = gpu_is_emulated() ? 5 : 60,
               .cols = gpu_is_emulated() ? 259 : 5003,
               .seed = seed},
              {.order = order,
               .logprobs = seed % 2 == 0 ? LogprobKind::raw : LogprobKind::processed,
               .top_logprobs = static_cast<std::int64_t>(seed % 3) * 10,
               .each = true,
               .seed = seed});
      if (HasFailure()) return;
    }
  }
}

// Of several blocks of tiles, the last of which has only some of its quarters.
TEST_P(SampleCuda, LongRows) {
  std::uint64_t seed = 0;
  const std::vector<std::int64_t> sizes =
      gpu_is_emulated() ? std::vector<std::int64_t>{16384, 21003}
                        : std::vector<std::int64_t>{16384, 50257, 128256, 151936, 600001};
  for (const std::int64_t cols : sizes) {
    for (const float share : {1.0F, 0.9F}) {
      for (const std::int32_t top_k : {0, 50}) {
        ++seed;
        SampleSpec spec{.order = kOrders[seed % 3],
                        .logprobs = seed % 2 == 0 ? LogprobKind::raw : LogprobKind::processed,
                        .top_logprobs = static_cast<std::int64_t>(seed % 4) * 700,
                        .seed = seed};
        spec.parameters.top_k.value = top_k;
        spec.parameters.top_p.value = share;
        spec.parameters.min_p.value = seed % 4 == 0 ? 0.05F : 0.0F;
        spec.parameters.seed.value = seed;
        compare({.dtype = GetParam(),
                 .distribution = seed % 2 == 0 ? bench::Distribution::normal
                                               : bench::Distribution::few_distinct,
                 .rows = 2,
                 .cols = cols,
                 .stride = seed % 3 == 0 ? Stride::padded : Stride::contiguous,
                 .seed = seed},
                spec);
        if (HasFailure()) return;
      }
    }
  }
}

// More rows than a GPU works on at a time, of every distribution.
TEST_P(SampleCuda, ManyRows) {
  compare({.dtype = GetParam(),
           .distribution = bench::Distribution::one_of_each,
           .rows = gpu_is_emulated() ? 40 : 3000,
           .cols = 1021,
           .seed = 7},
          {.order = FilterOrder::hf, .logprobs = LogprobKind::raw, .each = true, .seed = 7});
  EXPECT_GT(without_token_, 0);
}

TEST_P(SampleCuda, TheLargestVocabulary) {
  if (gpu_is_emulated()) GTEST_SKIP() << "takes minutes on the emulated machine";
  for (const std::int32_t top_k : {0, 5}) {
    SampleSpec spec{.logprobs = LogprobKind::processed, .seed = 3};
    spec.parameters.top_k.value = top_k;
    spec.parameters.temperature.value = 1e30F;
    compare({.dtype = GetParam(),
             .distribution = bench::Distribution::normal,
             .rows = 1,
             .cols = kMaxVocabulary},
            spec);
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Cuda, SampleCuda, testing::Values(DType::f32, DType::f16, DType::bf16),
                         [](const auto& dtype) { return std::string(name_of(dtype.param)); });

}  // namespace
}  // namespace skim::test
