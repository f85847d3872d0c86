// What plan_topk chooses for made-up devices, and what it refuses to be forced to.
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

#include "plan/override.h"
#include "skim/topk.h"
#include "support/refusal.h"

namespace skim {
namespace {

using test::refusal;
using test::says;

TopkProblem problem_of(DType dtype, std::int64_t rows, std::int64_t cols, std::int64_t k) {
  TopkRequest request;
  request.input = {nullptr, dtype, rows, cols, cols, DeviceId{}};
  request.k = k;
  return make_problem(request);
}

Device device_with(int threads, std::int64_t l2_bytes = 1 << 20) {
  Device device;
  device.simd = runnable_simd_targets().back();
  device.threads = threads;
  device.l2_bytes = l2_bytes;
  return device;
}

TEST(Plan, NothingToSelectNeedsNothing) {
  for (const TopkProblem& problem :
       {problem_of(DType::f32, 0, 100, 10), problem_of(DType::f32, 5, 100, 0),
        problem_of(DType::f32, 5, 0, 0)}) {
    const TopkPlan plan = plan_topk(problem, device_with(4));
    EXPECT_EQ(plan.algorithm, TopkAlgorithm::nothing);
    EXPECT_EQ(plan.workspace_bytes, 0U);
    EXPECT_EQ(plan.bytes_read, 0);
    EXPECT_STRNE(plan.reason, "");
  }
}

TEST(Plan, CountsEachElementReadOnce) {
  EXPECT_EQ(plan_topk(problem_of(DType::f16, 3, 1000, 5), device_with(1)).bytes_read, 6000);
  TopkProblem broadcast = problem_of(DType::f64, 3, 1000, 5);
  broadcast.row_stride = 0;
  EXPECT_EQ(plan_topk(broadcast, device_with(1)).bytes_read, 8000);
}

TEST(Plan, LongRowsWithFewResultsUseGroupMaxima) {
  EXPECT_EQ(plan_topk(problem_of(DType::f32, 1, 128256, 50), device_with(1)).algorithm,
            TopkAlgorithm::group_maxima);
}

TEST(Plan, ShortRowsUseFilter) {
  EXPECT_EQ(plan_topk(problem_of(DType::f32, 1000, 7, 3), device_with(1)).algorithm,
            TopkAlgorithm::filter);
}

TEST(Plan, NeverMoreThreadsThanDeviceOrCaller) {
  for (const int device_threads : {1, 2, 7, 64}) {
    for (const int asked : {0, 1, 3, 100}) {
      for (const std::int64_t rows : {1, 2, 32, 5000}) {
        TopkProblem problem = problem_of(DType::f32, rows, 1 << 21, 50);
        problem.num_threads = asked;
        const TopkPlan plan = plan_topk(problem, device_with(device_threads));
        EXPECT_GE(plan.cpu.threads, 1);
        EXPECT_LE(plan.cpu.threads, device_threads);
        EXPECT_LE(plan.cpu.threads, asked > 0 ? asked : device_threads);
      }
    }
  }
}

TEST(Plan, SplitsALongRowAndNotAShortOne) {
  const Device device = device_with(4);
  EXPECT_GT(plan_topk(problem_of(DType::f32, 1, 1 << 24, 50), device).cpu.splits, 1);
  EXPECT_GT(plan_topk(problem_of(DType::f32, 1, 1 << 24, 50), device).cpu.threads, 1);
  EXPECT_EQ(plan_topk(problem_of(DType::f32, 1, 1 << 16, 50), device).cpu.splits, 1);
  EXPECT_EQ(plan_topk(problem_of(DType::f32, 64, 1 << 24, 50), device).cpu.splits, 1);
  EXPECT_EQ(plan_topk(problem_of(DType::f32, 1, 1 << 24, 50), device_with(1)).cpu.splits, 1);
}

// O(k + cols / group): never a copy of the row.
TEST(Plan, WorkspaceIsSmallBesideALongRow) {
  for (const DType dtype : kAllDTypes) {
    for (const std::int64_t k : {1, 50, 2048}) {
      const std::int64_t cols = std::int64_t{1} << 24;
      const TopkPlan plan = plan_topk(problem_of(dtype, 1, cols, k), device_with(1));
      EXPECT_LT(plan.workspace_bytes, static_cast<std::size_t>(cols) * size_of(dtype) / 8)
          << to_string(plan);
      EXPECT_EQ(plan.workspace_bytes % kWorkspaceAlignment, 0U);
    }
  }
}

TEST(Plan, IsAValueThatDependsOnProblemAndDeviceOnly) {
  const TopkProblem problem = problem_of(DType::bf16, 8, 50257, 128);
  const TopkPlan first = plan_topk(problem, device_with(3));
  const TopkPlan second = plan_topk(problem, device_with(3));
  EXPECT_EQ(first.problem, second.problem);
  EXPECT_EQ(first.algorithm, second.algorithm);
  EXPECT_EQ(first.cpu, second.cpu);
  EXPECT_EQ(first.workspace_bytes, second.workspace_bytes);
  EXPECT_STREQ(first.reason, second.reason);
}

// Sizes at the limit of what a Problem accepts neither wrap nor trap.
TEST(Plan, HandlesTheLargestProblems) {
  TopkRequest request;
  request.input = {nullptr, DType::f64, std::int64_t{1} << 50, std::int64_t{1} << 30,
                   0,       DeviceId{}};
  request.k = 1;
  for (const int threads : {1, 2, 64}) {
    const TopkPlan plan = plan_topk(make_problem(request), device_with(threads));
    EXPECT_GE(plan.cpu.threads, 1);
    EXPECT_LE(plan.cpu.threads, threads);
    EXPECT_EQ(plan.bytes_read, std::int64_t{8} << 30);
    EXPECT_LT(plan.workspace_bytes, std::size_t{1} << 40);
  }
}

TEST(Plan, RefusesAnotherDevice) {
  const TopkProblem problem = problem_of(DType::f32, 1, 100, 10);
  Device cuda;
  cuda.id = {DeviceKind::cuda, 0};
  EXPECT_TRUE(says(refusal([&] { plan_topk(problem, cuda); }), {"cpu", "cuda:0"}));
}

class PlanForced : public testing::Test {
 protected:
  std::string message() {
    return refusal([this] { plan_topk(problem_, Device::cpu(), forced_); });
  }

