// Draws have the probabilities of the definition: chi-square tests with fixed seeds, of every
// filter and order, and planted biases that the same tests must see. SKIM_TEST_LONG=1 draws ten
// times as often.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "inputs/inputs.h"
#include "inputs/random.h"
#include "support/draws.h"
#include "support/sample_oracle.h"

namespace skim::test {
namespace {

std::string to_string(const DrawSpec& spec) {
  return skim::to_string(spec.order) + ", temperature " + std::to_string(spec.temperature) +
         ", top_k " + std::to_string(spec.top_k) + ", top_p " + std::to_string(spec.top_p) +
         ", min_p " + std::to_string(spec.min_p) + ", seed " + std::to_string(spec.seed);
}

std::vector<float> logits_of(bench::Distribution distribution, std::int64_t cols) {
  const bench::Matrix matrix = bench::make_matrix(DType::f32, 1, cols, distribution, 5);
  const auto* const elements = static_cast<const float*>(matrix.data());
  return {elements, elements + cols};
}

// Half of the mass at the first token, the rest spread evenly.
std::vector<float> one_hot_and_tail(std::size_t cols) {
  std::vector<float> logits(cols, 0.0F);
  logits[0] = std::log(static_cast<float>(cols - 1));
  return logits;
}

struct Shape {
  const char* name;
  std::vector<float> logits;
};

std::vector<Shape> shapes() {
  return {{"uniform", std::vector<float>(64, 2.5F)},
          {"zipf", logits_of(bench::Distribution::zipf, 1000)},
          {"one_hot_and_tail", one_hot_and_tail(2048)},
          {"normal", logits_of(bench::Distribution::normal, 257)}};
}

// Each alone, in one of the orders that all mean the same then, and every combination in each.
std::vector<DrawSpec> all_filters() {
  std::vector<DrawSpec> specs = {
      {.order = FilterOrder::sequential},
      {.order = FilterOrder::hf, .top_k = 50},
      {.order = FilterOrder::joint, .top_p = 0.9F},
      {.order = FilterOrder::sequential, .top_p = 0.5F},
      {.order = FilterOrder::joint, .min_p = 0.05F},
  };
  for (const FilterOrder order : {FilterOrder::sequential, FilterOrder::hf, FilterOrder::joint}) {
    specs.push_back({.order = order, .top_k = 40, .top_p = 0.9F});
    specs.push_back({.order = order, .top_k = 40, .min_p = 0.1F});
    specs.push_back({.order = order, .top_p = 0.8F, .min_p = 0.1F});
    specs.push_back({.order = order, .top_k = 30, .top_p = 0.8F, .min_p = 0.1F});
  }
  return specs;
}

class SampleDistribution : public testing::TestWithParam<float> {};

TEST_P(SampleDistribution, OfEveryFilterAndOrderFits) {
  std::uint64_t seed = 1;
  for (const Shape& shape : shapes()) {
    for (DrawSpec spec : all_filters()) {
      spec.temperature = GetParam();
      spec.seed = ++seed;
      const auto tokens = draw(shape.logits, draws_of(4000), spec);
      EXPECT_GT(fit(tokens, shape.logits, spec), kLeastPValue)
          << shape.name << ", " << to_string(spec);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Temperatures, SampleDistribution, testing::Values(0.1F, 0.7F, 1.0F, 5.0F),
                         [](const auto& temperature) {
                           return "OfTenths" + std::to_string(std::lround(temperature.param * 10));
                         });

// Fewer configurations, looked at more closely.
TEST(SampleDistributionClosely, Fits) {
  const std::vector<float> logits = logits_of(bench::Distribution::normal, 128);
  const DrawSpec specs[] = {{.seed = 11},
                            {.top_k = 30, .top_p = 0.9F, .seed = 12},
                            {.order = FilterOrder::joint, .top_p = 0.9F, .seed = 13},
                            {.temperature = 2.0F, .min_p = 0.2F, .seed = 14}};
  for (const DrawSpec& spec : specs) {
    const auto tokens = draw(logits, draws_of(250000), spec);
    EXPECT_GT(fit(tokens, logits, spec), kLeastPValue) << to_string(spec);
  }
}

// 1000 tokens of 1e-7 each, pooled: 24 bits of a uniform float would have no room for them.
TEST(SampleDistributionTail, OfRareTokensIsDrawn) {
  std::vector<float> logits(1001, static_cast<float>(std::log(1e-7)));
  logits[500] = 0.0F;
  const DrawSpec spec{.seed = 21};
  const std::vector<std::int64_t> tokens = draw(logits, draws_of(1000000), spec);
  const double rare = 1e-4 / (1 + 1e-4);
  std::vector<std::int64_t> counts = {0, 0, 0};  // the likely one, rare ones before and after it
  for (const std::int64_t token : tokens) ++counts[token == 500 ? 0 : token < 500 ? 1 : 2];
  const std::vector<double> probabilities = {1 - rare, rare / 2, rare / 2};
  EXPECT_GT(goodness_of_fit(counts, probabilities), kLeastPValue)
      << counts[1] << " and " << counts[2] << " of " << tokens.size();
}

// ---- real logits ----

// In the source tree, or beside the folder of this program, where the bundle has it.
std::string stored_logits() {
  const std::string name = "data/smollm2_logits_f16.npy";
  const std::string source = SKIM_TEST_SOURCE "/" + name;
  if (std::filesystem::exists(source)) return source;
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / ".." / name).string();
}

std::vector<float> real_logits(std::int64_t row) {
  static const bench::Matrix stored = bench::load_npy(stored_logits());
  std::vector<float> logits;
  const auto* const elements = static_cast<const Float16*>(stored.data()) + row * stored.cols();
  for (std::int64_t column = 0; column < stored.cols(); ++column) {
    logits.push_back(bench::float16_to_float(elements[column].bits));
  }
  return logits;
}

TEST(SampleDistributionOfRealLogits, Fits) {
  std::uint64_t seed = 30;
  for (DrawSpec spec : all_filters()) {
    spec.seed = ++seed;
    spec.temperature = seed % 2 == 0 ? 1.0F : 1.5F;
    const std::vector<float> logits = real_logits(static_cast<std::int64_t>(seed % 32));
    const auto tokens = draw(logits, draws_of(6000), spec);
    EXPECT_GT(fit(tokens, logits, spec), kLeastPValue) << to_string(spec);
  }
}

// ---- what is wrong must be seen ----

class PlantedBias : public testing::Test {
 protected:
  double p_value(const DrawSpec& drawn, const DrawSpec& claimed) const {
    return fit(draw(logits_, draws_of(100000), drawn), logits_, claimed);
  }
  // Of uniform numbers of so many bits.
  double p_value_of_bits(int bits) const {
    SampleRow row;
    row.logits = logits_;
    row.allowed.assign(logits_.size(), true);
    row.top_k = 100;
    bench::Random random(7, 0);
    std::vector<std::int64_t> tokens;
    for (std::int64_t i = 0; i < draws_of(20000); ++i) {
      tokens.push_back(token_of_words(row, random.next() >> (64 - bits) << (64 - bits), 0));
    }
    return fit(tokens, logits_, {.top_k = 100});
  }

  std::vector<float> logits_ = logits_of(bench::Distribution::normal, 100);
};

TEST_F(PlantedBias, IsNotThereToBeginWith) {
  EXPECT_GT(p_value({}, {}), kLeastPValue);
  EXPECT_GT(p_value_of_bits(64), kLeastPValue);
}

TEST_F(PlantedBias, OfTheTemperatureIsSeen) {
  EXPECT_LE(p_value({.temperature = short_sizes() ? 1.2F : 1.05F}, {}), kLeastPValue);
}

TEST_F(PlantedBias, OfFiltersIsSeen) {
  EXPECT_LE(p_value({.top_k = 50}, {.top_k = 49}), kLeastPValue);
  EXPECT_LE(p_value({.top_k = 47}, {.top_k = 50}), kLeastPValue);
  EXPECT_LE(p_value({.top_p = 0.9F}, {.top_p = 0.85F}), kLeastPValue);
  EXPECT_LE(p_value({.min_p = 0.1F}, {.min_p = 0.2F}), kLeastPValue);
  EXPECT_LE(p_value({.order = FilterOrder::joint, .top_k = 30, .top_p = 0.9F},
                    {.order = FilterOrder::hf, .top_k = 30, .top_p = 0.9F}),
            kLeastPValue);
}

TEST_F(PlantedBias, OfACoarseUniformIsSeen) { EXPECT_LE(p_value_of_bits(7), kLeastPValue); }

TEST_F(PlantedBias, OfOneTokenInAHundredIsSeen) {
  std::vector<std::int64_t> tokens = draw(logits_, draws_of(100000), DrawSpec{});
  const auto likeliest = std::max_element(logits_.begin(), logits_.end()) - logits_.begin();
  for (std::size_t i = 0; i < tokens.size(); i += short_sizes() ? 20 : 100) tokens[i] = likeliest;
  EXPECT_LE(fit(tokens, logits_, {}), kLeastPValue);
}

// ---- the test itself ----

TEST(ChiSquare, HasThePublishedQuantiles) {
  EXPECT_NEAR(chi_square_tail(3.841, 1), 0.05, 1e-4);
  EXPECT_NEAR(chi_square_tail(18.307, 10), 0.05, 1e-5);
  EXPECT_NEAR(chi_square_tail(23.209, 10), 0.01, 1e-5);
  EXPECT_NEAR(chi_square_tail(149.449, 100), 0.001, 1e-6);
  EXPECT_NEAR(chi_square_tail(77.929, 100), 0.95, 1e-5);
  EXPECT_EQ(chi_square_tail(0, 5), 1);
}

TEST(ChiSquare, SeesTheImpossible) {
  EXPECT_EQ(goodness_of_fit(std::vector<std::int64_t>{50, 50, 1}, std::vector<double>{0.5, 0.5, 0}),
            0);
}

}  // namespace
}  // namespace skim::test
