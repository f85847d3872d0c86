// Rows that mean something special for the steps of sampling, written out; and how close they come
// to real arithmetic.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include "inputs/inputs.h"
#include "skim/sampling_steps.h"
#include "support/draws.h"
#include "support/sample_definition.h"
#include "support/settings.h"
#include "support/step_oracle.h"

namespace skim::test {
namespace {

using Row = std::vector<float>;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

TensorView view_of(const Row& row) {
  return matrix_view(row.data(), 1, static_cast<std::int64_t>(row.size()));
}

MutableTensorView result_of(Row& row) {
  return mutable_matrix_view(row.data(), 1, static_cast<std::int64_t>(row.size()));
}

Row softmax_of(const Row& logits, float temperature = 1.0F) {
  Row probs(logits.size(), 7.0F);
  softmax(view_of(logits), result_of(probs), {temperature});
  return probs;
}

Row top_k_of_probs(const Row& probs, std::int32_t top_k) {
  Row shares(probs.size(), 7.0F);
  top_k_renorm_probs(view_of(probs), result_of(shares), {top_k});
  return shares;
}

Row top_p_of_probs(const Row& probs, float top_p) {
  Row shares(probs.size(), 7.0F);
  top_p_renorm_probs(view_of(probs), result_of(shares), {top_p});
  return shares;
}

Row top_k_of_logits(const Row& logits, std::int32_t top_k) {
  Row masked(logits.size(), 7.0F);
  top_k_mask_logits(view_of(logits), result_of(masked), {top_k});
  return masked;
}

Row top_p_of_logits(const Row& logits, float top_p, float temperature = 1.0F) {
  Row masked(logits.size(), 7.0F);
  top_p_mask_logits(view_of(logits), result_of(masked), {top_p}, {temperature});
  return masked;
}

std::int64_t draw_from(const Row& probs, std::uint64_t seed) {
  std::int64_t token = -7;
  sample_from_probs(view_of(probs), mutable_matrix_view(&token, 1, 1), {seed});
  return token;
}

std::vector<std::uint32_t> bits_of(const Row& row) {
  std::vector<std::uint32_t> bits;
  for (const float x : row) bits.push_back(std::bit_cast<std::uint32_t>(x));
  return bits;
}

void expect_all(const Row& row, float value) {
  EXPECT_EQ(bits_of(row), bits_of(Row(row.size(), value)));
}

TEST(StepRows, KeepTheFirstOfEqualTokens) {
  const Row logits = {1.0F, 2.0F, 2.0F, 2.0F, -1.0F};
  EXPECT_EQ(top_k_of_logits(logits, 2), (Row{-kInfinity, 2.0F, 2.0F, -kInfinity, -kInfinity}));
  EXPECT_EQ(top_p_of_logits(logits, 0.4F), (Row{-kInfinity, 2.0F, 2.0F, -kInfinity, -kInfinity}));
  const Row probs = {0.125F, 0.25F, 0.25F, 0.25F, 0.125F};
  EXPECT_EQ(top_k_of_probs(probs, 2), (Row{0.0F, 0.5F, 0.5F, 0.0F, 0.0F}));
  EXPECT_EQ(top_p_of_probs(probs, 0.5F), (Row{0.0F, 0.5F, 0.5F, 0.0F, 0.0F}));
  EXPECT_EQ(top_p_of_probs(probs, 0.75F)[3], top_p_of_probs(probs, 0.75F)[1]);
  EXPECT_EQ(top_p_of_probs(probs, 0.75F)[0], 0.0F);
  EXPECT_GT(top_p_of_probs(probs, std::nextafter(0.75F, 1.0F))[0], 0.0F);
}

TEST(StepRows, KeepTheFirstWhateverTheLimit) {
  const Row logits = {1.0F, 3.0F, 3.0F};
  EXPECT_EQ(top_p_of_logits(logits, 0.0F), (Row{-kInfinity, 3.0F, -kInfinity}));
  EXPECT_EQ(top_p_of_logits(logits, 1.0F, 0.0F), (Row{-kInfinity, 3.0F, -kInfinity}));
  EXPECT_EQ(top_p_of_probs({0.2F, 0.4F, 0.4F}, 0.0F), (Row{0.0F, 1.0F, 0.0F}));
  EXPECT_EQ(softmax_of(logits, 0.0F), (Row{0.0F, 1.0F, 0.0F}));
}

TEST(StepRows, DropNothingWhereAFilterIsOff) {
  const Row logits = {1.0F, -kInfinity, -0.0F, 0.0F, 3.0F};
  for (const std::int32_t top_k : {0, -5, 5, 6, std::numeric_limits<std::int32_t>::max()}) {
    EXPECT_EQ(bits_of(top_k_of_logits(logits, top_k)), bits_of(logits)) << top_k;
    EXPECT_EQ(top_k_of_probs({1.0F, 2.0F, 5.0F, 0.0F, 0.0F}, top_k),
              (Row{0.125F, 0.25F, 0.625F, 0.0F, 0.0F}))
        << top_k;
  }
  for (const float top_p : {1.0F, 1.5F, kInfinity}) {
    EXPECT_EQ(bits_of(top_p_of_logits(logits, top_p)), bits_of(logits)) << top_p;
    EXPECT_EQ(top_p_of_probs({1.0F, 2.0F, 5.0F}, top_p), (Row{0.125F, 0.25F, 0.625F})) << top_p;
  }
}

TEST(StepRows, WithANanBecomeNanOrStay) {
  for (const std::uint32_t bits : {0x7fc00000U, 0xffc00000U, 0x7f800001U, 0xffffffffU}) {
    Row row(300, 0.5F);
    row[299] = std::bit_cast<float>(bits);
    row[3] = kInfinity;
    for (const float temperature : {1.0F, 0.0F}) {
      expect_all(softmax_of(row, temperature), kNan);
      EXPECT_EQ(bits_of(top_p_of_logits(row, 0.5F, temperature)), bits_of(row));
    }
    expect_all(top_k_of_probs(row, 3), kNan);
    expect_all(top_p_of_probs(row, 0.5F), kNan);
    EXPECT_EQ(bits_of(top_k_of_logits(row, 3)), bits_of(row));
    EXPECT_EQ(draw_from(row, 1), -1);
  }
}

TEST(StepRows, WithoutAnythingToDrawAreZeroOrStay) {
  const Row nothing(300, -kInfinity);
  for (const float temperature : {1.0F, 0.0F}) {
    expect_all(softmax_of(nothing, temperature), 0.0F);
    EXPECT_EQ(top_p_of_logits(nothing, 0.5F, temperature), nothing);
  }
  EXPECT_EQ(top_k_of_logits(nothing, 3), nothing);
  for (const float weight : {0.0F, -0.0F, -1.0F, -kInfinity}) {
    const Row probs(300, weight);
    expect_all(top_k_of_probs(probs, 3), 0.0F);
    expect_all(top_p_of_probs(probs, 0.5F), 0.0F);
    EXPECT_EQ(draw_from(probs, 1), -1);
  }
}

TEST(StepRows, WithInfinitiesShareAmongThese) {
  Row row(300, std::numeric_limits<float>::max());
  for (const std::size_t token : {3U, 9U, 17U, 30U}) row[token] = kInfinity;
  const auto expect_shares = [](const Row& shares, std::size_t first) {
    const std::size_t tokens[] = {3, 9, 17, 30};
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(shares[tokens[i]], i < first ? 1.0F / static_cast<float>(first) : 0.0F);
    }
    EXPECT_EQ(std::accumulate(shares.begin(), shares.end(), 0.0), 1.0);
  };
  expect_shares(softmax_of(row), 4);
  expect_shares(top_k_of_probs(row, 2), 2);
  expect_shares(top_k_of_probs(row, 200), 4);
  expect_shares(top_p_of_probs(row, 0.5F), 2);
  expect_shares(top_p_of_probs(row, 1.0F), 4);
  const Row masked = top_p_of_logits(row, 0.5F);
  EXPECT_EQ(std::count(masked.begin(), masked.end(), kInfinity), 2);
  EXPECT_EQ(std::count(masked.begin(), masked.end(), -kInfinity), 298);
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    EXPECT_EQ(row[static_cast<std::size_t>(draw_from(row, seed))], kInfinity);
  }
}

