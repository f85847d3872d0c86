// order/key_order.h against isnan, < and ==: all bit patterns of the narrow types, and all pairs of
// boundary and random patterns of the others.
#include "order/key_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "inputs/inputs.h"
#include "inputs/random.h"
#include "support/settings.h"

namespace skim {
namespace {

// What the bits mean as a number; written apart from the product's key.
template <DType dtype>
auto number_of(typename KeyOrder<dtype>::Key bits) {
  if constexpr (dtype == DType::f32) {
    return std::bit_cast<float>(bits);
  } else if constexpr (dtype == DType::f64) {
    return std::bit_cast<double>(bits);
  } else if constexpr (dtype == DType::f16) {
    return bench::float16_to_float(static_cast<std::uint16_t>(bits));
  } else if constexpr (dtype == DType::bf16) {
    return bench::bfloat16_to_float(static_cast<std::uint16_t>(bits));
  } else if constexpr (dtype == DType::u8) {
    return static_cast<std::uint8_t>(bits);
  } else {
    return bits;
  }
}

// -1, 0 or 1: a below, equal to or above b in the contract's order of values.
template <class Number>
int compare(Number a, Number b) {
  if constexpr (std::is_floating_point_v<Number>) {
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) - std::isnan(b);
  }
  return static_cast<int>(b < a) - static_cast<int>(a < b);
}

template <class Key>
int compare_keys(Key a, Key b) {
  return static_cast<int>(b < a) - static_cast<int>(a < b);
}

// Zeros, ones, the extremes, infinities and what lies beside each, of both signs.
template <DType dtype>
std::vector<typename KeyOrder<dtype>::Key> boundary_patterns() {
  using Key = typename KeyOrder<dtype>::Key;
  using Bits = std::make_unsigned_t<Key>;
  std::vector<Bits> centres = {0, 1, std::numeric_limits<Bits>::max() / 2,
                               std::numeric_limits<Bits>::max()};
  if constexpr (KeyOrder<dtype>::is_float) {
    centres.push_back(static_cast<Bits>(KeyOrder<dtype>::infinity));
    centres.push_back(static_cast<Bits>(KeyOrder<dtype>::infinity / 2));
    const Bits lowest_normal = static_cast<Bits>(centres[4] & static_cast<Bits>(~centres[4] + 1));
    centres.push_back(lowest_normal);
    centres.push_back(static_cast<Bits>(centres[4] | (lowest_normal >> 1)));  // the quiet NaN
  }
  std::vector<Key> patterns;
  constexpr Bits sign = static_cast<Bits>(Bits{1} << (std::numeric_limits<Bits>::digits - 1));
  for (const Bits centre : centres) {
    for (int step = -2; step <= 2; ++step) {
      const Bits near = static_cast<Bits>(centre + static_cast<Bits>(step));
      patterns.push_back(static_cast<Key>(near));
      patterns.push_back(static_cast<Key>(near ^ sign));
    }
  }
  return patterns;
}

template <DType dtype>
std::vector<typename KeyOrder<dtype>::Key> some_patterns() {
  auto patterns = boundary_patterns<dtype>();
  bench::Random random(20, static_cast<std::uint64_t>(dtype));
  const std::size_t count = test::short_sizes() ? 300 : 3000;
  while (patterns.size() < count) {
    patterns.push_back(static_cast<typename KeyOrder<dtype>::Key>(random.next()));
  }
  return patterns;
}

template <DType dtype>
void expect_all_pairs_agree(const std::vector<typename KeyOrder<dtype>::Key>& patterns) {
  for (const auto a : patterns) {
    const auto key_a = order_key<dtype, true>(a);
    const auto low_key_a = order_key<dtype, false>(a);
    for (const auto b : patterns) {
      const int truth = compare(number_of<dtype>(a), number_of<dtype>(b));
      ASSERT_EQ(compare_keys(key_a, order_key<dtype, true>(b)), truth) << +a << " and " << +b;
      ASSERT_EQ(compare_keys(low_key_a, order_key<dtype, false>(b)), -truth) << +a << " and " << +b;
    }
  }
}

// 65,536 patterns have too many pairs, but sorted by number only the neighbours need comparing.
template <DType dtype>
void expect_all_patterns_agree() {
  using Key = typename KeyOrder<dtype>::Key;
  std::vector<Key> patterns;
  constexpr std::int64_t count = std::int64_t{1}
                                 << std::numeric_limits<std::make_unsigned_t<Key>>::digits;
  for (std::int64_t i = 0; i < count; ++i) patterns.push_back(static_cast<Key>(i));
  std::stable_sort(patterns.begin(), patterns.end(), [](Key a, Key b) {
    return compare(number_of<dtype>(a), number_of<dtype>(b)) < 0;
  });
  for (std::size_t i = 1; i < patterns.size(); ++i) {
    const Key a = patterns[i - 1];
    const Key b = patterns[i];
    const int truth = compare(number_of<dtype>(a), number_of<dtype>(b));
    ASSERT_EQ(compare_keys(order_key<dtype, true>(a), order_key<dtype, true>(b)), truth);
    ASSERT_EQ(compare_keys(order_key<dtype, false>(a), order_key<dtype, false>(b)), -truth);
  }
}

TEST(KeyOrder, AllPatternsOfTheNarrowTypes) {
  expect_all_patterns_agree<DType::f16>();
  expect_all_patterns_agree<DType::bf16>();
  expect_all_patterns_agree<DType::i16>();
  expect_all_patterns_agree<DType::i8>();
  expect_all_patterns_agree<DType::u8>();
}

TEST(KeyOrder, Float32) { expect_all_pairs_agree<DType::f32>(some_patterns<DType::f32>()); }
TEST(KeyOrder, Float16) { expect_all_pairs_agree<DType::f16>(some_patterns<DType::f16>()); }
TEST(KeyOrder, BFloat16) { expect_all_pairs_agree<DType::bf16>(some_patterns<DType::bf16>()); }
TEST(KeyOrder, Float64) { expect_all_pairs_agree<DType::f64>(some_patterns<DType::f64>()); }
TEST(KeyOrder, Int8) { expect_all_pairs_agree<DType::i8>(some_patterns<DType::i8>()); }
TEST(KeyOrder, UInt8) { expect_all_pairs_agree<DType::u8>(some_patterns<DType::u8>()); }
TEST(KeyOrder, Int16) { expect_all_pairs_agree<DType::i16>(some_patterns<DType::i16>()); }
TEST(KeyOrder, Int32) { expect_all_pairs_agree<DType::i32>(some_patterns<DType::i32>()); }
TEST(KeyOrder, Int64) { expect_all_pairs_agree<DType::i64>(some_patterns<DType::i64>()); }

// Nothing sorts after the value that fills short rows, NaN with largest = false apart.
template <DType dtype>
void expect_fill_sorts_last() {
  for (const auto bits : some_patterns<dtype>()) {
    constexpr auto low = KeyOrder<dtype>::template fill_bits<true>();
    constexpr auto high = KeyOrder<dtype>::template fill_bits<false>();
    EXPECT_GE((order_key<dtype, true>(bits)), (order_key<dtype, true>(low)));
    bool is_nan = false;
    if constexpr (KeyOrder<dtype>::is_float) is_nan = std::isnan(number_of<dtype>(bits));
    if (!is_nan) {
      EXPECT_GE((order_key<dtype, false>(bits)), (order_key<dtype, false>(high)));
    }
  }
}

TEST(KeyOrder, FillSortsLast) {
  expect_fill_sorts_last<DType::f32>();
  expect_fill_sorts_last<DType::f16>();
  expect_fill_sorts_last<DType::bf16>();
  expect_fill_sorts_last<DType::f64>();
  expect_fill_sorts_last<DType::i8>();
  expect_fill_sorts_last<DType::u8>();
  expect_fill_sorts_last<DType::i16>();
  expect_fill_sorts_last<DType::i32>();
  expect_fill_sorts_last<DType::i64>();
}

static_assert(order_key<DType::i32, true>(5) > order_key<DType::i32, true>(4),
              "keys are constant expressions");

}  // namespace
}  // namespace skim
