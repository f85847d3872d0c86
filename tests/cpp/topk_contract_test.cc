// The contract (docs/semantics.md), byte for byte against the oracle. Rows of up to 300 columns:
// the full product of all factors, with both algorithms on every SIMD target and the other
// geometries taking turns. Longer rows: pairwise combinations of the factors, all geometries.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "inputs/inputs.h"
#include "support/pairwise.h"
#include "support/settings.h"
#include "support/variants.h"

namespace skim::test {
namespace {

using bench::Distribution;

// 0, 1 and both sides of every power of two: all vector widths and group sizes are among these.
std::vector<std::int64_t> around_powers(std::int64_t from, std::int64_t to) {
  std::vector<std::int64_t> sizes;
  for (std::int64_t power = from; power <= to; power *= 2) {
    for (const std::int64_t size : {power - 1, power, power + 1}) {
      if (sizes.empty() || size > sizes.back()) sizes.push_back(size);
    }
  }
  return sizes;
}

std::vector<std::int64_t> small_sizes() {
  if (short_sizes()) return {0, 1, 9, 33, 130};
  std::vector<std::int64_t> sizes = around_powers(1, 256);
  sizes.push_back(300);
  return sizes;
}

std::vector<std::int64_t> large_sizes() {
  if (short_sizes()) return {511, 2049, 5000};
  std::vector<std::int64_t> sizes = around_powers(512, 16384);
  sizes.insert(sizes.end(), {50257, 128256});
  return sizes;
}

// Those of the wanted k that fit, without repetition.
std::vector<std::int64_t> some_k(std::int64_t cols) {
  std::vector<std::int64_t> all;
  for (const std::int64_t k : {std::int64_t{0}, std::int64_t{1}, std::int64_t{2}, std::int64_t{50},
                               std::int64_t{128}, std::int64_t{2048}, cols - 1, cols}) {
    if (k >= 0 && k <= cols && std::find(all.begin(), all.end(), k) == all.end()) all.push_back(k);
  }
  return all;
}

std::string name_of_dtype(DType dtype) { return std::string(skim::name_of(dtype)); }

class SmallRows : public testing::TestWithParam<std::tuple<DType, std::size_t>> {
 protected:
  void check_image(const InputImage& input) {
    for (const std::int64_t k : some_k(input.spec().cols)) {
      for (const Lengths lengths : kAllLengths) {
        for (const DType index_dtype : {DType::i32, DType::i64}) {
          const bool sorted = seed_ / 2 % 2 == 0;
          check_.check_in_turn(input, {k, sorted, lengths, index_dtype, seed_});
          ++seed_;
        }
      }
    }
  }

  VariantCheck check_{{simd_variants(), geometry_variants()}};
  std::uint64_t seed_ = 0;
};

TEST_P(SmallRows, FullProduct) {
  const auto [dtype, distribution] = GetParam();
  for (const std::int64_t cols : small_sizes()) {
    for (const bool largest : {true, false}) {
      for (const Stride stride : kAllStrides) {
        ASSERT_NO_FATAL_FAILURE(check_image(InputImage(
            {dtype, bench::distribution_at(distribution), 4, cols, stride, largest, seed_})));
        if (HasFailure()) return;  // the first image that fails says enough
      }
    }
  }
  check_.expect_all_served();
}

INSTANTIATE_TEST_SUITE_P(
    Topk, SmallRows,
    testing::Combine(testing::ValuesIn(kAllDTypes),
                     testing::Range(std::size_t{0}, bench::kDistributionCount)),
    [](const auto& parameter) {
      return name_of_dtype(std::get<0>(parameter.param)) + "_" +
             std::string(bench::name_of(bench::distribution_at(std::get<1>(parameter.param))));
    });

// Part `shard` of kShards of the pairwise cases, so that ctest can share them out.
constexpr std::size_t kShards = 4;

class LargeRows : public testing::TestWithParam<std::tuple<DType, std::size_t>> {};

TEST_P(LargeRows, PairwiseCombinations) {
  const auto [dtype, shard] = GetParam();
  constexpr std::size_t kWantedK = 8;
  const std::vector<std::int64_t> sizes = large_sizes();
  const std::vector<Levels> cases =
      pairwise_cases({sizes.size(), bench::kDistributionCount, kWantedK, std::size(kAllStrides),
                      std::size(kAllLengths), 2, 2, 2});
  VariantCheck check({simd_variants(), geometry_variants()});
  for (std::size_t i = shard; i < cases.size(); i += kShards) {
    const Levels& level = cases[i];
    const std::int64_t cols = sizes[level[0]];
    const std::vector<std::int64_t> k = some_k(cols);
    const InputImage input({dtype, bench::distribution_at(level[1]), 3, cols, kAllStrides[level[3]],
                            level[5] == 0, i});
    const DType index_dtype = level[6] == 0 ? DType::i32 : DType::i64;
    check.check_all(input, {k[std::min(level[2], k.size() - 1)], level[7] == 0,
                            kAllLengths[level[4]], index_dtype, i});
    if (HasFailure()) return;
  }
  check.expect_all_served();
}

INSTANTIATE_TEST_SUITE_P(Topk, LargeRows,
                         testing::Combine(testing::ValuesIn(kAllDTypes),
                                          testing::Range(std::size_t{0}, kShards)),
                         [](const auto& parameter) {
                           return name_of_dtype(std::get<0>(parameter.param)) + "_part" +
                                  std::to_string(std::get<1>(parameter.param));
                         });

// Shapes without elements, and many short rows.
TEST(TopkShapes, NoRows) {
  for (const DType dtype : kAllDTypes) {
    VariantCheck check({simd_variants(), geometry_variants()});
    for (const Stride stride : kAllStrides) {
      const InputImage input({dtype, Distribution::normal, 0, 100, stride, true, 0});
      check.check_all(input, {50, true, Lengths::mixed_i64, DType::i64, 0});
    }
  }
}

TEST(TopkShapes, ManyShortRows) {
  for (const DType dtype : kAllDTypes) {
    VariantCheck check({simd_variants(), geometry_variants()});
    const InputImage input({dtype, Distribution::normal, 300, 40, Stride::padded, true, 1});
    for (const Lengths lengths : kAllLengths) {
      check.check_all(input, {7, true, lengths, DType::i64, 1});
    }
  }
}

}  // namespace
}  // namespace skim::test
