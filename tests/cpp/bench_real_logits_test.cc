// Real rows of any length: made of the stored ones as data/README.md says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "real_logits.h"

namespace skim::bench {
namespace {

using testing::ElementsAre;

// 3 rows of 16 columns: row r, column c holds 100 r + c, but the rarest eighth, columns 14 and 15,
// holds 100 r - d and 100 r + d, d being 1, 2 and 4.
Matrix small_logits() {
  Matrix logits(DType::f32, 3, 16);
  auto* to = static_cast<float*>(logits.data());
  for (int row = 0; row < 3; ++row) {
    for (int col = 0; col < 14; ++col) to[row * 16 + col] = static_cast<float>(100 * row + col);
    to[row * 16 + 14] = static_cast<float>(100 * row - (1 << row));
    to[row * 16 + 15] = static_cast<float>(100 * row + (1 << row));
  }
  return logits;
}

std::vector<float> row_of(const Matrix& logits, std::int64_t number, std::int64_t cols) {
  Matrix matrix(DType::f32, 1, cols);
  fill_real_row(matrix, 0, logits, number);
  std::vector<float> row(static_cast<std::size_t>(cols));
  std::memcpy(row.data(), matrix.data(), matrix.bytes());
  return row;
}

std::vector<float> end_of(const Matrix& logits, std::int64_t number, std::int64_t cols) {
  const std::vector<float> row = row_of(logits, number, cols);
  return {row.begin() + 13, row.end()};
}

TEST(RealLogits, AsLongAsStoredAreTheStoredRows) {
  const Matrix logits = small_logits();
  for (std::int64_t row = 0; row < 3; ++row) {
    EXPECT_EQ(std::memcmp(row_of(logits, row, 16).data(),
                          static_cast<const float*>(logits.data()) + row * 16, 64),
              0);
  }
}

TEST(RealLogits, ShorterAreTheFirstColumns) {
  EXPECT_THAT(row_of(small_logits(), 1, 1), ElementsAre(100));
  EXPECT_THAT(row_of(small_logits(), 4, 3), ElementsAre(100, 101, 102));
}

// Rare logits of another row come with the mean and the deviation of the row's own.
TEST(RealLogits, LongerGoOnWithTheRareLogitsOfOthersAtTheirOwnLevel) {
  Matrix logits = small_logits();
  EXPECT_THAT(end_of(logits, 0, 21), ElementsAre(13, -1, 1, -1, 1, -1, 1, -1));
  EXPECT_THAT(end_of(logits, 2, 18), ElementsAre(213, 196, 204, 196, 204));
  auto* last = static_cast<float*>(logits.data()) + 47;  // of row 2: nobody else's shape
  last[-1] = 204;
  last[0] = 196;
  EXPECT_THAT(end_of(logits, 0, 21), ElementsAre(13, -1, 1, -1, 1, 1, -1, -1));
  EXPECT_THAT(end_of(logits, 1, 19), ElementsAre(113, 98, 102, 102, 98, 98));
}

TEST(RealLogits, TheSecondTimeARowHasTheRareLogitsOfAnother) {
  Matrix logits = small_logits();
  auto* last = static_cast<float*>(logits.data()) + 47;
  last[-1] = 204;
  last[0] = 196;
  EXPECT_THAT(end_of(logits, 3, 18), ElementsAre(13, -1, 1, 1, -1));  // of rows 1 and 2
  EXPECT_THAT(end_of(logits, 6, 18), ElementsAre(13, 1, -1, -1, 1));  // of rows 2 and 1
}

TEST(RealLogits, AMaskedLogitStaysMasked) {
  Matrix logits = small_logits();
  static_cast<float*>(logits.data())[31] = -std::numeric_limits<float>::infinity();
  const std::vector<float> row = end_of(logits, 0, 18);
  EXPECT_EQ(row[4], -std::numeric_limits<float>::infinity());
  EXPECT_FALSE(std::isnan(row[3]));
}

TEST(RealLogits, OneStoredRowGoesOnWithItself) {
  Matrix logits(DType::f32, 1, 2);
  static_cast<float*>(logits.data())[1] = 5;
  EXPECT_THAT(row_of(logits, 7, 5), ElementsAre(0, 5, 5, 5, 5));
  const Matrix one(DType::f32, 1, 1);
  EXPECT_THAT(row_of(one, 3, 3), ElementsAre(0, 0, 0));
}

TEST(RealLogits, AreConvertedToTheDtypeOfTheCase) {
  Matrix logits(DType::f16, 1, 1);
  static_cast<std::uint16_t*>(logits.data())[0] = to_float16_bits(1.00390625F);  // 1 + 2^-8
  Matrix bf16(DType::bf16, 1, 1);
  fill_real_row(bf16, 0, logits, 0);
  EXPECT_EQ(static_cast<std::uint16_t*>(bf16.data())[0], to_bfloat16_bits(1.00390625F));
  Matrix f64(DType::f64, 1, 1);
  fill_real_row(f64, 0, logits, 0);
  EXPECT_EQ(static_cast<double*>(f64.data())[0], 1.00390625);
}

// Of the shipped file: as many different rows as an input in rotation needs, and the largest logits
// where data/README.md says that they are.
TEST(RealLogits, OfTheShippedFileDifferAndClusterAtLowIds) {
  const Matrix logits = load_real_logits("");
  constexpr std::int64_t kCols = 128256;
  constexpr std::int64_t kResults = 50;
  std::set<std::vector<float>> different;
  int in_first_half = 0;
  for (std::int64_t number = 0; number < 96; ++number) {
    Matrix matrix(DType::f32, 1, kCols);
    fill_real_row(matrix, 0, logits, number);
    for (const std::int64_t index :
         oracle_indices(DType::f32, matrix.data(), kCols, kResults, true)) {
      in_first_half += index < kCols / 2 ? 1 : 0;
    }
    different.insert(row_of(logits, number, kCols));
  }
  EXPECT_EQ(different.size(), 96U);
  EXPECT_NEAR(in_first_half / (96.0 * kResults), 0.89, 0.03);
}

TEST(RealLogits, SayWhatTheyAre) {
  const Matrix logits = small_logits();
  EXPECT_EQ(
      describe_real_rows({1, 20, 2, DType::bf16, std::nullopt}, logits),
      "3 stored rows of 16 logits, made longer by the columns from 14 on of other rows, brought "
      "to their level, converted from float32 to bfloat16");
  EXPECT_EQ(describe_real_rows({1, 2, 2, DType::f32, std::nullopt}, logits),
            "3 stored rows of 16 logits, their first 2 columns");
}

}  // namespace
}  // namespace skim::bench
