// The conveniences and the flow as a user writes them.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <vector>

#include "inputs/inputs.h"
#include "skim/topk.h"
#include "support/refusal.h"

namespace skim {
namespace {

using test::refusal;
using test::says;
using Indices = std::vector<std::int64_t>;

TEST(TopkOfARow, ReturnsTheBestFirst) {
  const std::vector<float> row = {1, 9, 4, 9, -2};
  const auto [values, indices] = topk(std::span<const float>(row), 3);
  EXPECT_EQ(values, (std::vector<float>{9, 9, 4}));
  EXPECT_EQ(indices, (Indices{1, 3, 2}));
}

TEST(TopkOfARow, TakesOptions) {
  const std::vector<std::int64_t> row = {1, 9, 4, 9, -2};
  TopkOptions options;
  options.largest = false;
  options.index_dtype = DType::i32;  // the result has int64 all the same
  EXPECT_EQ(topk(std::span<const std::int64_t>(row), 2, options).indices, (Indices{4, 0}));
}

TEST(TopkOfARow, OfNothing) {
  EXPECT_TRUE(topk(std::span<const double>(), 0).values.empty());
  const std::vector<std::uint8_t> row = {1};
  EXPECT_TRUE(topk(std::span<const std::uint8_t>(row), 0).indices.empty());
}

TEST(TopkOfARow, Refuses) {
  const std::vector<float> row = {1, 2};
  const std::span<const float> view(row);
  EXPECT_TRUE(says(refusal([&] { topk(view, 3); }), {"k = 3", "cols = 2"}));
  EXPECT_TRUE(says(refusal([&] { topk(view, -1); }), {"k = -1"}));
}

TEST(TopkOfAMatrix, WritesIntoTheCallersMemory) {
  const std::vector<std::int32_t> input = {3, 1, 2, -7, -5, -6};
  std::vector<std::int32_t> values(4);
  std::vector<std::int32_t> indices(4);
  TopkOptions options;
  options.index_dtype = DType::i32;
  topk(matrix_view(input.data(), 2, 3), 2, mutable_matrix_view(values.data(), 2, 2),
       mutable_matrix_view(indices.data(), 2, 2), options);
  EXPECT_EQ(values, (std::vector<std::int32_t>{3, 2, -5, -6}));
  EXPECT_EQ(indices, (std::vector<std::int32_t>{0, 2, 1, 2}));
}

TEST(TopkOfAMatrix, WritesTransformedIndices) {
  const std::vector<float> input = {3, 1, 2, -7, -5, -6};
  const std::vector<std::int32_t> pages = {40, 7, 9, 100};
  const std::vector<std::int32_t> lengths = {3, 1};
  const std::vector<std::int64_t> offsets = {1000, -5};
  std::vector<float> values(4);
  Indices indices(4);
  TopkRequest request{matrix_view(input.data(), 2, 3), 2, {}, {}};
  request.row_lengths = {lengths.data(), DType::i32, 2, DeviceId{}};
  request.transform.page_table = {matrix_view(pages.data(), 2, 2), 2};
  const auto select = [&] {
    topk(request, mutable_matrix_view(values.data(), 2, 2),
         mutable_matrix_view(indices.data(), 2, 2));
  };
  select();
  EXPECT_EQ(indices, (Indices{80, 14, 18, -1}));
  request.transform = {};
  request.transform.row_offsets = {offsets.data(), DType::i64, 2, DeviceId{}};
  request.options.largest = false;
  request.options.by_index = true;
  select();
  EXPECT_EQ(values[0], 1.0F);
  EXPECT_EQ(values[1], 2.0F);
  EXPECT_EQ(indices, (Indices{1001, 1002, -5, -1}));
}

TEST(TopkOfAMatrix, RefusesBeforeItWrites) {
  const std::vector<float> input(6);
  std::vector<float> values(4, -1.0F);
  std::vector<std::int64_t> indices(4, -7);
  EXPECT_TRUE(says(refusal([&] {
                     topk(matrix_view(input.data(), 2, 3), 2,
                          mutable_matrix_view(values.data(), 2, 2),
                          mutable_matrix_view(indices.data(), 1, 2));
                   }),
                   {"indices", "1 x 2", "2 x 2"}));
  EXPECT_EQ(values, std::vector<float>(4, -1.0F));
  EXPECT_EQ(indices, Indices(4, -7));
}

TEST(TopkOfAMatrix, RefusesADeviceThatIsNotThere) {
  TensorView input = matrix_view<float>(nullptr, 0, 3);
  input.device = {DeviceKind::cuda, 63};
  MutableTensorView values = mutable_matrix_view<float>(nullptr, 0, 2);
  MutableTensorView indices = mutable_matrix_view<std::int64_t>(nullptr, 0, 2);
  EXPECT_TRUE(
      says(refusal<DeviceError>([&] { topk(input, 2, values, indices); }), {"no CUDA device: "}));
}

// One plan for many pointers, and bound memory that is run again after the input changed.
TEST(Flow, APlanServesAnyPointersOfItsProblem) {
  constexpr std::int64_t kRows = 3;
  constexpr std::int64_t kCols = 2000;
  constexpr std::int64_t k = 17;
  bench::Matrix first =
      bench::make_matrix(DType::f16, kRows, kCols, bench::Distribution::normal, 1);
  bench::Matrix second = bench::make_matrix(DType::f16, kRows, kCols, bench::Distribution::zipf, 2);
  const auto view = [](const bench::Matrix& matrix) {
    return TensorView{matrix.data(), DType::f16, kRows, kCols, kCols, DeviceId{}};
  };
  const TopkPlan plan = plan_topk(make_problem({view(first), k, {}, {}}), Device::cpu());
  std::vector<Float16> values(kRows * k);
  Indices indices(kRows * k);
  const std::unique_ptr<void, void (*)(void*)> workspace(
      ::operator new (plan.workspace_bytes, std::align_val_t{kWorkspaceAlignment}),
      [](void* memory) { ::operator delete (memory, std::align_val_t{kWorkspaceAlignment}); });
  const auto bind_to = [&](const bench::Matrix& matrix) {
    return bind(plan, {view(matrix),
                       mutable_matrix_view(values.data(), kRows, k),
                       mutable_matrix_view(indices.data(), kRows, k),
                       {},
                       workspace.get(),
                       plan.workspace_bytes});
  };
  const auto expect_truth_of = [&](const bench::Matrix& matrix) {
    for (std::int64_t row = 0; row < kRows; ++row) {
      const auto* elements = static_cast<const Float16*>(matrix.data()) + row * kCols;
      EXPECT_EQ(Indices(indices.begin() + row * k, indices.begin() + (row + 1) * k),
                bench::oracle_indices(DType::f16, elements, kCols, k, true));
    }
  };
  const BoundTopk bound = bind_to(first);
  run(bound);
  expect_truth_of(first);
  run(bind_to(second));
  expect_truth_of(second);
  bench::fill(first, bench::Distribution::few_distinct, 3);
  run(bound);
  expect_truth_of(first);
}

}  // namespace
}  // namespace skim
