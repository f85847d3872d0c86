// A row's token and log-probability are its own: alone, in a batch, at another position, with
// other neighbours, at another address, with one thread or eight, run again, from several callers.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <thread>
#include <vector>

#include "inputs/inputs.h"
#include "skim/sample.h"
#include "support/guarded_buffer.h"
#include "support/sample_image.h"
#include "support/settings.h"

namespace skim::test {
namespace {

constexpr std::int64_t kRows = 128;

struct Results {
  std::vector<std::int64_t> tokens;
  std::vector<std::uint32_t> logprobs;  // their bits
  friend bool operator==(const Results&, const Results&) = default;
};

// The same rows for every test: one of each distribution in turn, each with parameters of its own.
class SampleBatch : public testing::TestWithParam<DType> {
 protected:
  // Rows `chosen` of the whole, in that order, some bytes past an aligned address.
  Results sample_rows(const std::vector<std::int64_t>& chosen, std::int64_t padding,
                      std::size_t elements_past, int threads,
                      FilterOrder order = FilterOrder::hf) const {
    const auto rows = static_cast<std::int64_t>(chosen.size());
    const std::size_t size = size_of(GetParam());
    const auto row_bytes = static_cast<std::size_t>(kCols) * size;
    const std::size_t step = row_bytes + static_cast<std::size_t>(padding) * size;
    const GuardedBuffer memory(step * chosen.size(), elements_past * size);
    std::vector<float> temperature;
    std::vector<float> top_p;
    std::vector<float> min_p;
    std::vector<std::int32_t> top_k;
    std::vector<std::uint64_t> seed;
    std::vector<std::uint64_t> offset;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      const std::int64_t row = chosen[i];
      std::memcpy(
          memory.data() + i * step,
          static_cast<const std::byte*>(logits_.data()) + static_cast<std::size_t>(row) * row_bytes,
          row_bytes);
      temperature.push_back(mixed_.temperature[row]);
      top_p.push_back(mixed_.top_p[row]);
      min_p.push_back(mixed_.min_p[row]);
      top_k.push_back(mixed_.top_k[row]);
      seed.push_back(mixed_.seed[row]);
      offset.push_back(mixed_.offset[row]);
    }
    SampleInputs inputs;
    inputs.logits = {memory.data(), GetParam(), rows, kCols, kCols + padding, DeviceId{}};
    inputs.parameters = {{0, temperature.data()}, {0, top_k.data()}, {0, top_p.data()},
                         {0, min_p.data()},       {0, seed.data()},  {0, offset.data()}};
    Results results;
    results.tokens.resize(chosen.size());
    results.logprobs.resize(chosen.size());
    sample(inputs,
           {mutable_matrix_view(results.tokens.data(), rows, 1),
            mutable_matrix_view(reinterpret_cast<float*>(results.logprobs.data()), rows, 1),
            {},
            {}},
           {.order = order, .logprobs = LogprobKind::processed, .num_threads = threads});
    return results;
  }

  static std::vector<std::int64_t> all_rows() {
    std::vector<std::int64_t> rows(kRows);
    std::iota(rows.begin(), rows.end(), std::int64_t{0});
    return rows;
  }

  static constexpr std::int64_t kCols = 1021;
  bench::Matrix logits_ =
      bench::make_matrix(GetParam(), kRows, kCols, bench::Distribution::one_of_each, 9);
  MixedParameters mixed_{kRows, kCols, 77};
  Results whole_ = sample_rows(all_rows(), 0, 0, 1);
};

TEST_P(SampleBatch, HasTokensWorthComparing) {
  const auto count = [&](std::int64_t token) {
    return std::count(whole_.tokens.begin(), whole_.tokens.end(), token);
  };
  EXPECT_GT(count(-1), 0);
  EXPECT_LT(count(-1), kRows / 4);
  EXPECT_LT(count(0), kRows / 4);
}

TEST_P(SampleBatch, AloneIsTheSame) {
  for (std::int64_t row = 0; row < kRows; ++row) {
    const auto past = static_cast<std::size_t>(row % 9);
    const Results alone = sample_rows({row}, 0, past, 0);
    ASSERT_EQ(alone.tokens[0], whole_.tokens[static_cast<std::size_t>(row)]) << row;
    ASSERT_EQ(alone.logprobs[0], whole_.logprobs[static_cast<std::size_t>(row)]) << row;
  }
}

TEST_P(SampleBatch, AtOtherPositionsIsTheSame) {
  for (const std::int64_t stride : {127, 5, 77}) {  // coprime to the number of rows
    std::vector<std::int64_t> chosen;
    for (std::int64_t i = 0; i < kRows; ++i) chosen.push_back((i + 1) * stride % kRows);
    const Results results = sample_rows(chosen, stride, 3, 2);
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      const auto row = static_cast<std::size_t>(chosen[i]);
      ASSERT_EQ(results.tokens[i], whole_.tokens[row]) << row;
      ASSERT_EQ(results.logprobs[i], whole_.logprobs[row]) << row;
    }
  }
}

