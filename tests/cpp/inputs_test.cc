// The inputs and the oracle that the other tests stand on, against facts that need neither.
#include "inputs/inputs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <set>
#include <string>

#include "inputs/oracle.h"
#include "inputs/random.h"

namespace skim::bench {
namespace {

TEST(HalfFloat, EveryFloat16HasItsValue) {
  for (std::uint32_t i = 0; i < 65536; ++i) {
    const auto bits = static_cast<std::uint16_t>(i);
    const int exponent = (bits >> 10) & 31;
    const int mantissa = bits & 1023;
    const float value = float16_to_float(bits);
    EXPECT_EQ(std::signbit(value), bits >> 15 != 0);
    if (exponent == 31) {
      EXPECT_TRUE(mantissa != 0 ? std::isnan(value) : std::isinf(value)) << i;
      continue;
    }
    const float magnitude = exponent == 0
                                ? std::ldexp(static_cast<float>(mantissa), -24)
                                : std::ldexp(static_cast<float>(mantissa + 1024), exponent - 25);
    EXPECT_EQ(std::abs(value), magnitude) << i;
    EXPECT_EQ(to_float16_bits(value), bits);
  }
}

TEST(HalfFloat, RoundsToNearestEven) {
  for (std::uint16_t bits = 0; bits < 0x7bff; ++bits) {
    const float low = float16_to_float(bits);
    const float high = float16_to_float(static_cast<std::uint16_t>(bits + 1));
    const float middle = low + (high - low) / 2;
    EXPECT_EQ(to_float16_bits(middle), bits % 2 == 0 ? bits : bits + 1);
    EXPECT_EQ(to_float16_bits(std::nextafter(middle, low)), bits);
    EXPECT_EQ(to_float16_bits(-std::nextafter(middle, high)), 0x8000 | (bits + 1));
  }
  EXPECT_EQ(to_float16_bits(65519.0F), 0x7bff);
  EXPECT_EQ(to_float16_bits(65520.0F), 0x7c00);
  EXPECT_EQ(to_float16_bits(std::numeric_limits<float>::max()), 0x7c00);
  EXPECT_EQ(to_float16_bits(-std::numeric_limits<float>::infinity()), 0xfc00);
}

TEST(HalfFloat, BFloat16IsTheUpperHalfOfAFloat) {
  for (std::uint32_t i = 0; i < 65536; ++i) {
    const auto bits = static_cast<std::uint16_t>(i);
    const float value = bfloat16_to_float(bits);
    std::uint32_t whole = 0;
    std::memcpy(&whole, &value, sizeof(whole));
    EXPECT_EQ(whole, i << 16);
    if (!std::isnan(value)) {
      EXPECT_EQ(to_bfloat16_bits(value), bits);
    }
  }
  EXPECT_EQ(to_bfloat16_bits(1.00390625F), 0x3f80);  // half way: to even
  EXPECT_EQ(to_bfloat16_bits(1.01171875F), 0x3f82);
  EXPECT_EQ(to_bfloat16_bits(1.0048828F), 0x3f81);
}

TEST(HalfFloat, NanStaysNan) {
  for (const std::uint32_t bits : {0x7f800001U, 0xff800001U, 0x7fc00000U, 0xffffffffU}) {
    float nan = 0;
    std::memcpy(&nan, &bits, sizeof(nan));
    EXPECT_TRUE(std::isnan(float16_to_float(to_float16_bits(nan))));
    EXPECT_TRUE(std::isnan(bfloat16_to_float(to_bfloat16_bits(nan))));
  }
}

TEST(PortableLog, IsALogarithm) {
  for (double x = 1e-300; x < 1e300; x *= 1.7) {
    EXPECT_NEAR(portable_log(x), std::log(x), 1e-15 * std::max(1.0, std::abs(std::log(x))));
  }
}

std::vector<float> floats(Distribution distribution, std::int64_t cols) {
  const Matrix matrix = make_matrix(DType::f32, 1, cols, distribution, 7);
  std::vector<float> values(static_cast<std::size_t>(cols));
  std::memcpy(values.data(), matrix.data(), matrix.bytes());
  return values;
}

double share(const std::vector<float>& values, bool (*is_counted)(float)) {
  return static_cast<double>(std::count_if(values.begin(), values.end(), is_counted)) /
         static_cast<double>(values.size());
}

TEST(Distributions, HaveTheirShape) {
  constexpr std::int64_t kCols = 100000;
  const auto is_masked = [](float x) { return x == -std::numeric_limits<float>::infinity(); };
  EXPECT_NEAR(share(floats(Distribution::masked_half, kCols), is_masked), 0.5, 0.01);
  EXPECT_NEAR(share(floats(Distribution::masked_most, kCols), is_masked), 0.999, 0.001);
  const auto is_nan = [](float x) { return std::isnan(x); };
  EXPECT_NEAR(share(floats(Distribution::nan_spots, kCols), is_nan), 1.0 / 64, 0.002);
  const auto is_zero = [](float x) { return x == 0; };
  EXPECT_NEAR(share(floats(Distribution::mixed_zeros, kCols), is_zero), 62.0 / 64, 0.002);
  EXPECT_NEAR(share(floats(Distribution::relu_zeros, kCols), is_zero), 0.9332, 0.003);
  const auto is_minus_zero = [](float x) { return x == 0 && std::signbit(x); };
  EXPECT_NEAR(share(floats(Distribution::mixed_zeros, kCols), is_minus_zero), 0.484, 0.01);
  const auto is_above_one_sigma = [](float x) { return x > 1; };
  EXPECT_NEAR(share(floats(Distribution::normal, kCols), is_above_one_sigma), 0.1587, 0.005);

  const auto is_positive = [](float x) { return x > 0; };
  EXPECT_EQ(share(floats(Distribution::both_signs, kCols), is_positive), 3.0 / kCols);

  const auto distinct = [](Distribution distribution) {
    const auto values = floats(distribution, kCols);
    return std::set<float>(values.begin(), values.end()).size();
  };
  EXPECT_EQ(distinct(Distribution::all_equal), 1U);
  EXPECT_EQ(distinct(Distribution::one_hot), 2U);
  EXPECT_EQ(distinct(Distribution::few_distinct), 4U);
  EXPECT_EQ(distinct(Distribution::narrow_range), 252U);
  EXPECT_EQ(distinct(Distribution::zipf), static_cast<std::size_t>(kCols));
  EXPECT_LT(distinct(Distribution::bf16_quantised), 5000U);

  const auto ascending = floats(Distribution::ascending, kCols);
  EXPECT_TRUE(std::is_sorted(ascending.begin(), ascending.end()));
  const auto descending = floats(Distribution::descending, kCols);
  EXPECT_TRUE(std::is_sorted(descending.rbegin(), descending.rend()));
  auto head = floats(Distribution::normal_with_head, kCols);
  std::sort(head.rbegin(), head.rend());
  EXPECT_GT(head[0], 5.0F);
  EXPECT_LT(head[5], 5.0F);
}

// One checksum over all dtypes and distributions: the same with every compiler and on every
// machine.
TEST(Distributions, SameSeedSameBitsEverywhere) {
  std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a
  for (const DType dtype : kAllDTypes) {
    for (std::size_t i = 0; i < kDistributionCount; ++i) {
      const Matrix matrix = make_matrix(dtype, 3, 257, distribution_at(i), 42);
      const auto* bytes = static_cast<const unsigned char*>(matrix.data());
      for (std::size_t b = 0; b < matrix.bytes(); ++b) hash = (hash ^ bytes[b]) * 1099511628211ULL;
    }
  }
  EXPECT_EQ(hash, 10661471367656452261ULL);
}

TEST(Distributions, ARowDependsOnSeedAndNumberOnly) {
  const Matrix few = make_matrix(DType::f32, 2, 100, Distribution::normal, 5);
  const Matrix many = make_matrix(DType::f32, 9, 100, Distribution::normal, 5);
  EXPECT_EQ(std::memcmp(few.data(), many.data(), few.bytes()), 0);
  const Matrix other = make_matrix(DType::f32, 2, 100, Distribution::normal, 6);
  EXPECT_NE(std::memcmp(few.data(), other.data(), few.bytes()), 0);
}

TEST(Distributions, OneOfEachHasThemInOrder) {
  const Matrix each =
      make_matrix(DType::f32, 2 * kDistributionCount, 100, Distribution::one_of_each, 5);
  const std::size_t row_bytes = 100 * sizeof(float);
  for (std::size_t row = 0; row < 2 * kDistributionCount; ++row) {
    Matrix same = make_matrix(DType::f32, static_cast<std::int64_t>(row) + 1, 100,
                              distribution_at(row % kDistributionCount), 5);
    EXPECT_EQ(std::memcmp(static_cast<const std::byte*>(each.data()) + row * row_bytes,
                          static_cast<const std::byte*>(same.data()) + row * row_bytes, row_bytes),
              0)
        << row;
  }
}

TEST(Distributions, NamesAreParsedBack) {
  for (std::size_t i = 0; i <= kDistributionCount; ++i) {
    Distribution parsed{};
    ASSERT_TRUE(parse_distribution(name_of(distribution_at(i)), parsed));
    EXPECT_EQ(parsed, distribution_at(i));
  }
  Distribution untouched = Distribution::zipf;
  EXPECT_FALSE(parse_distribution("gaussian", untouched));
  EXPECT_EQ(untouched, Distribution::zipf);
}

TEST(Matrix, RefusesSizesThatOverflow) {
  EXPECT_THROW(Matrix(DType::f32, -1, 5), std::length_error);
  EXPECT_THROW(Matrix(DType::f64, std::int64_t{1} << 40, std::int64_t{1} << 40), std::length_error);
}

TEST(Oracle, OrdersNanFirstAndTiesByIndex) {
  const float nan = std::nanf("");
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> row = {1, -0.0F, nan, 0.0F, infinity, -nan, -infinity, 1};
  using Indices = std::vector<std::int64_t>;
  EXPECT_EQ(oracle_indices(DType::f32, row.data(), 8, 8, true), (Indices{2, 5, 4, 0, 7, 1, 3, 6}));
  EXPECT_EQ(oracle_indices(DType::f32, row.data(), 8, 8, false), (Indices{6, 1, 3, 0, 7, 4, 2, 5}));
  EXPECT_EQ(oracle_indices(DType::f32, row.data(), 8, 3, true), (Indices{2, 5, 4}));
  const std::vector<std::int64_t> wide = {(std::int64_t{1} << 53) + 1, std::int64_t{1} << 53, -1};
  EXPECT_EQ(oracle_indices(DType::i64, wide.data(), 3, 3, true), (Indices{0, 1, 2}));
  const std::vector<std::uint8_t> bytes = {127, 128, 0, 255};
  EXPECT_EQ(oracle_indices(DType::u8, bytes.data(), 4, 4, true), (Indices{3, 1, 0, 2}));
}

class NpyFile : public testing::Test {
 protected:
  void SetUp() override {
    const std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
    path_ =
        std::filesystem::temp_directory_path() /
        ("skim_" + name + "_" + std::to_string(::testing::UnitTest::GetInstance()->random_seed()));
  }
  void TearDown() override { std::filesystem::remove(path_); }

