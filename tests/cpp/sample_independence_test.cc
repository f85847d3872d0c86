// Draws do not depend on each other: neighbouring offsets, seeds and rows, near and far; and the
// two ends of the random numbers reach the two ends of a distribution.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <vector>

#include "support/draws.h"
#include "support/sample_numbers.h"

namespace skim::test {
namespace {

constexpr std::size_t kLags[] = {1, 2, 3, 7, 16, 64, 1024, 4096};
constexpr std::int64_t kTokens = 8;

const std::vector<float>& even_logits() {
  static const std::vector<float> logits(kTokens, 0.5F);
  return logits;
}

std::vector<double> even_probabilities() { return std::vector<double>(kTokens, 1.0 / kTokens); }

void expect_independent(const std::vector<std::int64_t>& tokens) {
  EXPECT_GT(goodness_of_fit(counts_of(tokens, kTokens), even_probabilities()), kLeastPValue);
  EXPECT_GT(runs_test(tokens, kTokens / 2), kLeastPValue);
  for (const std::size_t lag : kLags) {
    EXPECT_GT(independence_of_pairs(tokens, even_probabilities(), lag), kLeastPValue) << lag;
    EXPECT_GT(correlation_test(tokens, lag), kLeastPValue) << lag;
  }
}

// Seeds or offsets of its rows, each a multiple of `step`.
std::vector<std::uint64_t> counted(std::int64_t rows, std::uint64_t step) {
  std::vector<std::uint64_t> numbers(static_cast<std::size_t>(rows));
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = i * step;
  return numbers;
}

std::vector<std::int64_t> draw_each(const std::vector<std::uint64_t>& seeds,
                                    const std::vector<std::uint64_t>& offsets, std::int32_t top_k) {
  SampleParameters parameters = parameters_of({.top_k = top_k});
  parameters.seed.each = seeds.data();
  parameters.offset.each = offsets.data();
  return draw(even_logits(), static_cast<std::int64_t>(seeds.size()), parameters,
              FilterOrder::sequential);
}

class SampleIndependence : public testing::TestWithParam<std::int32_t> {};

TEST_P(SampleIndependence, OfOffsets) {
  expect_independent(draw(even_logits(), draws_of(200000), {.top_k = GetParam(), .seed = 1}));
  expect_independent(draw(even_logits(), draws_of(200000),
                          {.top_k = GetParam(), .seed = 2, .offset = std::uint64_t{1} << 40}));
}

TEST_P(SampleIndependence, OfSeeds) {
  const std::int64_t draws = draws_of(200000);
  for (const std::uint64_t step : {std::uint64_t{1}, std::uint64_t{1} << 32}) {
    expect_independent(draw_each(counted(draws, step), counted(draws, 0), GetParam()));
  }
}

TEST_P(SampleIndependence, OfHighWordsOfOffsets) {
  const std::int64_t draws = draws_of(200000);
  expect_independent(
      draw_each(counted(draws, 0), counted(draws, std::uint64_t{1} << 32), GetParam()));
}

// The same offsets under neighbouring seeds, side by side.
TEST_P(SampleIndependence, OfRows) {
  const std::int64_t draws = draws_of(100000);
  const auto some = draw(even_logits(), draws, {.top_k = GetParam(), .seed = 5});
  const auto others = draw(even_logits(), draws, {.top_k = GetParam(), .seed = 6});
  std::vector<std::int64_t> both;
  for (std::size_t i = 0; i < some.size(); ++i) {
    both.push_back(some[i]);
    both.push_back(others[i]);
  }
  expect_independent(both);
}

INSTANTIATE_TEST_SUITE_P(Paths, SampleIndependence, testing::Values(0, 8), [](const auto& top_k) {
  return top_k.param == 0 ? "Tiles" : "Candidates";
});

TEST(PlantedDependence, OfAnOffsetUsedTwiceIsSeen) {
  const std::int64_t draws = draws_of(200000);
  std::vector<std::uint64_t> offsets = counted(draws, 1);
  for (std::uint64_t& offset : offsets) offset /= 2;
  const auto tokens = draw_each(counted(draws, 0), offsets, 0);
  EXPECT_LE(runs_test(tokens, kTokens / 2), kLeastPValue);
  EXPECT_LE(independence_of_pairs(tokens, even_probabilities(), 1), kLeastPValue);
  EXPECT_LE(correlation_test(tokens, 1), kLeastPValue);
}

// Some draws repeat that of the row before.
TEST(PlantedDependence, OfFewDrawsIsSeen) {
  auto tokens = draw(even_logits(), draws_of(200000), {.seed = 3});
  for (std::size_t i = 31; i < tokens.size(); i += short_sizes() ? 5 : 31)
    tokens[i] = tokens[i - 1];
  EXPECT_LE(runs_test(tokens, kTokens / 2), kLeastPValue);
  EXPECT_LE(independence_of_pairs(tokens, even_probabilities(), 1), kLeastPValue);
  EXPECT_LE(correlation_test(tokens, 1), kLeastPValue);
}

// ---- the ends of the uniform ----

constexpr std::uint64_t kSeed = 77;

// Offsets whose first random words are the smallest and the largest of many, ascending.
std::vector<std::uint64_t> extreme_offsets(std::size_t count) {
  std::vector<std::uint64_t> offsets(short_sizes() ? 1 << 17 : 1 << 20);
  std::iota(offsets.begin(), offsets.end(), std::uint64_t{0});
  const auto first = [](std::uint64_t offset) { return random_words(kSeed, offset, 0).first; };
  std::vector<std::pair<std::uint64_t, std::uint64_t>> by_word;
  for (const std::uint64_t offset : offsets) by_word.emplace_back(first(offset), offset);
  std::sort(by_word.begin(), by_word.end());
  std::vector<std::uint64_t> extremes;
  for (std::size_t i = 0; i < count; ++i) extremes.push_back(by_word[i].second);
  for (std::size_t i = by_word.size() - count; i < by_word.size(); ++i) {
    extremes.push_back(by_word[i].second);
  }
  return extremes;
}

std::vector<std::int64_t> draw_at(const std::vector<float>& logits,
                                  const std::vector<std::uint64_t>& offsets, std::int32_t top_k) {
  SampleParameters parameters = parameters_of({.top_k = top_k, .seed = kSeed});
  parameters.offset.each = offsets.data();
  return draw(logits, static_cast<std::int64_t>(offsets.size()), parameters,
              FilterOrder::sequential);
}

constexpr std::size_t kExtremes = 500;

// floor(random * count), whatever the mass of one.
std::int64_t share_of(std::uint64_t random, std::uint64_t count) {
  return static_cast<std::int64_t>(unit_of(random, count));
}

TEST(EndsOfTheUniform, ReachTheEndsOfTheRanks) {
  constexpr std::int32_t kCols = 2000;
  const std::vector<float> logits(kCols, -3.0F);
  const auto offsets = extreme_offsets(kExtremes);
  const auto tokens = draw_at(logits, offsets, kCols);
  EXPECT_EQ(tokens.front(), 0);
  EXPECT_EQ(tokens.back(), kCols - 1);
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    ASSERT_EQ(tokens[i], share_of(random_words(kSeed, offsets[i], 0).first, kCols));
  }
}

// Tiles of rows of at most 4096 tokens hold four.
TEST(EndsOfTheUniform, ReachTheEndsOfTheTiles) {
  constexpr std::int64_t kCols = 2000;
  const std::vector<float> logits(kCols, -3.0F);
  const auto offsets = extreme_offsets(kExtremes);
  const auto tokens = draw_at(logits, offsets, 0);
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    const RandomWords words = random_words(kSeed, offsets[i], 0);
    ASSERT_EQ(tokens[i], 4 * share_of(words.first, kCols / 4) + share_of(words.second, 4));
  }
  EXPECT_LT(tokens.front(), 4);
  EXPECT_GE(tokens.back(), kCols - 4);
}

// A likely token and 1000 that have 1e-7 each: behind it in the ranks, so the largest words draw
// them and no others do.
TEST(EndsOfTheUniform, HoldTheRareTokens) {
  constexpr std::int32_t kRare = 1000;
  std::vector<float> logits(kRare + 1, static_cast<float>(std::log(1e-7)));
  logits[500] = 0.0F;
  const auto offsets = extreme_offsets(kExtremes);
  const auto tokens = draw_at(logits, offsets, kRare + 1);
  const double likely = 1 / (1 + kRare * 1e-7);
  std::int64_t rare = 0;
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    const double part =
        static_cast<double>(random_words(kSeed, offsets[i], 0).first) * 0x1p-64 / likely;
    if (std::abs(part - 1) < 1e-9) continue;
    ASSERT_EQ(tokens[i] != 500, part > 1) << part;
    rare += part > 1 ? 1 : 0;
  }
  EXPECT_GT(rare, 3);
}

}  // namespace
}  // namespace skim::test
