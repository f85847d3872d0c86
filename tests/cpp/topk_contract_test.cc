// The contract (docs/semantics.md), byte for byte against the oracle, on every device. Rows of up
// to 300 columns: the full product of all factors, with both algorithms on every SIMD target (on a
// GPU, the chosen plan) and the other geometries taking turns; on a GPU, whose every run takes its
// time, lengths and index types take turns too. Longer rows: pairwise combinations
// of the factors, all geometries.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "inputs/inputs.h"
#include "support/on_device.h"
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

std::vector<std::int64_t> small_sizes(DeviceId device) {
  if (short_sizes()) return {0, 1, 9, 33, 130};
  if (device == kGpu) return {0, 1, 2, 7, 8, 9, 31, 33, 64, 127, 129, 256, 300};
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

class SmallRows : public OnDevice {
 protected:
  void check_image(const InputImage& input) {
    for (const std::int64_t k : some_k(input.spec().cols)) {
      if (GetParam().device == kGpu) {
        check(input, k, kAllLengths[seed_ % 3], seed_ / 3 % 2 == 0 ? DType::i32 : DType::i64);
        continue;
      }
      for (const Lengths lengths : kAllLengths) {
        for (const DType index_dtype : {DType::i32, DType::i64}) {
          check(input, k, lengths, index_dtype);
        }
      }
    }
  }

  void check(const InputImage& input, std::int64_t k, Lengths lengths, DType index_dtype) {
    const bool sorted = seed_ / 2 % 2 == 0;
    check_.check_in_turn(input, {k, sorted, lengths, index_dtype, seed_,
                                 kAllTransforms[seed_ / 4 % 3], seed_ % 5 == 0});
    ++seed_;
  }

  void check_images(Distribution distribution) {
    const auto [device, dtype, part, parts] = GetParam();
    for (const std::int64_t cols : small_sizes(device)) {
      for (const bool largest : {true, false}) {
        for (const Stride stride : kAllStrides) {
          ASSERT_NO_FATAL_FAILURE(check_image(InputImage({.dtype = dtype,
                                                          .distribution = distribution,
                                                          .rows = 4,
                                                          .cols = cols,
                                                          .stride = stride,
                                                          .largest = largest,
                                                          .seed = seed_,
                                                          .device = device})));
          if (HasFailure()) return;  // the first image that fails says enough
        }
      }
    }
  }

  VariantCheck check_{contract_variants(GetParam().device, GetParam().dtype)};
  std::uint64_t seed_ = 0;
};

TEST_P(SmallRows, FullProduct) {
  for (std::size_t i = GetParam().part; i < bench::kDistributionCount; i += GetParam().parts) {
    check_images(bench::distribution_at(i));
    if (HasFailure()) return;
  }
  check_.expect_all_served();
}

INSTANTIATE_TEST_SUITE_P(Topk, SmallRows,
                         testing::ValuesIn(scopes(DeviceId{}, bench::kDistributionCount)),
                         [](const auto& scope) {
                           const auto distribution = bench::distribution_at(scope.param.part);
                           return std::string(name_of(scope.param.dtype)) + "_" +
                                  std::string(bench::name_of(distribution));
                         });
INSTANTIATE_TEST_SUITE_P(Cuda, SmallRows, testing::ValuesIn(scopes(kGpu, 1)), name_of_scope);

class LargeRows : public OnDevice {};

TEST_P(LargeRows, PairwiseCombinations) {
  const auto [device, dtype, part, parts] = GetParam();
  constexpr std::size_t kWantedK = 8;
  const std::vector<std::int64_t> sizes = large_sizes();
  const std::vector<Levels> cases =
      pairwise_cases({sizes.size(), bench::kDistributionCount, kWantedK, std::size(kAllStrides),
                      std::size(kAllLengths), 2, 2, 2, std::size(kAllTransforms), 2});
  VariantCheck check(contract_variants(device, dtype));
  for (std::size_t i = part; i < cases.size(); i += parts) {
    const Levels& level = cases[i];
    const std::int64_t cols = sizes[level[0]];
    const std::vector<std::int64_t> k = some_k(cols);
    const InputImage input({.dtype = dtype,
                            .distribution = bench::distribution_at(level[1]),
                            .rows = 3,
                            .cols = cols,
                            .stride = kAllStrides[level[3]],
                            .largest = level[5] == 0,
                            .seed = i,
                            .device = device});
    const DType index_dtype = level[6] == 0 ? DType::i32 : DType::i64;
    check.check_all(input,
                    {k[std::min(level[2], k.size() - 1)], level[7] == 0, kAllLengths[level[4]],
                     index_dtype, i, kAllTransforms[level[8]], level[9] == 0});
    if (HasFailure()) return;
  }
  check.expect_all_served();
}

INSTANTIATE_TEST_SUITE_P(Topk, LargeRows, testing::ValuesIn(scopes(DeviceId{}, 4)), name_of_scope);
INSTANTIATE_TEST_SUITE_P(Cuda, LargeRows, testing::ValuesIn(scopes(kGpu, 1)), name_of_scope);

// Shapes without elements, and many short rows.
class TopkShapes : public OnDevice {
 protected:
  InputImage image(std::int64_t rows, std::int64_t cols, Stride stride) const {
    return InputImage({.dtype = GetParam().dtype,
                       .rows = rows,
                       .cols = cols,
                       .stride = stride,
                       .seed = static_cast<std::uint64_t>(rows),
                       .device = GetParam().device});
  }

  VariantCheck check_{contract_variants(GetParam().device, GetParam().dtype)};
};

TEST_P(TopkShapes, NoRows) {
  for (const Stride stride : kAllStrides) {
    check_.check_all(image(0, 100, stride), {50, true, Lengths::mixed_i64, DType::i64, 0});
  }
}

TEST_P(TopkShapes, ManyShortRows) {
  const InputImage input = image(301, 40, Stride::padded);
  for (const Lengths lengths : kAllLengths) {
    check_.check_all(input, {7, true, lengths, DType::i64, 1});
  }
}

INSTANTIATE_TEST_SUITE_P(Topk, TopkShapes, testing::ValuesIn(scopes(DeviceId{}, 1)), name_of_scope);
INSTANTIATE_TEST_SUITE_P(Cuda, TopkShapes, testing::ValuesIn(scopes(kGpu, 1)), name_of_scope);

}  // namespace
}  // namespace skim::test
