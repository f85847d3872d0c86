// Every step of the flow prints itself in one line that holds what matters.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "skim/topk.h"
#include "support/refusal.h"

namespace skim {
namespace {

using test::says;

TEST(Print, TensorView) {
  const float element = 0;
  const TensorView view{&element, DType::f32, 3, 100, -120, {DeviceKind::cuda, 1}};
  EXPECT_TRUE(says(to_string(view), {"float32", "3", "100", "-120", "cuda:1"}));
}

TEST(Print, Problem) {
  TopkRequest request;
  request.input = {nullptr, DType::bf16, 32, 50304, 50304, DeviceId{}};
  request.k = 50;
  request.options = {false, false, DType::i32, 3};
  EXPECT_TRUE(says(to_string(make_problem(request)),
                   {"32", "50304", "50", "bfloat16", "smallest", "unsorted", "int32", "3", "cpu"}));
  request.options = {};
  EXPECT_TRUE(says(to_string(make_problem(request)), {"largest", "sorted", "int64"}));
  request.options.by_index = true;
  request.transform.row_offsets = {nullptr, DType::i32, 32, DeviceId{}};
  EXPECT_TRUE(says(to_string(make_problem(request)), {"by_index", "row_offsets=int32"}));
  request.transform = {};
  request.transform.page_table = {{nullptr, DType::i32, 32, 786, 786, DeviceId{}}, 64};
  EXPECT_TRUE(says(to_string(make_problem(request)), {"page_size=64"}));
}

TEST(Print, Plan) {
  TopkRequest request;
  request.input = {nullptr, DType::f32, 1, 128256, 128256, DeviceId{}};
  request.k = 50;
  const TopkPlan plan = plan_topk(make_problem(request), Device::cpu());
  EXPECT_TRUE(
      says(to_string(plan),
           {to_string(plan.algorithm), to_string(plan.cpu.simd), std::to_string(plan.cpu.threads),
            std::to_string(plan.workspace_bytes), std::to_string(plan.bytes_read)}));
}

TEST(Print, Device) {
  EXPECT_EQ(to_string(DeviceId{}), "cpu");
  EXPECT_EQ(to_string(DeviceId{DeviceKind::cuda, 3}), "cuda:3");
  EXPECT_TRUE(says(to_string(Device::cpu()), {"cpu", to_string(Device::cpu().simd)}));
}

TEST(Print, NamesAreDistinct) {
  std::set<std::string> names;
  for (const DType dtype : kAllDTypes) names.insert(std::string(name_of(dtype)));
  EXPECT_EQ(names.size(), std::size(kAllDTypes));
  names.clear();
  for (const auto target : {SimdTarget::scalar, SimdTarget::sse4, SimdTarget::neon,
                            SimdTarget::avx2, SimdTarget::avx3, SimdTarget::avx3_dl}) {
    names.insert(to_string(target));
  }
  EXPECT_EQ(names.size(), 6U);
  names = {to_string(TopkAlgorithm::nothing),         to_string(TopkAlgorithm::group_maxima),
           to_string(TopkAlgorithm::filter),          to_string(TopkAlgorithm::radix_select),
           to_string(TopkAlgorithm::warp_maxima),     to_string(TopkAlgorithm::register_sort),
           to_string(TopkAlgorithm::bucket_select),   to_string(TopkAlgorithm::cluster_maxima),
           to_string(TopkAlgorithm::cluster_buckets), to_string(TopkAlgorithm::sample_select)};
  EXPECT_EQ(names.size(), 10U);
  EXPECT_NE(to_string(CtaTeam::cluster), to_string(CtaTeam::grid));
}

}  // namespace
}  // namespace skim
