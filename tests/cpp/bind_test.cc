// What bind refuses: memory that does not fit the plan.
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "skim/topk.h"
#include "support/refusal.h"

namespace skim {
namespace {

using test::refusal;
using test::says;

// A plan for 4 x 100 float32, k = 10, and memory that fits it, all in one arena so that tests can
// lay things over each other.
class Bind : public testing::Test {
 protected:
  Bind() {
    request_.input = {at(0), DType::f32, 4, 100, 100, DeviceId{}};
    request_.k = 10;
    make_plan();
    buffers_.input = request_.input;
    buffers_.values = {at(8192), DType::f32, 4, 10, 10, DeviceId{}};
    buffers_.indices = {at(16384), DType::i64, 4, 10, 10, DeviceId{}};
    buffers_.workspace = at(32768);
    buffers_.workspace_bytes = plan_.workspace_bytes;
  }

  void make_plan() {
    plan_ = plan_topk(make_problem(request_), Device::cpu());
    ASSERT_LE(plan_.workspace_bytes, sizeof(arena_) - 32768);
    buffers_.workspace_bytes = plan_.workspace_bytes;
  }
  void* at(std::size_t offset) { return arena_ + offset; }
  void use_row_lengths() {
    request_.row_lengths = {at(24576), DType::i32, 4, DeviceId{}};
    buffers_.row_lengths = request_.row_lengths;
    make_plan();
  }
  void use_page_table() {
    request_.transform.page_table = {{at(24576), DType::i32, 4, 7, 7, DeviceId{}}, 16};
    buffers_.transform = request_.transform;
    make_plan();
  }
  void use_row_offsets() {
    request_.transform.row_offsets = {at(24576), DType::i32, 4, DeviceId{}};
    buffers_.transform = request_.transform;
    make_plan();
  }
  std::string message() {
    return refusal([this] { bind(plan_, buffers_); });
  }