TEST(StepRows, OfNoTokens) {
  const Row nothing;
  EXPECT_TRUE(softmax_of(nothing).empty());
  EXPECT_TRUE(top_p_of_logits(nothing, 0.5F).empty());
  EXPECT_EQ(draw_from(nothing, 1), -1);
}

TEST(StepRows, EndWhereTheirLengthDoes) {
  const Row row = {0.5F, 0.25F, kNan, kInfinity};
  const std::int32_t length = 2;
  const RowLengthsView lengths{&length, DType::i32, 1, DeviceId{}};
  Row result(4, 7.0F);
  softmax(view_of(row), result_of(result), {0.0F}, lengths);
  EXPECT_EQ(result, (Row{1.0F, 0.0F, 0.0F, 0.0F}));
  top_k_renorm_probs(view_of(row), result_of(result), {3}, lengths);
  EXPECT_NEAR(result[0], 2.0 / 3.0, 1e-7);
  EXPECT_EQ(result[2] + result[3], 0.0F);
  top_k_mask_logits(view_of(row), result_of(result), {0}, lengths);
  EXPECT_EQ(result, (Row{0.5F, 0.25F, -kInfinity, -kInfinity}));
}

// Weights of any size: the largest and the smallest floats there are.
TEST(StepRows, OfWeightsThatNoSumOfFloatsHolds) {
  const Row large(5, std::numeric_limits<float>::max());
  EXPECT_EQ(top_p_of_probs(large, 1.0F), Row(5, 0.2F));
  const Row small(5, std::numeric_limits<float>::denorm_min());
  EXPECT_EQ(top_k_of_probs(small, 0), Row(5, 0.2F));
  EXPECT_EQ(top_p_of_probs(small, 0.375F), (Row{0.5F, 0.5F, 0.0F, 0.0F, 0.0F}));
}