  void write(const std::string& dictionary, const std::string& elements) {
    std::ofstream file(path_, std::ios::binary);
    file << "\x93NUMPY" << '\x01' << '\x00' << static_cast<char>(dictionary.size()) << '\x00'
         << dictionary << elements;
  }
  std::string message() {
    try {
      load_npy(path_);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "nothing was refused";
  }
  bool refused_with(const std::string& part) { return message().find(part) != std::string::npos; }

  std::filesystem::path path_;
};

TEST_F(NpyFile, Reads) {
  write("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n", std::string(24, '\x42'));
  const Matrix matrix = load_npy(path_);
  EXPECT_EQ(matrix.dtype(), DType::f32);
  EXPECT_EQ(matrix.rows(), 2);
  EXPECT_EQ(matrix.cols(), 3);
  EXPECT_EQ(std::memcmp(matrix.data(), std::string(24, '\x42').data(), 24), 0);
}

TEST_F(NpyFile, RefusesTheRest) {
  EXPECT_TRUE(refused_with("cannot be opened")) << message();
  std::ofstream(path_) << "not an array";
  EXPECT_TRUE(refused_with("is not a .npy file")) << message();
  write("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }\n", "");
  EXPECT_TRUE(refused_with("has the dtype '<f8'")) << message();
  write("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }\n", "");
  EXPECT_TRUE(refused_with("is not in C order")) << message();
  write("{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }\n", "");
  EXPECT_TRUE(refused_with("does not have two dimensions")) << message();
  write("{'descr': '<f2', 'fortran_order': False, 'shape': (2, 3), }\n", "short");
  EXPECT_TRUE(refused_with("holds 5 bytes of elements where its shape needs 12")) << message();
  write("{'descr': '<f2', 'fortran_order': False, 'shape': (1, 1), }\n", "long");
  EXPECT_TRUE(refused_with("holds more than its shape says")) << message();
}

}  // namespace
}  // namespace skim::bench