TEST_P(SampleBatch, AmongOtherNeighboursIsTheSame) {
  std::vector<std::int64_t> chosen;
  for (std::int64_t i = 0; i < kRows; ++i) chosen.push_back(i % 2 == 0 ? 64 : i * 13 % kRows);
  const Results results = sample_rows(chosen, 1, 0, 2);
  for (std::size_t i = 0; i < chosen.size(); i += 2) {
    ASSERT_EQ(results.tokens[i], whole_.tokens[64]) << i;
    ASSERT_EQ(results.logprobs[i], whole_.logprobs[64]) << i;
  }
}

TEST_P(SampleBatch, OnOtherThreadsIsTheSame) {
  for (const int threads : {1, 2, 3, 8, 0}) {
    EXPECT_EQ(sample_rows(all_rows(), 0, 0, threads), whole_) << threads;
  }
}

TEST_P(SampleBatch, OnManyThreadsOfAPlanIsTheSame) {
  const FilterOrder order = FilterOrder::joint;
  const InputImage input({.dtype = GetParam(),
                          .distribution = bench::Distribution::one_of_each,
                          .rows = 40,
                          .cols = kCols});
  SampleImage image(input, {.order = order, .each = true, .seed = 3});
  std::vector<SampleAnswer> first;
  for (const int threads : {1, 8}) {
    const SampleProblem problem = make_sample_problem(image.request());
    (void)image.run(forced_plan(problem, Device::cpu().simd, threads));  // compared here instead
    for (std::int64_t row = 0; row < input.spec().rows; ++row) {
      const SampleAnswer found = image.found(row);
      if (threads == 1) {
        first.push_back(found);
        continue;
      }
      const SampleAnswer& before = first[static_cast<std::size_t>(row)];
      ASSERT_EQ(found.token, before.token) << row;
      ASSERT_EQ(std::bit_cast<std::uint32_t>(found.logprob),
                std::bit_cast<std::uint32_t>(before.logprob))
          << row;
    }
  }
}

TEST_P(SampleBatch, FromSeveralCallersIsTheSame) {
  std::vector<Results> results(4);
  std::vector<std::thread> callers;
  for (Results& of_caller : results) {
    callers.emplace_back([&] { of_caller = sample_rows(all_rows(), 0, 0, 2); });
  }
  for (std::thread& caller : callers) caller.join();
  for (const Results& of_caller : results) EXPECT_EQ(of_caller, whole_);
}

INSTANTIATE_TEST_SUITE_P(Sample, SampleBatch, testing::Values(DType::f32, DType::f16, DType::bf16),
                         [](const auto& dtype) { return std::string(name_of(dtype.param)); });

// One offset for all rows counts up from row to row, and starts again at 2^64.
TEST(SampleOffsets, CountUpFromRowToRow) {
  const bench::Matrix logits =
      bench::make_matrix(DType::f32, 1, 500, bench::Distribution::normal, 4);
  const auto draw = [&](std::int64_t rows, const RowParameter<std::uint64_t>& offset) {
    std::vector<std::int64_t> tokens(static_cast<std::size_t>(rows));
    SampleInputs inputs;
    inputs.logits = {logits.data(), DType::f32, rows, 500, 0, DeviceId{}};
    inputs.parameters.offset = offset;
    sample(inputs, {mutable_matrix_view(tokens.data(), rows, 1), {}, {}, {}});
    return tokens;
  };
  const std::uint64_t start = ~std::uint64_t{0} - 9;
  const std::vector<std::int64_t> batch = draw(20, {start});
  for (std::uint64_t row = 0; row < 20; ++row) {
    const std::uint64_t offset = start + row;
    EXPECT_EQ(draw(1, {offset})[0], batch[row]) << row;
    EXPECT_EQ(draw(1, {0, &offset})[0], batch[row]) << row;
  }
  EXPECT_NE(batch, draw(20, {0}));
}

}  // namespace
}  // namespace skim::test
