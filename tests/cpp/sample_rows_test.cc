// Rows that mean something special, written out: what a reader of the contract would try first.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "skim/sample.h"

namespace skim::test {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kMost = std::numeric_limits<float>::max();

struct Result {
  std::int64_t token = -7;
  float logprob = 7.0F;
};

// Parameters of every path: greedy, candidates, tiles, tiles with rejection.
std::vector<SampleParameters> every_path() {
  std::vector<SampleParameters> all(5);
  all[0].temperature.value = 0.0F;
  all[1].top_k.value = 3;
  all[3].top_p.value = 0.5F;
  all[4].min_p.value = 0.5F;
  return all;
}

Result sample_row(const std::vector<float>& logits, const SampleParameters& parameters,
                  LogprobKind kind, const std::vector<std::int32_t>& mask = {}) {
  Result result;
  SampleInputs inputs;
  const auto cols = static_cast<std::int64_t>(logits.size());
  inputs.logits = matrix_view(logits.data(), 1, cols);
  inputs.parameters = parameters;
  if (!mask.empty()) inputs.allow_mask = matrix_view(mask.data(), 1, (cols + 31) / 32);
  sample(inputs,
         {mutable_matrix_view(&result.token, 1, 1),
          mutable_matrix_view(&result.logprob, 1, 1),
          {},
          {}},
         {.logprobs = kind});
  return result;
}

template <class Check>
void on_every_path(const std::vector<float>& logits, const std::vector<std::int32_t>& mask,
                   const Check& check) {
  for (const LogprobKind kind : {LogprobKind::raw, LogprobKind::processed}) {
    int path = 0;
    for (SampleParameters parameters : every_path()) {
      SCOPED_TRACE("path " + std::to_string(path++) + ", " + to_string(kind));
      for (parameters.seed.value = 0; parameters.seed.value < 20; ++parameters.seed.value) {
        check(sample_row(logits, parameters, kind, mask));
        if (testing::Test::HasFailure()) return;
      }
    }
  }
}

void expect_nothing(const Result& result) {
  EXPECT_EQ(result.token, -1);
  EXPECT_EQ(result.logprob, -kInfinity);
}

TEST(SampleRows, WithoutAnythingToDrawGiveMinusOne) {
  on_every_path(std::vector<float>(40, -kInfinity), {}, expect_nothing);
  on_every_path(std::vector<float>(40, 1.0F), {0, 0}, expect_nothing);
  on_every_path(std::vector<float>(40, kNan), {0, 0}, expect_nothing);
  on_every_path({}, {}, expect_nothing);
}

// One NaN, whatever the bits of the logit.
TEST(SampleRows, WithAnAllowedNanGiveNan) {
  for (const std::uint32_t bits : {0x7fc00000U, 0xffc00000U, 0x7f800001U, 0xffffffffU}) {
    std::vector<float> logits(40, 1.0F);
    logits[33] = std::bit_cast<float>(bits);
    logits[34] = kInfinity;
    on_every_path(logits, {}, [](const Result& result) {
      EXPECT_EQ(result.token, -1);
      EXPECT_EQ(std::bit_cast<std::uint32_t>(result.logprob), 0x7fc00000U);
    });
  }
}

TEST(SampleRows, IgnoreAMaskedNan) {
  std::vector<float> logits(40, -kInfinity);
  logits[3] = kNan;
  logits[7] = -2.0F;
  on_every_path(logits, {~(1 << 3), -1}, [](const Result& result) {
    EXPECT_EQ(result.token, 7);
    EXPECT_EQ(result.logprob, 0.0F);
  });
}

// Uniform over them; not even the largest finite number has any share.
TEST(SampleRows, WithInfinitiesDrawAmongThese) {
  std::vector<float> logits(40, kMost);
  logits[5] = logits[20] = kInfinity;
  for (const LogprobKind kind : {LogprobKind::raw, LogprobKind::processed}) {
    for (const float temperature : {1.0F, 1e30F, 1e-30F}) {
      for (const std::int32_t top_k : {0, 2, 40}) {
        int counts[2] = {};
        for (std::uint64_t seed = 0; seed < 200; ++seed) {
          const Result result =
              sample_row(logits, {{temperature}, {top_k}, {1.0F}, {0.0F}, {seed}, {0}}, kind);
          ASSERT_TRUE(result.token == 5 || result.token == 20) << result.token;
          EXPECT_FLOAT_EQ(result.logprob, static_cast<float>(-std::log(2.0)));
          ++counts[result.token == 5 ? 0 : 1];
        }
        EXPECT_GT(counts[0], 60);
        EXPECT_GT(counts[1], 60);
      }
    }
  }
}

TEST(SampleRows, WithInfinitiesHaveANucleusOfThese) {
  std::vector<float> logits(40, kMost);
  for (const std::size_t token : {3U, 9U, 17U, 30U}) logits[token] = kInfinity;
  for (const FilterOrder order : {FilterOrder::sequential, FilterOrder::hf, FilterOrder::joint}) {
    for (const std::int32_t top_k : {0, 40}) {
      for (std::uint64_t seed = 0; seed < 50; ++seed) {
        SampleInputs inputs;
        inputs.logits = matrix_view(logits.data(), 1, 40);
        inputs.parameters = {{1.0F}, {top_k}, {0.5F}, {0.0F}, {seed}, {0}};
        std::int64_t token = -7;
        sample(inputs, {mutable_matrix_view(&token, 1, 1), {}, {}, {}}, {.order = order});
        ASSERT_TRUE(token == 3 || token == 9) << token << ", " << to_string(order);
      }
    }
  }
}

// Distances between them overflow.
TEST(SampleRows, OfTheLargestNumbersAreOrdinary) {
  std::vector<float> logits(40, -kMost);
  logits[11] = kMost;
  on_every_path(logits, {}, [](const Result& result) {
    EXPECT_EQ(result.token, 11);
    EXPECT_EQ(result.logprob, 0.0F);
  });
}

TEST(SampleRows, TakeBothZerosAsEqual) {
  const std::vector<float> logits = {-0.0F, 0.0F, -0.0F, 0.0F};
  SampleParameters greedy;
  greedy.temperature.value = 0.0F;
  EXPECT_EQ(sample_row(logits, greedy, LogprobKind::raw).token, 0);
  SampleParameters first;
  first.top_k.value = 1;
  EXPECT_EQ(sample_row(logits, first, LogprobKind::raw).token, 0);
  EXPECT_FLOAT_EQ(sample_row(logits, first, LogprobKind::raw).logprob,
                  static_cast<float>(-std::log(4.0)));
}

TEST(SampleRows, OfATinyTemperatureAreGreedyAndOfAHugeOneUniform) {
  std::vector<float> logits;
  for (int i = 0; i < 64; ++i) logits.push_back(static_cast<float>(i * 37 % 64));
  std::vector<int> counts(64);
  for (std::uint64_t seed = 0; seed < 6400; ++seed) {
    const Result cold =
        sample_row(logits, {{1e-30F}, {0}, {1.0F}, {0.0F}, {seed}, {0}}, LogprobKind::processed);
    ASSERT_EQ(logits[static_cast<std::size_t>(cold.token)], 63.0F);
    ASSERT_EQ(cold.logprob, 0.0F);
    const Result hot =
        sample_row(logits, {{1e30F}, {0}, {1.0F}, {0.0F}, {seed}, {0}}, LogprobKind::processed);
    ASSERT_FLOAT_EQ(hot.logprob, static_cast<float>(-std::log(64.0)));
    ++counts[static_cast<std::size_t>(hot.token)];
  }
  for (const int count : counts) EXPECT_NEAR(count, 100, 50);
}

// top-k leaves a token of no mass: it is not drawn, but its log-probability is not -inf.
TEST(SampleRows, ListSurvivorsWithoutMass) {
  const std::vector<float> logits = {0.0F, -60.0F, -70.0F};
  for (const std::int32_t top_k : {0, 2, 3}) {
    std::int64_t tokens[4] = {};
    float logprobs[4] = {};
    SampleInputs inputs;
    inputs.logits = matrix_view(logits.data(), 1, 3);
    inputs.parameters.top_k.value = top_k;
    sample(inputs,
           {mutable_matrix_view(tokens, 1, 1), mutable_matrix_view(logprobs, 1, 1),
            mutable_matrix_view(tokens + 1, 1, 3), mutable_matrix_view(logprobs + 1, 1, 3)},
           {.logprobs = LogprobKind::processed, .top_logprobs = 3});
    EXPECT_EQ(tokens[0], 0);
    EXPECT_FLOAT_EQ(logprobs[2], -60.0F);
    EXPECT_EQ(logprobs[3] == -kInfinity, top_k == 2) << top_k;
  }
}

// The mass before the first token outside is the share to the bit.
TEST(SampleRows, OfEqualLogitsHaveANucleusOfExactlyTheShare) {
  constexpr std::int64_t kCols = 64;
  const std::vector<float> logits(kCols, -0.75F);
  for (const FilterOrder order : {FilterOrder::sequential, FilterOrder::hf, FilterOrder::joint}) {
    for (const std::int32_t top_k : {0, 64}) {
      for (const float share : {0.25F, 0.5F, 0.75F}) {
        std::int64_t tokens[kCols + 1] = {};
        float logprobs[kCols + 1] = {};
        SampleInputs inputs;
        inputs.logits = matrix_view(logits.data(), 1, kCols);
        inputs.parameters.top_k.value = top_k;
        inputs.parameters.top_p.value = share;
        sample(inputs,
               {mutable_matrix_view(tokens, 1, 1), mutable_matrix_view(logprobs, 1, 1),
                mutable_matrix_view(tokens + 1, 1, kCols),
                mutable_matrix_view(logprobs + 1, 1, kCols)},
               {.order = order, .logprobs = LogprobKind::processed, .top_logprobs = kCols});
        const auto kept = static_cast<std::int64_t>(share * kCols);
        EXPECT_LT(tokens[0], kept);
        for (std::int64_t token = 0; token < kCols; ++token) {
          ASSERT_EQ(logprobs[token + 1] > -kInfinity, token < kept) << token << " of " << kept;
        }
        EXPECT_NEAR(logprobs[0], -std::log(static_cast<double>(kept)), 2e-6);
      }
    }
  }
}

// The sum of masses is as large as it gets.
TEST(SampleRows, OfTheLargestVocabulary) {
  const std::vector<BFloat16> logits(kMaxVocabulary, BFloat16{0});
  for (const std::int32_t top_k : {0, std::numeric_limits<std::int32_t>::max()}) {
    bool in_first_half = false;
    bool in_second_half = false;
    for (std::uint64_t offset = 0; offset < 8; ++offset) {
      Result result;
      SampleInputs inputs;
      inputs.logits = matrix_view(logits.data(), 1, kMaxVocabulary);
      inputs.parameters.top_k.value = top_k;
      inputs.parameters.offset.value = offset;
      sample(inputs,
             {mutable_matrix_view(&result.token, 1, 1),
              mutable_matrix_view(&result.logprob, 1, 1),
              {},
              {}},
             {.logprobs = LogprobKind::processed});
      EXPECT_NEAR(result.logprob, -23 * std::log(2.0), 2e-6);
      (result.token < kMaxVocabulary / 2 ? in_first_half : in_second_half) = true;
      EXPECT_LT(result.token, kMaxVocabulary);
    }
    EXPECT_TRUE(in_first_half && in_second_half) << "top_k " << top_k;
  }
}

TEST(SampleRows, OfOneLineOfCode) {
  const std::vector<float> logits = {0.0F, 3.0F, 1.0F};
  SampleParameters parameters;
  parameters.temperature.value = 0.0F;
  EXPECT_EQ(sample(std::span<const float>(logits), parameters), 1);
  EXPECT_EQ(sample(std::span<const float>(), parameters), -1);
}

}  // namespace
}  // namespace skim::test
