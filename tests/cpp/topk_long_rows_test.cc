// Rows of 2^20 elements and more, which are cut into tiles and split among threads.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "inputs/inputs.h"
#include "support/settings.h"
#include "support/variants.h"

namespace skim::test {
namespace {

using bench::Distribution;

Variant threads_and_splits(int threads, int splits) {
  Variant variant;
  variant.name = std::to_string(threads) + " threads, " + std::to_string(splits) + " splits";
  variant.forced.threads = threads;
  variant.forced.splits = splits;
  return variant;
}

std::vector<Variant> long_row_variants() {
  std::vector<Variant> variants = {{"chosen plan", {}}};
  for (const auto& [threads, splits] : {std::pair{1, 1}, {2, 2}, {2, 5}, {8, 8}, {3, 64}}) {
    variants.push_back(threads_and_splits(threads, splits));
  }
  return variants;
}

class LongRow : public testing::TestWithParam<DType> {};

TEST_P(LongRow, OfAMillionElements) {
  if (short_sizes()) GTEST_SKIP() << "SKIM_TEST_SHORT is set: rows of 2^20 elements take too long";
  VariantCheck check({algorithm_variants(), long_row_variants()});
  std::uint64_t seed = 0;
  for (std::size_t i = 0; i < bench::kDistributionCount; ++i) {
    const bool largest = i % 3 != 0;
    const InputImage input({GetParam(), bench::distribution_at(i), 1, (1 << 20) + 17,
                            Stride::contiguous, largest, seed++});
    for (const std::int64_t k : {1, 50, 2048, 20000}) {
      check.check_in_turn(input, {k, true, Lengths::none, DType::i64, seed});
    }
    check.check_in_turn(input, {3000, false, Lengths::none, DType::i32, seed});
  }
  check.expect_all_served();
}

INSTANTIATE_TEST_SUITE_P(Topk, LongRow, testing::ValuesIn(kAllDTypes), [](const auto& parameter) {
  return std::string(name_of(parameter.param));
});

TEST(LongRows, OfSixteenMillionElements) {
  if (short_sizes()) GTEST_SKIP() << "SKIM_TEST_SHORT is set: rows of 2^24 elements take too long";
  VariantCheck check({long_row_variants()});
  for (const DType dtype : {DType::f32, DType::bf16}) {
    const InputImage input({dtype, Distribution::normal, 1, 1 << 24, Stride::contiguous, true, 4});
    check.check_all(input, {64, true, Lengths::none, DType::i64, 0});
    check.check_all(input, {2048, true, Lengths::none, DType::i32, 1});
  }
}

TEST(LongRows, ShorterThanTheyLook) {
  VariantCheck check({long_row_variants()});
  const std::int64_t cols = short_sizes() ? 40000 : (1 << 20) + 1;
  const InputImage input({DType::f32, Distribution::normal, 3, cols, Stride::padded, true, 4});
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    check.check_all(input, {100, true, Lengths::mixed_i64, DType::i64, seed});
  }
}

// Rows of zeros with a few ones, whose places say what must come out.
class HugeRow : public testing::Test {
 protected:
  void expect_ones_found(std::int64_t cols, const std::vector<std::int64_t>& ones,
                         const Variant& variant) {
    const bench::Matrix row(DType::i8, 1, cols);
    auto* const elements = static_cast<std::int8_t*>(const_cast<void*>(row.data()));
    for (const std::int64_t one : ones) elements[one] = 1;
    const auto k = static_cast<std::int64_t>(ones.size()) + 3;
    const auto plan =
        plan_variant(make_problem({matrix_view(elements, 1, cols), k, {}, {}}), variant);
    ASSERT_TRUE(plan) << variant.name;
    std::vector<std::int8_t> values(ones.size() + 3);
    std::vector<std::int64_t> indices(ones.size() + 3);
    const GuardedBuffer workspace(plan->workspace_bytes);
    run(bind(*plan, {matrix_view(elements, 1, cols),
                     mutable_matrix_view(values.data(), 1, k),
                     mutable_matrix_view(indices.data(), 1, k),
                     {},
                     workspace.data(),
                     workspace.size()}));
    std::vector<std::int64_t> expected = ones;
    for (std::int64_t zero = 0; static_cast<std::int64_t>(expected.size()) < k; ++zero) {
      if (std::find(ones.begin(), ones.end(), zero) == ones.end()) expected.push_back(zero);
    }
    EXPECT_EQ(indices, expected) << to_string(*plan);
    std::vector<std::int8_t> expected_values(ones.size(), 1);
    expected_values.resize(values.size(), 0);
    EXPECT_EQ(values, expected_values) << to_string(*plan);
    EXPECT_TRUE(workspace.guards_intact());
  }
};

TEST_F(HugeRow, BeyondTwoToThe31) {
  if (!huge_sizes()) GTEST_SKIP() << "needs 2 GB of memory; set SKIM_TEST_HUGE=1 to run it";
  constexpr std::int64_t kCols = (std::int64_t{1} << 31) + 12345;
  const std::vector<std::int64_t> ones = {0, 77, (std::int64_t{1} << 31) - 1, std::int64_t{1} << 31,
                                          kCols - 1};
  for (const Variant& variant : long_row_variants()) expect_ones_found(kCols, ones, variant);
}

TEST_F(HugeRow, AtTheLongestRow) {
  if (!huge_sizes()) GTEST_SKIP() << "needs 4 GB of memory; set SKIM_TEST_HUGE=1 to run it";
  constexpr std::int64_t kCols = (std::int64_t{1} << 32) - 1;
  const std::vector<std::int64_t> ones = {5, std::int64_t{1} << 31, kCols - 1};
  for (const Variant& variant : long_row_variants()) expect_ones_found(kCols, ones, variant);
}

}  // namespace
}  // namespace skim::test
