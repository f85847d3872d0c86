// Tokens, log-probabilities and top lists, byte for byte against the oracle: hard distributions,
// dtypes, orders and parameters, on every SIMD target, with one thread and two in turn.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "support/pairwise.h"
#include "support/sample_check.h"
#include "support/settings.h"

namespace skim::test {
namespace {

using bench::Distribution;

std::vector<std::int64_t> sizes() {
  if (short_sizes()) return {0, 1, 9, 130, 4099};
  return {0, 1, 2, 3, 7, 15, 16, 17, 31, 33, 63, 65, 127, 300, 1000, 4095, 4097, 9001};
}

constexpr FilterOrder kOrders[] = {FilterOrder::sequential, FilterOrder::hf, FilterOrder::joint};
constexpr Beside kBesides[] = {Beside::none, Beside::one_a_row, Beside::one_for_all};

// One value for all rows; what filters together and what is off.
SampleParameters some_parameters(std::size_t choice) {
  SampleParameters parameters;
  const float temperatures[] = {1.0F, 0.3F, 5.0F, 1e-30F, 1e30F, 0.0F};
  const std::int32_t top_ks[] = {0, 5, 50, 1, 1000000, -1};
  const float top_ps[] = {1.0F, 0.9F, 0.0F, 0.3F, 7.0F};
  const float min_ps[] = {0.0F, 0.05F, 1.0F, 0.4F};
  parameters.temperature.value = temperatures[choice % std::size(temperatures)];
  parameters.top_k.value = top_ks[choice / 2 % std::size(top_ks)];
  parameters.top_p.value = top_ps[choice / 3 % std::size(top_ps)];
  parameters.min_p.value = min_ps[choice / 7 % std::size(min_ps)];
  parameters.seed.value = choice * 0x9e3779b97f4a7c15;
  parameters.offset.value = choice % 5 == 0 ? ~std::uint64_t{1} : choice;  // row 2 wraps around
  return parameters;
}

constexpr std::size_t kSomeParameters = 30;

class SampleContract : public testing::TestWithParam<std::tuple<DType, std::size_t>> {
 protected:
  static constexpr std::size_t kParts = 4;

  static std::vector<std::size_t> levels() {
    return {sizes().size(),         bench::kDistributionCount,
            std::size(kOrders),     2,
            kSomeParameters + 10,   std::size(kAllStrides),
            std::size(kAllLengths), std::size(kBesides),
            std::size(kBesides),    4};
  }

  static InputSpec input_of(const Levels& level, std::size_t number) {
    return {.dtype = std::get<0>(GetParam()),
            .distribution = bench::distribution_at(level[1]),
            .rows = 4,
            .cols = sizes()[level[0]],
            .stride = kAllStrides[level[5]],
            .seed = number};
  }

  static SampleSpec spec_of(const Levels& level, std::size_t number) {
    SampleSpec spec;
    const std::int64_t cols = sizes()[level[0]];
    const std::int64_t lists[] = {0, std::min<std::int64_t>(cols, 5), cols, cols / 2};
    spec.order = kOrders[level[2]];
    spec.logprobs = level[3] == 0 ? LogprobKind::raw : LogprobKind::processed;
    spec.top_logprobs = lists[level[9]];
    spec.token_dtype = number % 2 == 0 ? DType::i64 : DType::i32;
    spec.each = level[4] >= kSomeParameters;
    if (!spec.each) spec.parameters = some_parameters(level[4]);
    spec.lengths = kAllLengths[level[6]];
    spec.mask = kBesides[level[7]];
    spec.bias = kBesides[level[8]];
    spec.seed = number;
    return spec;
  }
};

TEST_P(SampleContract, PairwiseCombinations) {
  const std::vector<Levels> cases = pairwise_cases(levels());
  SampleCheck check;
  for (std::size_t i = std::get<1>(GetParam()); i < cases.size(); i += kParts) {
    const InputImage input(input_of(cases[i], i));
    check.compare(input, spec_of(cases[i], i));
    if (HasFailure()) return;
  }
  check.expect_variety();
}

INSTANTIATE_TEST_SUITE_P(Sample, SampleContract,
                         testing::Combine(testing::Values(DType::f32, DType::f16, DType::bf16),
                                          testing::Range<std::size_t>(0, 4)),
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
