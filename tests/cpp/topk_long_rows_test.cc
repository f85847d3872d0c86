// Rows of 2^20 elements and more, which are cut into tiles and split among threads.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "inputs/inputs.h"
#include "support/cuda_variants.h"
#include "support/on_device.h"
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

VariantGroups long_row_groups(DeviceId device, DType dtype) {
  if (device == kGpu) return {cuda_long_row_variants(dtype)};
  return {algorithm_variants(), long_row_variants()};
}

class LongRow : public OnDevice {};

TEST_P(LongRow, OfAMillionElements) {
  if (short_sizes()) GTEST_SKIP() << "SKIM_TEST_SHORT is set: rows of 2^20 elements take too long";
  VariantCheck check(long_row_groups(GetParam().device, GetParam().dtype));
  std::uint64_t seed = 0;
  for (std::size_t i = 0; i < bench::kDistributionCount; ++i) {
    const InputImage input({.dtype = GetParam().dtype,
                            .distribution = bench::distribution_at(i),
                            .rows = 1,
                            .cols = (1 << 20) + 17,
                            .largest = i % 3 != 0,
                            .seed = seed++,
                            .device = GetParam().device});
    for (const std::int64_t k : {1, 50, 2048, 20000}) {
      check.check_in_turn(input, {k, true, Lengths::none, DType::i64, seed});
    }
    check.check_in_turn(input, {3000, false, Lengths::none, DType::i32, seed});
    if (HasFailure()) return;
  }
  check.expect_all_served();
}

INSTANTIATE_TEST_SUITE_P(Topk, LongRow, testing::ValuesIn(scopes(DeviceId{}, 1)), name_of_scope);
INSTANTIATE_TEST_SUITE_P(Cuda, LongRow, testing::ValuesIn(scopes(kGpu, 1)), name_of_scope);

TEST(LongRows, CudaOfFourMillionElements) {
  if (short_sizes()) GTEST_SKIP() << "SKIM_TEST_SHORT is set: rows of 2^22 elements take too long";
  SKIM_SKIP_WITHOUT(kGpu);
  for (const auto& [dtype, distribution] : {std::pair{DType::f32, Distribution::few_distinct},
                                            {DType::bf16, Distribution::normal},
                                            {DType::i8, Distribution::normal}}) {
    VariantCheck check({cuda_long_row_variants(dtype)});
    const InputImage input({.dtype = dtype,
                            .distribution = distribution,
                            .rows = 1,
                            .cols = 1 << 22,
                            .seed = 4,
                            .device = kGpu});
    for (const std::int64_t k : {64, 2048, 2049, 1 << 20, 1 << 22}) {
      check.check_all(input, {k, k != 1 << 20, Lengths::none, DType::i64, 0});
      if (HasFailure()) return;
    }
  }
}

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

// The same row on a GPU, which the host never holds.
class CudaHugeRow : public testing::Test {
 protected:
  void SetUp() override {
    SKIM_SKIP_WITHOUT(kGpu);
    if (!huge_sizes()) GTEST_SKIP() << "needs 5 GB of GPU memory; set SKIM_TEST_HUGE=1 to run it";
  }

  void expect_ones_found(std::int64_t cols, const std::vector<std::int64_t>& ones,
                         const Variant& variant) {
    const GpuBytes row(static_cast<std::size_t>(cols));
    row.fill(0);
    for (const std::int64_t one : ones) row.fill_part(static_cast<std::size_t>(one), 1, 1);
    const auto k = static_cast<std::int64_t>(ones.size());
    const TensorView input{row.data(), DType::i8, 1, cols, cols, kGpu};
    const auto plan = plan_variant(make_problem({input, k, {}, {}}), variant);
    if (!plan) return;
    ++served_;
    const GpuBytes values(ones.size());
    const GpuBytes indices(ones.size() * sizeof(std::int64_t));
    const GpuWorkspace workspace(plan->workspace_bytes);
    run(bind(*plan, {input,
                     {values.data(), DType::i8, 1, k, k, kGpu},
                     {indices.data(), DType::i64, 1, k, k, kGpu},
                     {},
                     workspace.data(),
                     workspace.size()}),
        gpu_stream());
    EXPECT_TRUE(all_as_wanted(workspace.guards(), [&] { return to_string(*plan); }));
    const std::vector<std::byte> found = indices.download();
    EXPECT_EQ(std::memcmp(found.data(), ones.data(), found.size()), 0) << to_string(*plan);
    EXPECT_EQ(values.download(), std::vector<std::byte>(ones.size(), std::byte{1}))
        << to_string(*plan);
  }

  int served_ = 0;
};

TEST_F(CudaHugeRow, AtTheLongestRow) {
  constexpr std::int64_t kCols = std::int64_t{1} << 32;
  const std::vector<std::int64_t> ones = {5, (std::int64_t{1} << 31) - 1, std::int64_t{1} << 31,
                                          kCols - 1};
  const std::vector<Variant> variants = cuda_long_row_variants(DType::i8);
  for (const Variant& variant : variants) {
    expect_ones_found(kCols, ones, variant);
    if (HasFailure()) return;
  }
  EXPECT_EQ(served_, static_cast<int>(variants.size()));
}

}  // namespace
}  // namespace skim::test