// Values of every size, so that no guess of where the nucleus ends is near, with more ties than are
// listed.
Row powers(bool both_signs) {
  Row row;
  for (int i = 0; i < 90 * 240; ++i) {
    const float power = std::ldexp(1.0F, i * 7 % 240 - 120);
    row.push_back(both_signs && i % 2 == 0 ? -power : power);
  }
  return row;
}

TEST(StepRows, OfPowersOfTwoHaveTheNucleusOfTheOracle) {
  for (const float temperature : {1.0F, 1e-20F, 1e10F, 1e30F}) {
    for (const float top_p : {0.001F, 0.3F, 0.9F, 0.9999999F}) {
      SampleRow row;
      row.logits = powers(true);
      row.allowed.assign(row.logits.size(), true);
      row.temperature = temperature;
      row.top_p = top_p;
      const StepAnswer answer = exact_step(SamplingStep::top_p_mask_logits, row);
      const Row masked = top_p_of_logits(row.logits, top_p, temperature);
      for (std::size_t i = 0; i < masked.size(); ++i) {
        ASSERT_EQ(masked[i] != -kInfinity, answer.kept[i]) << temperature << " " << top_p;
      }
      row.logits = powers(false);
      EXPECT_EQ(bits_of(top_p_of_probs(row.logits, top_p)),
                bits_of(exact_step(SamplingStep::top_p_renorm_probs, row).probabilities))
          << top_p;
    }
  }
}

// ---- real arithmetic ----

Row logits_of(bench::Distribution distribution, std::int64_t cols, std::uint64_t seed) {
  const bench::Matrix matrix = bench::make_matrix(DType::f32, 1, cols, distribution, seed);
  const auto* const elements = static_cast<const float*>(matrix.data());
  return {elements, elements + cols};
}

SampleRow row_of(const Row& logits, float temperature, float top_p) {
  SampleRow row;
  row.logits = logits;
  row.allowed.assign(logits.size(), true);
  row.temperature = temperature;
  row.top_p = top_p;
  return row;
}

constexpr bench::Distribution kOrdinary[] = {
    bench::Distribution::normal,      bench::Distribution::normal_with_head,
    bench::Distribution::zipf,        bench::Distribution::bf16_quantised,
    bench::Distribution::all_equal,   bench::Distribution::ascending,
    bench::Distribution::masked_half, bench::Distribution::one_hot,
    bench::Distribution::few_distinct};

// What docs/sampling.md promises: 4e-7 of itself, and 1.3e-7 more for each unit of the distance
// from the maximum; below 2^-119 of the likeliest nothing.
TEST(StepPrecision, OfSoftmax) {
  for (const bench::Distribution distribution : kOrdinary) {
    for (const float temperature : {1.0F, 0.1F, 0.7F, 5.0F}) {
      const Row logits = logits_of(distribution, short_sizes() ? 1000 : 128256, 4);
      const Row found = softmax_of(logits, temperature);
      const std::vector<double> wanted = defined_logprobs(row_of(logits, temperature, 1.0F));
      const double likeliest = *std::max_element(wanted.begin(), wanted.end());
      double sum = 0.0;
      for (std::size_t i = 0; i < found.size(); ++i) {
        const double exact = std::exp(wanted[i]);
        const double bound = exact * (4e-7 + 1.3e-7 * (likeliest - wanted[i])) + 1e-36;
        ASSERT_NEAR(static_cast<double>(found[i]), wanted[i] == -HUGE_VAL ? 0.0 : exact,
                    wanted[i] == -HUGE_VAL ? 0.0 : bound)
            << bench::name_of(distribution) << " " << temperature << " " << logits[i];
        sum += static_cast<double>(found[i]);
      }
      EXPECT_NEAR(sum, 1.0, 1e-6) << bench::name_of(distribution) << " " << temperature;
    }
  }
}

