// Who survives the filters, and with what probability: all of a row's processed log-probabilities
// against the definitions in double. A token may be on the other side of a limit of top-p or min-p
// only where the limit is within 1e-5 of itself.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "inputs/inputs.h"
#include "support/sample_definition.h"
#include "support/sample_image.h"
#include "support/sample_oracle.h"
#include "support/settings.h"

namespace skim::test {
namespace {

constexpr FilterOrder kOrders[] = {FilterOrder::sequential, FilterOrder::hf, FilterOrder::joint};
constexpr float kInfinity = std::numeric_limits<float>::infinity();

struct Filters {
  float temperature;
  std::int32_t top_k;
  float top_p;
  float min_p;
};

// Temperatures from 2^-99 on: what is below acts as that.
std::vector<Filters> all_filters(std::int64_t cols) {
  std::vector<Filters> filters;
  const auto whole = static_cast<std::int32_t>(cols);
  for (const float temperature : {1.0F, 0.3F, 4.0F, 2e-30F, 1e30F}) {
    for (const std::int32_t top_k : {0, 1, 20, whole, whole + 1000}) {
      for (const float top_p : {1.0F, 0.9F, 0.35F, 0.0F, 0.999999F}) {
        for (const float min_p : {0.0F, 0.02F, 1.0F}) {
          filters.push_back({temperature, top_k, top_p, min_p});
        }
      }
    }
  }
  return filters;
}

SampleSpec spec_of(const Filters& filters, FilterOrder order, std::int64_t cols,
                   std::uint64_t seed) {
  SampleSpec spec{.order = order, .top_logprobs = cols, .seed = seed};
  spec.parameters.temperature.value = filters.temperature;
  spec.parameters.top_k.value = filters.top_k;
  spec.parameters.top_p.value = filters.top_p;
  spec.parameters.min_p.value = filters.min_p;
  return spec;
}

class SampleDefinition : public testing::TestWithParam<std::size_t> {
 protected:
  void check(const InputImage& input, const SampleSpec& spec, const std::string& name) {
    SampleImage image(input, spec);
    for (std::int64_t number = 0; number < input.spec().rows; ++number) {
      image.expect(number, exact_answer(image.row(number)));
    }
    const SamplePlan plan = plan_sample(make_sample_problem(image.request()), Device::cpu());
    EXPECT_EQ(image.run(plan), "") << name << to_string(spec);
    for (std::int64_t number = 0; number < input.spec().rows; ++number) {
      const SampleAnswer found = image.found(number);
      EXPECT_EQ(difference_from_definition(image.row(number), found), "")
          << name << ", row " << number << ": " << to_string(spec);
      if (found.token >= 0) check_token(found);
    }
  }

  // The drawn token is one that may be drawn, and its log-probability is the listed one.
  static void check_token(const SampleAnswer& found) {
    EXPECT_GT(found.logprob, -kInfinity);
    for (std::size_t i = 0; i < found.top_tokens.size(); ++i) {
      if (found.top_tokens[i] == found.token) {
        EXPECT_EQ(found.top_logprobs[i], found.logprob);
      }
    }
  }
};

TEST_P(SampleDefinition, OfEveryFilterAndOrderHolds) {
  const auto distribution = bench::distribution_at(GetParam());
  const std::int64_t cols = 150;
  const InputImage input(
      {.distribution = distribution, .rows = 1, .cols = cols, .seed = GetParam()});
  std::uint64_t seed = 0;
  for (const Filters& filters : all_filters(cols)) {
    for (const FilterOrder order : kOrders) {
      if (++seed % (short_sizes() ? 10 : 1) != 0) continue;
      check(input, spec_of(filters, order, cols, seed), std::string(bench::name_of(distribution)));
      if (HasFailure()) return;
    }
  }
}

TEST_P(SampleDefinition, OfMasksLengthsAndBiasHolds) {
  const auto distribution = bench::distribution_at(GetParam());
  const std::int64_t cols = 333;
  std::uint64_t seed = 0;
  for (const FilterOrder order : kOrders) {
    const InputImage input({.dtype = DType::bf16,
                            .distribution = distribution,
                            .rows = 6,
                            .cols = cols,
                            .seed = GetParam()});
    const std::int32_t top_k = ++seed % 2 == 0 ? 40 : 0;
    SampleSpec spec = spec_of({0.8F, top_k, 0.9F, 0.01F}, order, cols, seed);
    spec.lengths = Lengths::mixed_i64;
    spec.mask = Beside::one_a_row;
    spec.bias = Beside::one_a_row;
    check(input, spec, std::string(bench::name_of(distribution)));
  }
}

INSTANTIATE_TEST_SUITE_P(Distributions, SampleDefinition,
                         testing::Range<std::size_t>(0, bench::kDistributionCount),
                         [](const auto& number) {
                           return std::string(bench::name_of(bench::distribution_at(number.param)));
                         });

// ---- the definitions themselves, on rows whose answer is known ----

std::string kept(FilterOrder order, const std::vector<float>& probabilities,
                 const Filters& filters) {
  SampleRow row;
  for (const float probability : probabilities) row.logits.push_back(std::log(probability));
  row.allowed.assign(row.logits.size(), true);
  row.order = order;
  row.temperature = filters.temperature;
  row.top_k = filters.top_k;
  row.top_p = filters.top_p;
  row.min_p = filters.min_p;
  std::string text;
  for (const double logprob : defined_logprobs(row)) text += logprob > -kInfinity ? '1' : '0';
  return text;
}

TEST(Definition, TellsTheOrdersApart) {
  const std::vector<float> probabilities = {0.4F, 0.05F, 0.3F, 0.2F, 0.05F};
  // Of 0.9 that top-k leaves, 0.7 is 78 %; of everything, 70 %; and 0.4 / 0.7 is below 0.6.
  EXPECT_EQ(kept(FilterOrder::sequential, probabilities, {1, 3, 0.75F, 0}), "10100");
  EXPECT_EQ(kept(FilterOrder::hf, probabilities, {1, 3, 0.75F, 0}), "10100");
  EXPECT_EQ(kept(FilterOrder::joint, probabilities, {1, 3, 0.75F, 0}), "10110");
  // min-p leaves 0.4 and 0.3, of which the first is 57 %.
  EXPECT_EQ(kept(FilterOrder::sequential, probabilities, {1, 3, 0.55F, 0.6F}), "10000");
  EXPECT_EQ(kept(FilterOrder::hf, probabilities, {1, 3, 0.42F, 0.6F}), "10000");
  EXPECT_EQ(kept(FilterOrder::joint, probabilities, {1, 3, 0.42F, 0.6F}), "10100");
  EXPECT_EQ(kept(FilterOrder::hf, probabilities, {1, 3, 0.55F, 0.6F}), "10100");
}

TEST(Definition, TakesTheLowestOfEqualTokens) {
  const std::vector<float> even(6, 1.0F / 6);
  EXPECT_EQ(kept(FilterOrder::sequential, even, {1, 2, 1, 0}), "110000");
  EXPECT_EQ(kept(FilterOrder::joint, even, {1, 0, 0.6F, 0}), "111100");
  EXPECT_EQ(kept(FilterOrder::hf, even, {0, 0, 1, 0}), "100000");
  EXPECT_EQ(kept(FilterOrder::hf, even, {1, 0, 0, 0}), "100000");
  EXPECT_EQ(kept(FilterOrder::hf, even, {1, 0, 1, 1}), "111111");
}

}  // namespace
}  // namespace skim::test
