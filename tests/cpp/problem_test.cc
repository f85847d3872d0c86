// What make_problem refuses, and how it resolves what it accepts.
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

#include "skim/topk.h"
#include "support/refusal.h"

namespace skim {
namespace {

using test::refusal;
using test::says;

constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();

// A request that is in order; make_problem never looks at what its pointers point to.
class Problem : public testing::Test {
 protected:
  Problem() { set_address(4096); }

  void set_address(std::uintptr_t address) {
    request_.input.data = reinterpret_cast<const void*>(address);  // NOLINT: never dereferenced
  }
  void set_row_lengths(DType dtype, std::int64_t rows) {
    request_.row_lengths = {this, dtype, rows, DeviceId{}};
  }
  std::string message() {
    return refusal([this] { make_problem(request_); });
  }

  TopkRequest request_{{nullptr, DType::f32, 4, 100, 100, DeviceId{}}, 10, {}, {}};
};

TEST_F(Problem, RefusesUnknownDTypes) {
  request_.input.dtype = static_cast<DType>(77);
  EXPECT_TRUE(says(message(), {"input", "dtype", "77", "float32", "int64"}));
}

TEST_F(Problem, RefusesIndexDTypesOtherThanInt32AndInt64) {
  request_.options.index_dtype = DType::i16;
  EXPECT_TRUE(says(message(), {"index_dtype", "int16", "int32", "int64"}));
  request_.options.index_dtype = static_cast<DType>(200);
  EXPECT_TRUE(says(message(), {"index_dtype", "200", "int32", "int64"}));
}

TEST_F(Problem, RefusesNegativeSizes) {
  request_.input.rows = -4;
  EXPECT_TRUE(says(message(), {"rows", "-4", "0"}));
  request_.input.rows = 4;
  request_.input.cols = -100;
  EXPECT_TRUE(says(message(), {"cols", "-100", "0"}));
}

TEST_F(Problem, RefusesKOutsideTheRow) {
  request_.k = -3;
  EXPECT_TRUE(says(message(), {"k = -3", "0", "cols = 100"}));
  request_.k = 101;
  EXPECT_TRUE(says(message(), {"k = 101", "cols = 100", "at most 100"}));
  request_.input.cols = 0;
  request_.k = 1;
  EXPECT_TRUE(says(message(), {"k = 1", "cols = 0"}));
}

TEST_F(Problem, AcceptsTheEdgesOfK) {
  for (const std::int64_t k : {0, 1, 99, 100}) {
    request_.k = k;
    EXPECT_EQ(message(), "") << k;
  }
}

TEST_F(Problem, RefusesInt32IndicesForMoreColumnsThanTheyHold) {
  request_.options.index_dtype = DType::i32;
  request_.input.cols = std::int64_t{1} << 31;
  EXPECT_TRUE(says(message(), {"int32", "2147483648", "2147483647", "int64"}));
  request_.input.cols -= 1;
  EXPECT_EQ(message(), "");
  request_.input.cols += 1;
  request_.options.index_dtype = DType::i64;
  EXPECT_EQ(message(), "");
}

TEST_F(Problem, RefusesSizesThatOverflow) {
  request_.input.row_stride = kHighest / 2;
  EXPECT_TRUE(
      says(message(), {"rows = 4", "row_stride = 4611686018427387903", "check the stride"}));
  request_.input.row_stride = std::numeric_limits<std::int64_t>::min();
  EXPECT_TRUE(says(message(), {"row_stride = -9223372036854775808"}));
  request_.input.row_stride = 100;
  request_.input.rows = kHighest;
  EXPECT_TRUE(says(message(), {"rows = 9223372036854775807"}));
  request_.input.rows = 1;
  request_.input.cols = kHighest;
  EXPECT_TRUE(says(message(), {"cols = 9223372036854775807"}));
}

// With a stride of 0 any number of rows is a few bytes of input, but not of results.
TEST_F(Problem, RefusesResultsThatOverflow) {
  request_.input.row_stride = 0;
  request_.input.rows = std::int64_t{1} << 61;
  EXPECT_TRUE(says(message(), {"rows", "k", "10", "2305843009213693952"}));
}

TEST_F(Problem, RefusesNegativeNumThreads) {
  request_.options.num_threads = -2;
  EXPECT_TRUE(says(message(), {"num_threads", "-2", "0"}));
}

TEST_F(Problem, RefusesWrongRowLengths) {
  set_row_lengths(DType::f32, 4);
  EXPECT_TRUE(says(message(), {"row_lengths", "float32", "int32", "int64"}));
  set_row_lengths(DType::u8, 4);
  EXPECT_TRUE(says(message(), {"row_lengths", "uint8", "int32", "int64"}));
  set_row_lengths(DType::i64, 3);
  EXPECT_TRUE(says(message(), {"row_lengths", "3", "rows = 4"}));
  set_row_lengths(DType::i64, 4);
  request_.row_lengths.device = {DeviceKind::cuda, 1};
  EXPECT_TRUE(says(message(), {"row_lengths", "cuda:1", "cpu"}));
}

TEST_F(Problem, RefusesWrongPageTables) {
  PageTableView& table = request_.transform.page_table;
  const PageTableView right{{this, DType::i32, 4, 7, 7, DeviceId{}}, 16};
  const auto message_with = [&](auto change) {
    table = right;
    change();
    return message();
  };
  EXPECT_EQ(message_with([] {}), "");
  EXPECT_EQ(message_with([&] { table.page_size = 100; }), "");
  EXPECT_TRUE(says(message_with([&] { table.page_size = 0; }), {"page_size = 0", "1"}));
  EXPECT_TRUE(says(message_with([&] { table.page_size = -16; }), {"page_size = -16", "1"}));
  EXPECT_TRUE(says(message_with([&] { table.page_size = std::int64_t{1} << 31; }),
                   {"page_size = 2147483648", "2147483647"}));
  EXPECT_TRUE(says(message_with([&] { table.pages.cols = 6; }),
                   {"page_table", "6", "cols = 100", "page_size = 16", "7 pages"}));
  EXPECT_TRUE(says(message_with([&] { table.pages.rows = 3; }), {"page_table", "3", "rows = 4"}));
  EXPECT_TRUE(says(message_with([&] { table.pages.dtype = DType::i64; }),
                   {"page_table", "int64", "int32"}));
  EXPECT_TRUE(says(message_with([&] { table.pages.row_stride = kHighest / 2; }),
                   {"page_table", "row_stride = 4611686018427387903"}));
  EXPECT_TRUE(says(message_with([&] {
                     table.pages.device = {DeviceKind::cuda, 1};
                   }),
                   {"page_table", "cuda:1", "cpu"}));
  EXPECT_TRUE(says(message_with([&] { table.pages.rows = -1; }), {"page_size = 16", "page_table"}));
}

TEST_F(Problem, RefusesWrongRowOffsets) {
  RowOffsetsView& offsets = request_.transform.row_offsets;
  offsets = {this, DType::i32, 4, DeviceId{}};
  EXPECT_EQ(message(), "");
  offsets.dtype = DType::f32;
  EXPECT_TRUE(says(message(), {"row_offsets", "float32", "offsets are int32 or int64"}));
  offsets.dtype = DType::i64;
  offsets.rows = 5;
  EXPECT_TRUE(says(message(), {"row_offsets", "5", "rows = 4", "one offset a row"}));
  offsets.rows = 4;
  offsets.device = {DeviceKind::cuda, 1};
  EXPECT_TRUE(says(message(), {"row_offsets", "cuda:1", "cpu"}));
  offsets.device = DeviceId{};
  request_.transform.page_table = {{this, DType::i32, 4, 100, 100, DeviceId{}}, 1};
  EXPECT_TRUE(says(message(), {"page_table", "row_offsets", "one of them"}));
}

TEST_F(Problem, TakesOverTransforms) {
  EXPECT_EQ(make_problem(request_).transform, IndexTransform::none);
  request_.transform.page_table = {{this, DType::i32, 4, 100, 100, DeviceId{}}, 2};
  EXPECT_EQ(make_problem(request_).transform, IndexTransform::page_table);
  EXPECT_EQ(make_problem(request_).page_size, 2);
  request_.transform = {};
  request_.transform.row_offsets = {this, DType::i32, 4, DeviceId{}};
  EXPECT_EQ(make_problem(request_).transform, IndexTransform::row_offsets);
  EXPECT_EQ(make_problem(request_).row_offsets_dtype, DType::i32);
}

TEST_F(Problem, TakesOverWhatWasAsked) {
  set_row_lengths(DType::i32, 4);
  request_.input.row_stride = -120;
  request_.options = {false, false, DType::i32, 3, true};
  const TopkProblem problem = make_problem(request_);
  EXPECT_EQ(problem.rows, 4);
  EXPECT_EQ(problem.cols, 100);
  EXPECT_EQ(problem.row_stride, -120);
  EXPECT_EQ(problem.k, 10);
  EXPECT_EQ(problem.dtype, DType::f32);
  EXPECT_EQ(problem.index_dtype, DType::i32);
  EXPECT_FALSE(problem.largest);
  EXPECT_FALSE(problem.sorted);
  EXPECT_TRUE(problem.by_index);
  EXPECT_TRUE(problem.has_row_lengths);
  EXPECT_EQ(problem.row_lengths_dtype, DType::i32);
  EXPECT_EQ(problem.num_threads, 3);
  EXPECT_EQ(problem.device, DeviceId{});
  EXPECT_EQ(problem, make_problem(request_));
}

// The largest power of two, up to 16, that divides the address of every row.
TEST_F(Problem, GuaranteesTheAlignmentOfEveryRow) {
  const auto alignment = [this](std::uintptr_t address, std::int64_t rows, std::int64_t stride) {
    set_address(address);
    request_.input.rows = rows;
    request_.input.row_stride = stride;
    return make_problem(request_).alignment;
  };
  EXPECT_EQ(alignment(4096, 1, 100), 16);
  EXPECT_EQ(alignment(4096 + 8, 1, 100), 8);
  EXPECT_EQ(alignment(4096 + 4, 1, 100), 4);
  EXPECT_EQ(alignment(4096, 2, 98), 8);  // 392 bytes
  EXPECT_EQ(alignment(4096, 2, -98), 8);
  EXPECT_EQ(alignment(4096, 1, 98), 16);
  EXPECT_EQ(alignment(4096, 2, 101), 4);
  EXPECT_EQ(alignment(4096, 2, 0), 16);
}

}  // namespace
}  // namespace skim
