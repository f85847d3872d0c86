// What plan_topk chooses for made-up GPUs, and what is said where there is no GPU. Needs none.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "plan/override.h"
#include "skim/topk.h"
#include "support/cuda_variants.h"
#include "support/made_up_gpus.h"
#include "support/refusal.h"

namespace skim {
namespace {

using test::kA100;
using test::kB200;
using test::kClustersOf2;
using test::kClustersOf8;
using test::kGpu;
using test::kH100;
using test::kRtx4090;
using test::kT4;
using test::problem_of;
using test::refusal;
using test::says;

class PlanCuda : public testing::TestWithParam<Device> {
 protected:
  static std::vector<TopkProblem> many_problems() {
    std::vector<TopkProblem> problems;
    for (const DType dtype : kAllDTypes) {
      for (const std::int64_t rows : {1, 2, 31, 132, 5000, 1 << 20}) {
        for (const std::int64_t cols :
             {std::int64_t{1}, std::int64_t{17}, std::int64_t{1000}, std::int64_t{20011},
              std::int64_t{32768}, std::int64_t{50304}, std::int64_t{151936}, std::int64_t{1} << 24,
              kMaxColumns}) {
          for (const std::int64_t k :
               {std::int64_t{1}, std::int64_t{50}, std::int64_t{256}, std::int64_t{257},
                std::int64_t{2048}, std::int64_t{2049}, std::int64_t{1} << 20, cols}) {
            if (k > cols || k > (std::int64_t{1} << 40) / rows) continue;
            problems.push_back(problem_of(dtype, rows, cols, k));
          }
        }
      }
    }
    return problems;
  }
};

TEST_P(PlanCuda, ServesEveryProblem) {
  for (TopkProblem problem : many_problems()) {
    for (const bool sorted : {true, false}) {
      problem.sorted = sorted;
      const TopkPlan plan = plan_topk(problem, GetParam());
      EXPECT_STRNE(plan.reason, "");
      EXPECT_GE(plan.cuda.ctas, 1) << to_string(plan);
      EXPECT_GE(plan.cuda.threads, 32) << to_string(plan);
      EXPECT_LE(plan.cuda.threads, 1024) << to_string(plan);
      EXPECT_EQ(plan.workspace_bytes % kWorkspaceAlignment, 0U) << to_string(plan);
      EXPECT_LT(plan.workspace_bytes, std::size_t{1} << 62) << to_string(plan);
      EXPECT_LE(plan.cuda.capacity * static_cast<std::int64_t>(sizeof(std::int64_t)),
                GetParam().shared_bytes)
          << to_string(plan);
      if (plan.cuda.team == CtaTeam::cluster) {
        EXPECT_LE(plan.cuda.ctas, GetParam().cluster_ctas) << to_string(plan);
      }
    }
  }
}

// The workspace is for candidates, not for copies of rows.
TEST_P(PlanCuda, WorkspaceIsSmallBesideLongRows) {
  for (const DType dtype : kAllDTypes) {
    for (const std::int64_t k : {1, 50, 2048}) {
      const TopkPlan plan = plan_topk(problem_of(dtype, 4, 1 << 26, k), GetParam());
      EXPECT_LT(plan.workspace_bytes, (std::size_t{4} << 26) * size_of(dtype) / 2)
          << to_string(plan);
    }
  }
}

TEST_P(PlanCuda, PrintsItselfInOneLine) {
  for (const TopkProblem& problem : many_problems()) {
    const TopkPlan plan = plan_topk(problem, GetParam());
    ASSERT_TRUE(says(to_string(plan),
                     {to_string(plan.algorithm), std::to_string(plan.cuda.ctas),
                      std::to_string(plan.cuda.threads), std::to_string(plan.workspace_bytes)}));
  }
  EXPECT_TRUE(says(to_string(GetParam()), {"cuda:0", GetParam().name}));
}

TEST_P(PlanCuda, IsAValueThatDependsOnProblemAndDeviceOnly) {
  const TopkProblem problem = problem_of(DType::bf16, 8, 50257, 128);
  const TopkPlan first = plan_topk(problem, GetParam());
  const TopkPlan second = plan_topk(problem, GetParam());
  EXPECT_EQ(first.algorithm, second.algorithm);
  EXPECT_EQ(first.cuda, second.cuda);
  EXPECT_EQ(first.workspace_bytes, second.workspace_bytes);
}

TEST_P(PlanCuda, NothingToSelectNeedsNothing) {
  for (const TopkProblem& problem :
       {problem_of(DType::f32, 0, 100, 10), problem_of(DType::f32, 5, 100, 0)}) {
    const TopkPlan plan = plan_topk(problem, GetParam());
    EXPECT_EQ(plan.algorithm, TopkAlgorithm::nothing);
    EXPECT_EQ(plan.workspace_bytes, 0U);
    EXPECT_EQ(plan.bytes_read, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(MadeUp, PlanCuda,
                         testing::Values(kA100, kRtx4090, kT4, kH100, kClustersOf8, kClustersOf2,
                                         kB200),
                         [](const auto& device) { return device.param.name; });

TEST(PlanCudaClusters, AreNotChosenWhereThereAreNone) {
  for (const DType dtype : kAllDTypes) {
    for (const std::int64_t cols : {1000, 50304, 1 << 20}) {
      for (const std::int64_t k : {1, 50, 500}) {
        const TopkPlan plan = plan_topk(problem_of(dtype, 4, cols, k), kA100);
        EXPECT_EQ(plan.cuda.team, CtaTeam::grid) << to_string(plan);
      }
    }
  }
  EXPECT_EQ(plan_topk(problem_of(DType::f16, 4, 50304, 50), kH100).cuda.team, CtaTeam::cluster);
}

struct Measured {  // NOLINT(clang-analyzer-optin.performance.Padding): a line of a table
  DType dtype;
  std::int64_t rows, cols, k;
  TopkAlgorithm algorithm;
};

// One shape on each side of every limit in tuning.h that chooses between algorithms.
TEST(PlanCudaAlgorithms, AreThoseThatWereMeasuredToBeFastest) {
  using enum TopkAlgorithm;
  constexpr Measured kMeasured[] = {
      {DType::f32, 1, 256, 16, register_sort},
      {DType::f32, 4096, 512, 16, register_sort},
      {DType::f32, 4096, 256, 33, warp_maxima},
      {DType::f32, 4096, 1024, 9, warp_maxima},
      {DType::f16, 4096, 256, 64, register_sort},
      {DType::f16, 1, 256, 32, warp_maxima},
      {DType::f16, 4096, 1024, 32, warp_maxima},
      {DType::f16, 1, 4096, 32, warp_maxima},
      {DType::f16, 1, 4097, 32, cluster_maxima},
      {DType::f16, 1, 4096, 65, bucket_select},
      {DType::f16, 1, 4096, 64, warp_maxima},
      {DType::f16, 1, 2048, 33, bucket_select},
      {DType::f16, 4096, 4096, 128, warp_maxima},
      {DType::f32, 4096, 1024, 64, warp_maxima},
      {DType::f32, 4096, 1024, 65, bucket_select},
      {DType::f16, 1, 512, 128, warp_maxima},
      {DType::f16, 64, 8192, 33, bucket_select},
      {DType::f32, 64, 16384, 127, cluster_maxima},
      {DType::f32, 64, 16384, 128, bucket_select},
      {DType::f32, 256, 1024, 256, bucket_select},
      {DType::f16, 1, 50304, 256, cluster_maxima},
      {DType::f16, 1, 50304, 257, cluster_buckets},
      {DType::f32, 1, 8192, 2048, bucket_select},
      {DType::f32, 1, 8192, 2049, sample_select},
      {DType::f32, 1, 8192, 4096, sample_select},
      {DType::f32, 1, 8192, 4097, radix_select},
      {DType::f64, 1, 50304, 50, filter},
      {DType::f16, 1, 524288, 50, cluster_maxima},
      {DType::f32, 1, 524288, 50, sample_select},
      {DType::f32, 1, 16388, 2048, cluster_buckets},
      {DType::f32, 1, 16384, 2048, bucket_select},
      {DType::f32, 64, 131072, 2048, cluster_buckets},
      {DType::f32, 1, 524288, 257, cluster_buckets},
      {DType::f32, 1, 524292, 257, sample_select},
      {DType::f64, 1, 50304, 257, filter},
  };
  for (const Measured& measured : kMeasured) {
    const TopkProblem problem =
        problem_of(measured.dtype, measured.rows, measured.cols, measured.k);
    const TopkPlan plan = plan_topk(problem, kH100);
    EXPECT_EQ(plan.algorithm, measured.algorithm)
        << name_of(measured.dtype) << ' ' << measured.rows << 'x' << measured.cols << " k "
        << measured.k << ": " << to_string(plan);
  }
}

// On a GPU whose CTAs cannot be clusters, rows of several CTAs are group_maxima's.
TEST(PlanCudaAlgorithms, ServeLargeVocabulariesWithoutClusters) {
  const TopkProblem problem = problem_of(DType::f16, 4, 50304, 50);
  EXPECT_EQ(plan_topk(problem, kA100).algorithm, TopkAlgorithm::group_maxima);
  const TopkProblem many_results = problem_of(DType::f16, 4, 50304, 500);
  EXPECT_EQ(plan_topk(many_results, kA100).algorithm, TopkAlgorithm::filter);
}

// So that every variant that the tests on a GPU run serves something there.
TEST(PlanCudaVariants, EachServesSomeProblemOfItsTests) {
  const auto serves = [](const test::Variant& variant, DType dtype, std::int64_t cols) {
    PlanOverride forced = variant.forced;
    // The least capacity is searched for; here any that is accepted will do.
    for (int capacity = 0; capacity <= 1 << 16; capacity = std::max(1, 2 * capacity)) {
      if (capacity > 0 && !variant.smallest_buffer) return false;
      if (capacity > 0) forced.capacity = capacity;
      for (const std::int64_t k : {50, 8}) {
        const TopkProblem problem = problem_of(dtype, 4, cols, k);
        if (refusal([&] { plan_topk(problem, kH100, forced); }).empty()) return true;
      }
    }
    return false;
  };
  for (const DType dtype : kAllDTypes) {
    for (const std::int64_t cols : {300, 511}) {
      for (const auto& group : test::contract_variants(kGpu, dtype)) {
        for (const auto& variant : group) {
          EXPECT_TRUE(serves(variant, dtype, cols)) << name_of(dtype) << ": " << variant.name;
        }
      }
    }
    for (const auto& variant : test::cuda_long_row_variants(dtype)) {
      EXPECT_TRUE(serves(variant, dtype, (1 << 20) + 17)) << name_of(dtype) << ": " << variant.name;
    }
  }
  for (const auto& variant : test::cuda_long_row_variants(DType::i8)) {
    EXPECT_TRUE(serves(variant, DType::i8, kMaxColumns)) << variant.name;
  }
}

// Binding needs no GPU: it looks at pointers, not at what is behind them.
TEST(BindCuda, ChecksTheMemoryOfAGpu) {
  const auto pointer = [](std::uintptr_t address) {
    return reinterpret_cast<void*>(address);  // NOLINT: never dereferenced
  };
  const TopkPlan plan = plan_topk(problem_of(DType::f32, 2, 50257, 2048), kA100);
  ASSERT_GT(plan.workspace_bytes, 0U);
  TopkBuffers buffers;
  buffers.input = {pointer(0x10000000), DType::f32, 2, 50257, 50257, kGpu};
  buffers.values = {pointer(0x20000000), DType::f32, 2, 2048, 2048, kGpu};
  buffers.indices = {pointer(0x30000000), DType::i64, 2, 2048, 2048, kGpu};
  buffers.workspace = pointer(0x40000000);
  buffers.workspace_bytes = plan.workspace_bytes;
  EXPECT_EQ(refusal([&] { bind(plan, buffers); }), "");
  buffers.workspace_bytes = plan.workspace_bytes - 1;
  EXPECT_TRUE(says(refusal([&] { bind(plan, buffers); }), {"workspace"}));
  buffers.workspace_bytes = plan.workspace_bytes;
  buffers.workspace = pointer(0x40000080);
  EXPECT_TRUE(says(refusal([&] { bind(plan, buffers); }), {"workspace", "256"}));
  buffers.workspace = pointer(0x10000100);
  EXPECT_TRUE(says(refusal([&] { bind(plan, buffers); }), {"workspace", "overlap"}));
  buffers.workspace = pointer(0x40000000);
  buffers.values.device = DeviceId{};
  EXPECT_TRUE(says(refusal([&] { bind(plan, buffers); }), {"values", "cpu", "cuda:0"}));
}

// ---- Where there is no GPU ----

class NoCudaDevice : public testing::Test {
 protected:
  void SetUp() override {
    if (cuda_device_count() > 0) GTEST_SKIP() << "this machine has a CUDA device";
  }
};

TEST_F(NoCudaDevice, IsSaidByEveryCallThatNeedsOne) {
  EXPECT_TRUE(says(why_no_cuda(), {"no CUDA device: "}));
  EXPECT_TRUE(says(refusal<DeviceError>([] { Device::cuda(); }), {"no CUDA device: "}));
  const TensorView input{nullptr, DType::f32, 0, 3, 3, kGpu};
  const MutableTensorView values{nullptr, DType::f32, 0, 2, 2, kGpu};
  const MutableTensorView indices{nullptr, DType::i64, 0, 2, 2, kGpu};
  EXPECT_TRUE(
      says(refusal<DeviceError>([&] { topk(input, 2, values, indices); }), {"no CUDA device: "}));
}

TEST_F(NoCudaDevice, IsSaidByRun) {
  BoundTopk bound;
  bound.plan = plan_topk(problem_of(DType::f32, 2, 1000, 5), kH100);
  EXPECT_TRUE(says(refusal<DeviceError>([&] { run(bound); }), {"no CUDA device"}));
}

}  // namespace
}  // namespace skim