  alignas(4096) std::byte arena_[1 << 20] = {};
  TopkRequest request_;
  TopkPlan plan_;
  TopkBuffers buffers_;
};

TEST_F(Bind, AcceptsWhatFits) {
  EXPECT_EQ(message(), "");
  use_row_lengths();
  EXPECT_EQ(message(), "");
  buffers_.values.row_stride = 17;
  buffers_.indices.row_stride = 11;
  buffers_.workspace_bytes += 1000;
  EXPECT_EQ(message(), "");
}

TEST_F(Bind, RefusesNullData) {
  buffers_.input.data = nullptr;
  EXPECT_TRUE(says(message(), {"input", "null", "4 x 100"}));
  buffers_.input.data = at(0);
  buffers_.values.data = nullptr;
  EXPECT_TRUE(says(message(), {"values", "null", "4 x 10"}));
  buffers_.values.data = at(8192);
  buffers_.indices.data = nullptr;
  EXPECT_TRUE(says(message(), {"indices", "null", "4 x 10"}));
}

TEST_F(Bind, AcceptsNullDataOfNothing) {
  request_.input.rows = 0;
  make_plan();
  buffers_ = {};
  buffers_.input = {nullptr, DType::f32, 0, 100, 100, DeviceId{}};
  buffers_.values = {nullptr, DType::f32, 0, 10, 10, DeviceId{}};
  buffers_.indices = {nullptr, DType::i64, 0, 10, 10, DeviceId{}};
  EXPECT_EQ(message(), "");
}

TEST_F(Bind, RefusesMisalignedElements) {
  buffers_.input.data = at(2);
  EXPECT_TRUE(says(message(), {"input", "aligned", "4 bytes"}));
  buffers_.input.data = at(0);
  buffers_.values.data = at(8193);
  EXPECT_TRUE(says(message(), {"values", "aligned", "4 bytes"}));
  buffers_.values.data = at(8192);
  buffers_.indices.data = at(16388);
  EXPECT_TRUE(says(message(), {"indices", "aligned", "8 bytes"}));
  buffers_.indices.data = at(16384);
  use_row_lengths();
  buffers_.row_lengths.data = at(24577);
  EXPECT_TRUE(says(message(), {"row_lengths", "aligned", "4 bytes"}));
}

TEST_F(Bind, RefusesLessAlignmentThanPlanned) {
  buffers_.input.data = at(4);
  EXPECT_TRUE(says(message(), {"input", "aligned", "16 bytes", "plan again"}));
}

TEST_F(Bind, RefusesOtherShapes) {
  const std::vector<std::function<std::int64_t&()>> sizes = {
      [this]() -> auto& {return buffers_.input.rows;
}
, [this]() -> auto& { return buffers_.input.cols; }
, [this]() -> auto& { return buffers_.values.rows; }
, [this]() -> auto& { return buffers_.values.cols; }
, [this]() -> auto& { return buffers_.indices.rows; }
, [this]() -> auto& { return buffers_.indices.cols; }
};  // namespace
const std::vector<std::vector<std::string>> texts = {
    {"input", "3 x 100", "4 x 100"}, {"input", "4 x 99", "4 x 100"},
    {"values", "3 x 10", "4 x 10"},  {"values", "4 x 9", "4 x 10"},
    {"indices", "3 x 10", "4 x 10"}, {"indices", "4 x 9", "4 x 10"}};
for (std::size_t i = 0; i < sizes.size(); ++i) {
  --sizes[i]();
  EXPECT_TRUE(says(message(), {texts[i][0], texts[i][1], texts[i][2]}));
  ++sizes[i]();
}
use_row_lengths();
buffers_.row_lengths.rows = 5;
EXPECT_TRUE(says(message(), {"row_lengths", "5", "4"}));
}  // namespace skim

TEST_F(Bind, RefusesOtherStrides) {
  buffers_.input.row_stride = 101;
  EXPECT_TRUE(says(message(), {"input", "row_stride", "101", "100", "plan again"}));
  buffers_.input.row_stride = 100;
  for (const std::int64_t stride : {9, 0, -10}) {
    buffers_.values.row_stride = stride;
    EXPECT_TRUE(says(message(), {"values", "row_stride", std::to_string(stride), "rows of 10"}));
    buffers_.values.row_stride = 10;
    buffers_.indices.row_stride = stride;
    EXPECT_TRUE(says(message(), {"indices", "row_stride", std::to_string(stride), "rows of 10"}));
    buffers_.indices.row_stride = 10;
  }
}

TEST_F(Bind, RefusesStridesThatOverflow) {
  buffers_.values.row_stride = std::numeric_limits<std::int64_t>::max() / 4;
  EXPECT_TRUE(says(message(), {"values", "row_stride", "2305843009213693951"}));
  buffers_.values.row_stride = 10;
  buffers_.indices.row_stride = std::numeric_limits<std::int64_t>::max();
  EXPECT_TRUE(says(message(), {"indices", "row_stride", "9223372036854775807"}));
}

TEST_F(Bind, RefusesOtherDTypes) {
  buffers_.input.dtype = DType::i32;
  EXPECT_TRUE(says(message(), {"input", "int32", "float32"}));
  buffers_.input.dtype = DType::f32;
  buffers_.values.dtype = DType::f64;
  EXPECT_TRUE(says(message(), {"values", "float64", "float32"}));
  buffers_.values.dtype = DType::f32;
  buffers_.indices.dtype = DType::i32;
  EXPECT_TRUE(says(message(), {"indices", "int32", "int64"}));
  buffers_.indices.dtype = static_cast<DType>(99);
  EXPECT_TRUE(says(message(), {"indices", "int64"}));
  buffers_.indices.dtype = DType::i64;
  use_row_lengths();
  buffers_.row_lengths.dtype = DType::i64;
  EXPECT_TRUE(says(message(), {"row_lengths", "int64", "int32"}));
}

TEST_F(Bind, RefusesOtherDevices) {
  const DeviceId elsewhere{DeviceKind::cuda, 2};
  for (DeviceId* device :
       {&buffers_.input.device, &buffers_.values.device, &buffers_.indices.device}) {
    *device = elsewhere;
    EXPECT_TRUE(says(message(), {"cuda:2", "cpu"}));
    *device = DeviceId{};
  }
  use_row_lengths();
  buffers_.row_lengths.device = elsewhere;
  EXPECT_TRUE(says(message(), {"row_lengths", "cuda:2", "cpu"}));
}

TEST_F(Bind, RefusesRowLengthsThatThePlanLacksOrWants) {
  buffers_.row_lengths = {at(24576), DType::i32, 4, DeviceId{}};
  EXPECT_TRUE(says(message(), {"row_lengths", "plan"}));
  use_row_lengths();
  buffers_.row_lengths = {};
  EXPECT_FALSE(message().empty());
  buffers_.row_lengths = {nullptr, DType::i32, 4, DeviceId{}};
  EXPECT_TRUE(says(message(), {"row_lengths", "null"}));
}

TEST_F(Bind, AcceptsPageTablesThatFit) {
  use_page_table();
  EXPECT_EQ(message(), "");
  buffers_.transform.page_table.pages.cols = 9;
  buffers_.transform.page_table.pages.row_stride = -9;
  EXPECT_EQ(message(), "");
}

TEST_F(Bind, RefusesPageTablesThatThePlanLacksOrWants) {
  use_page_table();
  PageTableView& table = buffers_.transform.page_table;
  const auto message_with = [&](auto change) {
    table = request_.transform.page_table;
    change();
    return message();
  };
  EXPECT_TRUE(says(message_with([&] { table.page_size = 32; }), {"page_size = 32", "16", "plan"}));
  EXPECT_TRUE(says(message_with([&] { table.pages.cols = 6; }), {"page_table", "4 x 6", "4 x 7"}));
  EXPECT_TRUE(says(message_with([&] { table.pages.rows = 5; }), {"page_table", "5 x 7", "4 x 7"}));
  EXPECT_TRUE(says(message_with([&] { table.pages.dtype = DType::i64; }),
                   {"page_table", "int64", "int32"}));
  EXPECT_TRUE(says(message_with([&] { table.pages.data = nullptr; }), {"page_table", "null"}));
  EXPECT_TRUE(says(message_with([&] { table.pages.data = at(24577); }),
                   {"page_table", "aligned", "4 bytes"}));
  EXPECT_TRUE(says(message_with([&] {
                     table.pages.device = {DeviceKind::cuda, 2};
                   }),
                   {"page_table", "cuda:2", "cpu"}));
  EXPECT_TRUE(says(message_with([&] { table.pages.row_stride = INT64_MAX / 2; }),
                   {"page_table", "row_stride"}));
  EXPECT_FALSE(message_with([&] { table.pages.rows = -1; }).empty());
  request_.transform = {};
  make_plan();
  EXPECT_EQ(message_with([&] {}), "");
  buffers_.transform.page_table = {{at(24576), DType::i32, 4, 7, 7, DeviceId{}}, 16};
  EXPECT_TRUE(says(message(), {"page_table", "without", "plan again"}));
}

TEST_F(Bind, RefusesRowOffsetsThatThePlanLacksOrWants) {
  use_row_offsets();
  EXPECT_EQ(message(), "");
  RowOffsetsView& offsets = buffers_.transform.row_offsets;
  offsets.dtype = DType::i64;
  EXPECT_TRUE(says(message(), {"row_offsets", "int64", "int32"}));
  offsets.dtype = DType::i32;
  offsets.data = nullptr;
  EXPECT_TRUE(says(message(), {"row_offsets", "null"}));
  offsets = {};
  EXPECT_FALSE(message().empty());
  request_.transform = {};
  make_plan();
  offsets = {at(24576), DType::i32, 4, DeviceId{}};
  EXPECT_TRUE(says(message(), {"row_offsets", "without", "plan again"}));
}

TEST_F(Bind, RefusesOverlapWithTransforms) {
  use_page_table();
  const auto expect_refusals = [this](const char* name) {
    const TopkBuffers apart = buffers_;
    buffers_.values.data = at(24576 + 12);
    EXPECT_TRUE(says(message(), {"values", name, "overlap"}));
    buffers_ = apart;
    buffers_.indices.data = at(24576 - 4 * 10 * 8 + 8);
    EXPECT_TRUE(says(message(), {"indices", name, "overlap"}));
    buffers_ = apart;
    buffers_.workspace = at(24576);
    EXPECT_TRUE(says(message(), {"workspace", name, "overlap"}));
    buffers_ = apart;
  };
  expect_refusals("page_table");
  request_.transform = {};
  use_row_offsets();
  expect_refusals("row_offsets");
}

TEST_F(Bind, RefusesTooSmallAWorkspace) {
  ASSERT_GT(plan_.workspace_bytes, 0U);
  buffers_.workspace_bytes = plan_.workspace_bytes - 1;
  EXPECT_TRUE(says(message(), {"workspace", std::to_string(plan_.workspace_bytes - 1) + " bytes",
                               std::to_string(plan_.workspace_bytes)}));
  buffers_.workspace_bytes = plan_.workspace_bytes;
  buffers_.workspace = nullptr;
  EXPECT_TRUE(says(message(), {"workspace", "null", std::to_string(plan_.workspace_bytes)}));
  buffers_.workspace = at(32768 + 128);
  EXPECT_TRUE(says(message(), {"workspace", "aligned", "256"}));
}

TEST_F(Bind, RefusesOverlap) {
  struct Laid {
    const char* first;
    const char* second;
    std::function<void()> lay;
  };
  const Laid all[] = {
      {"values", "input", [this] { buffers_.values.data = at(4 * 100 * 4 - 4); }},
      {"values", "input", [this] { buffers_.values.data = at(0); }},
      {"indices", "input", [this] { buffers_.indices.data = at(8); }},
      {"indices", "values", [this] { buffers_.indices.data = at(8192 - 4 * 10 * 8 + 8); }},
      {"indices", "values", [this] { buffers_.indices.data = at(8192 + 4 * 10 * 4 - 8); }},
      {"workspace", "input", [this] { buffers_.workspace = at(1536); }},
      {"workspace", "values", [this] { buffers_.workspace = at(8192); }},
      {"workspace", "indices", [this] { buffers_.workspace = at(16384); }},
  };
  const TopkBuffers apart = buffers_;
  for (const Laid& laid : all) {
    buffers_ = apart;
    laid.lay();
    EXPECT_TRUE(says(message(), {laid.first, laid.second, "overlap"}));
  }
}

TEST_F(Bind, RefusesOverlapWithRowLengths) {
  use_row_lengths();
  const TopkBuffers apart = buffers_;
  buffers_.values.data = at(24576 + 12);
  EXPECT_TRUE(says(message(), {"values", "row_lengths", "overlap"}));
  buffers_ = apart;
  buffers_.indices.data = at(24576 - 4 * 10 * 8 + 8);
  EXPECT_TRUE(says(message(), {"indices", "row_lengths", "overlap"}));
  buffers_ = apart;
  buffers_.workspace = at(24576);
  EXPECT_TRUE(says(message(), {"workspace", "row_lengths", "overlap"}));
}

TEST_F(Bind, AcceptsNeighbours) {
  buffers_.values.data = at(4 * 100 * 4);
  EXPECT_EQ(message(), "");
  buffers_.indices.data = at(4 * 100 * 4 + 4 * 10 * 4);
  EXPECT_EQ(message(), "");
}

// Column ranges of one buffer with 128 columns: the input is the first 100 of them.
class BindInterleaved : public Bind {
 protected:
  BindInterleaved() {
    request_.input.row_stride = 128;
    make_plan();
    buffers_.input = request_.input;
    buffers_.values.row_stride = 128;
  }
};

TEST_F(BindInterleaved, AcceptsColumnsThatDoNotTouch) {
  buffers_.values.data = at(100 * 4);
  EXPECT_EQ(message(), "");
  buffers_.values.data = at(118 * 4);
  EXPECT_EQ(message(), "");
  buffers_.values.data = at((128 + 100) * 4);  // from the second row on
  EXPECT_EQ(message(), "");
}

TEST_F(BindInterleaved, RefusesColumnsThatDo) {
  buffers_.values.data = at(99 * 4);
  EXPECT_TRUE(says(message(), {"values", "input", "overlap"}));
  buffers_.values.data = at(119 * 4);  // its last column is the next row's first
  EXPECT_TRUE(says(message(), {"values", "input", "overlap"}));
  buffers_.values.data = at((128 + 50) * 4);
  EXPECT_TRUE(says(message(), {"values", "input", "overlap"}));
}

TEST_F(BindInterleaved, SeesNegativeStrides) {
  request_.input.data = at(3 * 128 * 4);
  request_.input.row_stride = -128;
  make_plan();
  buffers_.input = request_.input;
  buffers_.values.data = at(100 * 4);
  EXPECT_EQ(message(), "");
  buffers_.values.data = at(99 * 4);
  EXPECT_TRUE(says(message(), {"values", "input", "overlap"}));
}

TEST_F(BindInterleaved, SeesABroadcastRow) {
  request_.input.row_stride = 0;
  make_plan();
  buffers_.input = request_.input;
  buffers_.values.data = at(100 * 4);
  EXPECT_EQ(message(), "");
  buffers_.values.data = at(99 * 4);
  EXPECT_TRUE(says(message(), {"values", "input", "overlap"}));
}

}  // namespace
}  // namespace skim