  TopkProblem problem_ = problem_of(DType::f32, 2, 50257, 50);
  PlanOverride forced_;
};

TEST_F(PlanForced, TakesOverWhatIsForced) {
  forced_.algorithm = TopkAlgorithm::group_maxima;
  forced_.simd = runnable_simd_targets().front();
  forced_.threads = 3;
  forced_.splits = 2;
  forced_.tile_cols = 4096;
  forced_.group_vectors = 8;
  forced_.buffer = 1000;
  const TopkPlan plan = plan_topk(problem_, Device::cpu(), forced_);
  EXPECT_EQ(plan.algorithm, TopkAlgorithm::group_maxima);
  EXPECT_EQ(plan.cpu.simd, runnable_simd_targets().front());
  EXPECT_EQ(plan.cpu.threads, 3);
  EXPECT_EQ(plan.cpu.splits, 2);
  EXPECT_EQ(plan.cpu.tile_cols, 4096);
  EXPECT_EQ(plan.cpu.group_vectors, 8);
  EXPECT_EQ(plan.cpu.buffer, 1000);
}

TEST_F(PlanForced, RefusesATargetThatThisCpuLacks) {
#if defined(__aarch64__)
  forced_.simd = SimdTarget::avx2;
#else
  forced_.simd = SimdTarget::neon;
#endif
  EXPECT_TRUE(says(message(), {"simd", to_string(*forced_.simd), "runnable_simd_targets"}));
}

TEST_F(PlanForced, RefusesAlgorithmsOfAGpu) {
  for (const auto algorithm :
       {TopkAlgorithm::radix_select, TopkAlgorithm::warp_maxima, TopkAlgorithm::register_sort,
        TopkAlgorithm::bucket_select, TopkAlgorithm::cluster_maxima, TopkAlgorithm::cluster_buckets,
        TopkAlgorithm::sample_select}) {
    forced_.algorithm = algorithm;
    EXPECT_TRUE(says(message(), {to_string(algorithm), "CPU", "group_maxima or filter"}));
  }
}

TEST_F(PlanForced, RefusesFewerThanOne) {
  forced_.threads = 0;
  EXPECT_TRUE(says(message(), {"threads = 0", "at least 1"}));
  forced_.threads = 1;
  forced_.splits = -1;
  EXPECT_TRUE(says(message(), {"splits = -1", "at least 1"}));
}

TEST_F(PlanForced, RefusesABufferThatCannotHoldK) {
  forced_.buffer = 50;
  EXPECT_TRUE(says(message(), {"buffer = 50", "at least"}));
}

TEST_F(PlanForced, RefusesGroupsThatDoNotWork) {
  forced_.algorithm = TopkAlgorithm::group_maxima;
  for (const int vectors : {0, 3, -4, 6}) {
    forced_.group_vectors = vectors;
    EXPECT_TRUE(says(message(), {"group_vectors = " + std::to_string(vectors), "multiple of 4"}));
  }
  forced_.group_vectors = 4;
  forced_.tile_cols = 3;
  EXPECT_TRUE(says(message(), {"tile_cols = 3", "at least"}));
}

TEST(RunnableTargets, AreSlowestFirstAndHoldTheDevices) {
  const auto targets = runnable_simd_targets();
  ASSERT_FALSE(targets.empty());
  for (std::size_t i = 1; i < targets.size(); ++i) EXPECT_LT(targets[i - 1], targets[i]);
  EXPECT_EQ(Device::cpu().simd, targets.back());
  EXPECT_EQ(&Device::cpu(), &Device::cpu());
  EXPECT_GE(Device::cpu().threads, 1);
  EXPECT_GT(Device::cpu().l2_bytes, 0);
}

}  // namespace
}  // namespace skim