// The set of the definition, where the limit moved by 1e-5 of itself may go either way.
TEST(StepPrecision, OfTheNucleusOfLogits) {
  for (const bench::Distribution distribution : kOrdinary) {
    for (const float top_p : {0.1F, 0.5F, 0.9F, 0.99F}) {
      const Row logits = logits_of(distribution, 5000, 6);
      const Row masked = top_p_of_logits(logits, top_p, 0.8F);
      const SampleRow row = row_of(logits, 0.8F, top_p);
      const std::vector<double> least = defined_logprobs(row, -kLimitTolerance);
      const std::vector<double> most = defined_logprobs(row, kLimitTolerance);
      for (std::size_t i = 0; i < masked.size(); ++i) {
        if (masked[i] != -kInfinity) {
          ASSERT_EQ(masked[i], logits[i]);
          ASSERT_GT(most[i], -HUGE_VAL) << bench::name_of(distribution) << " keeps " << i;
        } else {
          ASSERT_EQ(least[i], -HUGE_VAL) << bench::name_of(distribution) << " drops " << i;
        }
      }
    }
  }
}

// Shares of the tokens that a float64 sum over the sorted row keeps.
TEST(StepPrecision, OfRenormalisedProbabilities) {
  for (const bench::Distribution distribution : kOrdinary) {
    const Row probs = softmax_of(logits_of(distribution, 5000, 8), 1.0F);
    std::vector<std::size_t> order(probs.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return probs[a] > probs[b]; });
    for (const std::size_t count : {1U, 7U, 50U, 2500U, 5000U}) {
      double sum = 0.0;
      for (std::size_t rank = 0; rank < count; ++rank)
        sum += static_cast<double>(probs[order[rank]]);
      const Row shares = top_k_of_probs(probs, static_cast<std::int32_t>(count));
      for (std::size_t rank = 0; rank < probs.size(); ++rank) {
        const double share = rank < count ? static_cast<double>(probs[order[rank]]) / sum : 0.0;
        ASSERT_NEAR(static_cast<double>(shares[order[rank]]), share, share * 7e-8)
            << bench::name_of(distribution) << " rank " << rank << " of " << count;
      }
    }
  }
}

// ---- draws ----

// Many draws from one row of probabilities: row r of the call draws with the offset r.
std::vector<std::int64_t> draw_many(const Row& probs, std::int64_t draws, std::uint64_t seed) {
  std::vector<std::int64_t> tokens(static_cast<std::size_t>(draws));
  TensorView rows = matrix_view(probs.data(), draws, static_cast<std::int64_t>(probs.size()));
  rows.row_stride = 0;
  sample_from_probs(rows, mutable_matrix_view(tokens.data(), draws, 1), {seed});
  return tokens;
}

double fit(const Row& drawn_from, const Row& expected, std::uint64_t seed) {
  const std::int64_t draws = draws_of(40000);
  double sum = 0.0;
  for (const float weight : expected) sum += static_cast<double>(weight);
  std::vector<double> probabilities;
  for (const float weight : expected) probabilities.push_back(static_cast<double>(weight) / sum);
  const auto cols = static_cast<std::int64_t>(expected.size());
  return goodness_of_fit(counts_of(draw_many(drawn_from, draws, seed), cols), probabilities);
}

TEST(StepDraws, HaveTheProbabilities) {
  std::uint64_t seed = 40;
  for (const bench::Distribution distribution : kOrdinary) {
    for (const std::int64_t cols : {64, 5000}) {
      Row probs = softmax_of(logits_of(distribution, cols, 3));
      EXPECT_GT(fit(probs, probs, ++seed), kLeastPValue) << bench::name_of(distribution) << cols;
      Row weights = probs;  // they need not add up to 1
      for (float& weight : weights) weight *= 12345.0F;
      EXPECT_GT(fit(weights, probs, ++seed), kLeastPValue) << bench::name_of(distribution) << cols;
    }
  }
}

TEST(StepDraws, AreSeenWhereTheyAreBiased) {
  Row probs = softmax_of(logits_of(bench::Distribution::normal, 64, 3));
  Row biased = probs;
  biased[5] *= 2.0F;
  EXPECT_LT(fit(biased, probs, 9), kLeastPValue);
}

TEST(StepDraws, NeverHaveTheProbabilityZero) {
  Row probs(1000, 0.0F);
  for (std::size_t token = 1; token < probs.size(); token += 2) probs[token] = 1e-3F;
  for (std::size_t token = 0; token < probs.size(); token += 4) probs[token] = -1.0F;
  for (const std::int64_t token : draw_many(probs, 20000, 5)) ASSERT_EQ(token % 2, 1);
}

}  // namespace
}  // namespace skim::test
