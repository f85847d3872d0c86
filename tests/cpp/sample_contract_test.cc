// Tokens, log-probabilities and top lists, byte for byte against the oracle: hard distributions,
// dtypes, orders and parameters, on every SIMD target, with one thread and two in turn.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "support/sample_cases.h"
#include "support/sample_check.h"
#include "support/settings.h"

namespace skim::test {
namespace {

std::vector<std::int64_t> sizes() {
  if (short_sizes()) return {0, 1, 9, 130, 4099};
  return {0, 1, 2, 3, 7, 15, 16, 17, 31, 33, 63, 65, 127, 300, 1000, 4095, 4097, 9001};
}

constexpr std::size_t kParts = 4;

class SampleContract : public testing::TestWithParam<std::tuple<DType, std::size_t>> {};

TEST_P(SampleContract, PairwiseCombinations) {
  const std::vector<SampleCase> cases = sample_cases(std::get<0>(GetParam()), sizes(), true);
  SampleCheck check;
  for (std::size_t i = std::get<1>(GetParam()); i < cases.size(); i += kParts) {
    check.compare(InputImage(cases[i].input), cases[i].sample);
    if (HasFailure()) return;
  }
  check.expect_variety();
}

INSTANTIATE_TEST_SUITE_P(Sample, SampleContract,
                         testing::Combine(testing::Values(DType::f32, DType::f16, DType::bf16),
                                          testing::Range<std::size_t>(0, kParts)),
                         [](const auto& scope) {
                           return std::string(name_of(std::get<0>(scope.param))) + "_" +
                                  std::to_string(std::get<1>(scope.param));
                         });

// Every distribution with every order and parameters of which each row has its own.
class SampleDistributions : public testing::TestWithParam<DType> {};

TEST_P(SampleDistributions, MixedParameters) {
  SampleCheck check;
  std::uint64_t seed = 100;
  for (std::size_t i = 0; i < bench::kDistributionCount; ++i) {
    const std::int64_t cols = i % 4 == 1 ? 5003 : 259;
    for (const FilterOrder order : kOrders) {
      const InputImage input({.dtype = GetParam(),
                              .distribution = bench::distribution_at(i),
                              .rows = short_sizes() ? 4 : 13,
                              .cols = cols,
                              .seed = ++seed});
      check.compare(input, {.order = order, .top_logprobs = 20, .each = true, .seed = seed});
      if (HasFailure()) return;
    }
  }
  check.expect_variety();
}

TEST_P(SampleDistributions, LongRows) {
  if (short_sizes()) GTEST_SKIP() << "SKIM_TEST_SHORT asks for short rows";
  SampleCheck check;
  for (std::size_t i = 0; i < bench::kDistributionCount; i += 3) {
    const InputImage input({.dtype = GetParam(),
                            .distribution = bench::distribution_at(i),
                            .rows = 2,
                            .cols = i % 2 == 0 ? 50257 : 16384 + static_cast<std::int64_t>(i),
                            .stride = Stride::padded,
                            .seed = i});
    SampleSpec spec{.order = kOrders[i / 3 % 3], .top_logprobs = 20, .each = true, .seed = i};
    check.compare(input, spec);
    spec.each = false;
    spec.parameters.top_p.value = 0.9F;
    check.compare(input, spec);
    if (HasFailure()) return;
  }
  check.expect_variety();
}

INSTANTIATE_TEST_SUITE_P(Sample, SampleDistributions,
                         testing::Values(DType::f32, DType::f16, DType::bf16),
                         [](const auto& dtype) { return std::string(name_of(dtype.param)); });

}  // namespace
}  // namespace skim::test
