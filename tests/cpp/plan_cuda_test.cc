// What plan_topk chooses for made-up GPUs, what it refuses to be forced to, and what is said where
// there is no GPU. Needs none.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "plan/override.h"
#include "skim/topk.h"
#include "support/cuda_variants.h"
#include "support/refusal.h"

namespace skim {
namespace {

using test::refusal;
using test::says;

constexpr DeviceId kGpu{DeviceKind::cuda, 0};

Device made_up(const char* name, int compute_capability, int multiprocessors,
               std::int64_t shared_bytes, int cluster_ctas, std::int64_t l2_mebibytes) {
  Device device;
  device.id = kGpu;
  device.name = name;
  device.compute_capability = compute_capability;
  device.multiprocessors = multiprocessors;
  device.shared_bytes = shared_bytes;
  device.cluster_ctas = cluster_ctas;
  device.l2_bytes = l2_mebibytes << 20;
  return device;
}

const Device kA100 = made_up("A100", 80, 108, 166912, 1, 40);
const Device kH100 = made_up("H100", 90, 132, 232448, 16, 50);
const Device kB200 = made_up("B200", 100, 148, 232448, 16, 126);

TopkRequest request_of(DType dtype, std::int64_t rows, std::int64_t cols, std::int64_t k) {
  TopkRequest request;
  request.input = {nullptr, dtype, rows, cols, cols, kGpu};
  request.k = k;
  return request;
}

TopkProblem problem_of(DType dtype, std::int64_t rows, std::int64_t cols, std::int64_t k) {
  return make_problem(request_of(dtype, rows, cols, k));
}

class PlanCuda : public testing::TestWithParam<Device> {
 protected:
  static std::vector<TopkProblem> many_problems() {
    std::vector<TopkProblem> problems;
    for (const DType dtype : kAllDTypes) {
      for (const std::int64_t rows : {1, 2, 31, 132, 5000, 1 << 20}) {
        for (const std::int64_t cols :
             {std::int64_t{1}, std::int64_t{17}, std::int64_t{1000}, std::int64_t{50304},
              std::int64_t{151936}, std::int64_t{1} << 24, kMaxColumns}) {
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
      // The others were not measured on a GPU yet.
      EXPECT_TRUE(plan.algorithm == TopkAlgorithm::group_maxima ||
                  plan.algorithm == TopkAlgorithm::filter ||
                  plan.algorithm == TopkAlgorithm::radix_select)
          << to_string(plan);
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

INSTANTIATE_TEST_SUITE_P(MadeUp, PlanCuda, testing::Values(kA100, kH100, kB200),
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

class PlanCudaForced : public testing::Test {
 protected:
  std::string message(const Device& device = kH100) {
    return refusal([&] { plan_topk(problem_, device, forced_); });
  }

  TopkProblem problem_ = problem_of(DType::f32, 2, 50257, 50);
  PlanOverride forced_;
};

TEST_F(PlanCudaForced, TakesOverWhatIsForced) {
  forced_.algorithm = TopkAlgorithm::group_maxima;
  forced_.team = CtaTeam::cluster;
  forced_.ctas = 16;
  forced_.cta_threads = 512;
  forced_.vectors = 4;
  forced_.groups_per_warp = 2;
  forced_.writers = 1;
  forced_.capacity = 77;
  const TopkPlan plan = plan_topk(problem_, kH100, forced_);
  EXPECT_EQ(plan.algorithm, TopkAlgorithm::group_maxima);
  CudaGeometry expected;
  expected.team = CtaTeam::cluster;
  expected.ctas = 16;
  expected.threads = 512;
  expected.vectors = 4;
  expected.groups_per_warp = 2;
  expected.writers = 1;
  expected.capacity = 77;
  EXPECT_EQ(plan.cuda, expected);
}

TEST_F(PlanCudaForced, RefusesWritersThatAreNeitherOneNorAll) {
  forced_.algorithm = TopkAlgorithm::group_maxima;
  forced_.team = CtaTeam::cluster;
  forced_.ctas = 8;
  forced_.cta_threads = 512;
  for (const int writers : {-1, 0, 2, 7, 16}) {
    forced_.writers = writers;
    EXPECT_TRUE(says(message(), {"writers = " + std::to_string(writers), "8"}));
  }
}

TEST_F(PlanCudaForced, RefusesAClusterWhereThereIsNone) {
  forced_.team = CtaTeam::cluster;
  EXPECT_TRUE(says(message(kA100), {"team = cluster", "9.0", "8.0", "grid"}));
}

TEST_F(PlanCudaForced, RefusesNumbersOfCtasThatNoClusterHas) {
  forced_.team = CtaTeam::cluster;
  for (const int ctas : {-1, 0, 3, 6, 17, 32}) {
    forced_.ctas = ctas;
    EXPECT_TRUE(says(message(), {"ctas = " + std::to_string(ctas)}));
  }
}

TEST_F(PlanCudaForced, RefusesThreadsThatNoCtaHas) {
  for (const auto algorithm :
       {TopkAlgorithm::group_maxima, TopkAlgorithm::filter, TopkAlgorithm::radix_select}) {
    forced_.algorithm = algorithm;
    for (const int threads : {-32, 0, 1, 16, 33, 96, 2048}) {
      forced_.cta_threads = threads;
      EXPECT_TRUE(says(message(), {"cta_threads = " + std::to_string(threads)}));
    }
  }
}

TEST_F(PlanCudaForced, RefusesAnAlgorithmForWhatItCannotServe) {
  forced_.algorithm = TopkAlgorithm::group_maxima;
  problem_ = problem_of(DType::f64, 2, 1000, 50);
  EXPECT_TRUE(says(message(), {"group_maxima", "float64"}));
  problem_ = problem_of(DType::f32, 2, 1 << 24, 50);
  EXPECT_TRUE(says(message(), {"16777216 columns", "filter"}) || says(message(), {"vectors"}));
  forced_.algorithm = TopkAlgorithm::filter;
  problem_ = problem_of(DType::f32, 2, 1 << 20, 2049);
  EXPECT_TRUE(says(message(), {"filter", "2049", "2048"}));
}

TEST_F(PlanCudaForced, RefusesMoreCtasThanAGridHas) {
  forced_.team = CtaTeam::grid;
  for (const int ctas : {-1, 0, 65536}) {
    forced_.ctas = ctas;
    EXPECT_TRUE(says(message(), {"ctas = " + std::to_string(ctas), "1..65535"}));
  }
}

TEST_F(PlanCudaForced, RefusesAClusterOfAnAlgorithmThatHasNone) {
  forced_.algorithm = TopkAlgorithm::radix_select;
  forced_.team = CtaTeam::cluster;
  EXPECT_TRUE(says(message(), {"team = cluster", "radix_select", "grid"}));
}

TEST_F(PlanCudaForced, RefusesAnAlgorithmThatThereIsNot) {
  forced_.algorithm = static_cast<TopkAlgorithm>(200);
  EXPECT_TRUE(says(message(), {"algorithm = unknown", "group_maxima", "filter", "radix_select"}));
}

TEST_F(PlanCudaForced, RegisterSortTakesTheLeastShapeThatIsEnough) {
  forced_.algorithm = TopkAlgorithm::register_sort;
  const auto geometry_of = [&](DType dtype, std::int64_t cols, std::int64_t k) {
    const CudaGeometry geometry = plan_topk(problem_of(dtype, 9, cols, k), kH100, forced_).cuda;
    return std::vector<int>{geometry.lanes, geometry.vectors, geometry.capacity};
  };
  EXPECT_EQ(geometry_of(DType::f32, 256, 8), (std::vector{8, 8, 8}));
  EXPECT_EQ(geometry_of(DType::f32, 257, 8), (std::vector{8, 16, 8}));
  EXPECT_EQ(geometry_of(DType::f32, 256, 9), (std::vector{8, 8, 16}));
  EXPECT_EQ(geometry_of(DType::bf16, 256, 8), (std::vector{8, 4, 8}));
  EXPECT_EQ(geometry_of(DType::f16, 1024, 33), (std::vector{8, 16, 64}));
  EXPECT_EQ(geometry_of(DType::f16, 256, 128), (std::vector{8, 4, 128}));
}

TEST_F(PlanCudaForced, RegisterSortRefusesWhatNoShapeHolds) {
  forced_.algorithm = TopkAlgorithm::register_sort;
  problem_ = problem_of(DType::i16, 9, 100, 8);
  EXPECT_TRUE(says(message(), {"register_sort", "int16", "filter"}));
  problem_ = problem_of(DType::f32, 9, 1025, 8);
  EXPECT_TRUE(says(message(), {"register_sort", "k = 8", "1025", "1024 columns", "filter"}));
  problem_ = problem_of(DType::bf16, 9, 256, 129);
  EXPECT_TRUE(says(message(), {"register_sort", "k = 129", "256", "capacity 128"}));
  problem_ = problem_of(DType::bf16, 9, 256, 8);
  forced_.capacity = 24;
  EXPECT_TRUE(says(message(), {"capacity = 24", "not compiled", "capacity 16"}));
  forced_.capacity = 8;
  forced_.vectors = 2;
  EXPECT_TRUE(says(message(), {"vectors = 2", "128 columns", "256"}));
  forced_.vectors.reset();
  forced_.lanes = 32;
  EXPECT_TRUE(says(message(), {"lanes = 32", "8 lanes"}));
  forced_.lanes.reset();
  forced_.ctas = 2;
  EXPECT_TRUE(says(message(), {"ctas = 2", "register_sort"}));
  forced_.ctas.reset();
  forced_.cta_threads = 256;
  EXPECT_TRUE(says(message(), {"cta_threads = 256", "32..128"}));
}

TEST_F(PlanCudaForced, WarpMaximaTakesTheLeastShapeThatIsEnough) {
  forced_.algorithm = TopkAlgorithm::warp_maxima;
  const auto geometry_of = [&](DType dtype, std::int64_t cols, std::int64_t k) {
    const CudaGeometry geometry = plan_topk(problem_of(dtype, 9, cols, k), kH100, forced_).cuda;
    return std::vector<int>{geometry.lanes, geometry.vectors, geometry.capacity};
  };
  EXPECT_EQ(geometry_of(DType::f16, 1, 1), (std::vector{32, 2, 64}));
  EXPECT_EQ(geometry_of(DType::f16, 1024, 32), (std::vector{32, 4, 64}));
  EXPECT_EQ(geometry_of(DType::f16, 1025, 32), (std::vector{32, 8, 64}));
  EXPECT_EQ(geometry_of(DType::bf16, 1024, 33), (std::vector{32, 4, 128}));
  EXPECT_EQ(geometry_of(DType::bf16, 4096, 128), (std::vector{32, 16, 256}));
  EXPECT_EQ(geometry_of(DType::f32, 1024, 64), (std::vector{32, 8, 128}));
  EXPECT_EQ(geometry_of(DType::f32, 256, 65), (std::vector{32, 4, 256}));
}

TEST_F(PlanCudaForced, WarpMaximaRefusesWhatNoShapeHolds) {
  forced_.algorithm = TopkAlgorithm::warp_maxima;
  problem_ = problem_of(DType::f64, 9, 100, 8);
  EXPECT_TRUE(says(message(), {"warp_maxima", "float64", "filter"}));
  problem_ = problem_of(DType::f32, 9, 2049, 8);
  EXPECT_TRUE(says(message(), {"vectors = 16", "2048 columns", "2049", "filter"}));
  problem_ = problem_of(DType::bf16, 9, 2048, 129);
  EXPECT_TRUE(says(message(), {"warp_maxima", "k = 129", "128", "filter"}));
  problem_ = problem_of(DType::bf16, 9, 1024, 65);
  forced_.capacity = 128;
  EXPECT_TRUE(says(message(), {"capacity = 128", "64 results", "k = 65"}));
  forced_.capacity = 96;
  EXPECT_TRUE(says(message(), {"capacity = 96", "not compiled", "64, 128, 256"}));
  problem_ = problem_of(DType::bf16, 9, 300, 65);
  forced_.capacity = 256;
  forced_.vectors = 2;
  EXPECT_TRUE(says(message(), {"capacity = 256", "vectors = 2", "not compiled"}));
  forced_.vectors = 3;
  EXPECT_TRUE(says(message(), {"vectors = 3", "not compiled", "2, 4, 8, 16"}));
  forced_.vectors.reset();
  forced_.lanes = 16;
  EXPECT_TRUE(says(message(), {"lanes = 16", "32"}));
  forced_.lanes.reset();
  forced_.ctas = 2;
  EXPECT_TRUE(says(message(), {"ctas = 2", "warp_maxima"}));
  forced_.ctas.reset();
  forced_.cta_threads = 256;
  EXPECT_TRUE(says(message(), {"cta_threads = 256", "32..128"}));
}

TEST_F(PlanCudaForced, ClusterMaximaSharesTheWantedOut) {
  forced_.algorithm = TopkAlgorithm::cluster_maxima;
  const auto geometry_of = [&](std::int64_t cols, std::int64_t k) {
    const CudaGeometry geometry =
        plan_topk(problem_of(DType::f16, 4, cols, k), kH100, forced_).cuda;
    return std::vector<int>{geometry.ctas, geometry.groups, geometry.wanted};
  };
  EXPECT_EQ(geometry_of(4096, 50), (std::vector{1, 128, 50}));
  EXPECT_EQ(geometry_of(50304, 50), (std::vector{8, 64, 15}));
  EXPECT_EQ(geometry_of(128256, 50), (std::vector{16, 64, 10}));
  EXPECT_EQ(geometry_of(50304, 1), (std::vector{8, 64, 1}));
  forced_.ctas = 4;
  forced_.vectors = 8;
  EXPECT_EQ(geometry_of(50304, 50), (std::vector{4, 64, 25}));
  forced_.cta_threads = -3;
  problem_ = problem_of(DType::f16, 4, 50304, 50);
  EXPECT_TRUE(says(message(), {"cta_threads = -3"}));
}

TEST_F(PlanCudaForced, ClusterMaximaRefusesWhatItCannotServe) {
  forced_.algorithm = TopkAlgorithm::cluster_maxima;
  problem_ = problem_of(DType::i32, 4, 50304, 50);
  EXPECT_TRUE(says(message(), {"cluster_maxima", "int32", "filter"}));
  problem_ = problem_of(DType::f16, 4, 50304, 257);
  EXPECT_TRUE(says(message(), {"cluster_maxima", "k = 257", "256", "filter"}));
  problem_ = problem_of(DType::f16, 4, 50304, 50);
  forced_.vectors = 1;
  EXPECT_TRUE(says(message(), {"vectors = 1", "cluster", "2, 4, 8, 10"}));
  forced_.vectors = 2;
  EXPECT_TRUE(says(message(), {"4096 vectors", "6288", "filter"}));
  forced_.vectors.reset();
  for (const int groups : {0, 4, 63, 512}) {
    forced_.groups = groups;
    EXPECT_TRUE(says(message(), {"groups = " + std::to_string(groups), "8 to", "256"}));
  }
  forced_.groups.reset();
  forced_.wanted = 0;
  EXPECT_TRUE(says(message(), {"wanted = 0", "at least 1"}));
  forced_.wanted.reset();
  forced_.capacity = 49;
  EXPECT_TRUE(says(message(), {"capacity = 49", "k = 50"}));
  forced_.capacity.reset();
  forced_.lanes = 8;
  EXPECT_TRUE(says(message(), {"lanes = 8", "cluster_maxima", "whole CTA"}));
}

TEST_F(PlanCudaForced, BucketSelectTakesACtaThatHoldsTheRow) {
  forced_.algorithm = TopkAlgorithm::bucket_select;
  const auto shape_of = [&](DType dtype, std::int64_t rows, std::int64_t cols, std::int64_t k) {
    const CudaGeometry geometry = plan_topk(problem_of(dtype, rows, cols, k), kH100, forced_).cuda;
    EXPECT_EQ(geometry.ctas, 1);
    return std::vector<int>{geometry.threads, geometry.vectors, geometry.groups_per_warp};
  };
  EXPECT_EQ(shape_of(DType::f32, 1, 1024, 256), (std::vector{256, 1, 16}));
  EXPECT_EQ(shape_of(DType::f32, 256, 1024, 256), (std::vector{128, 2, 32}));
  EXPECT_EQ(shape_of(DType::bf16, 4096, 1024, 128), (std::vector{32, 4, 64}));
  EXPECT_EQ(shape_of(DType::f32, 1, 16384, 2048), (std::vector{512, 8, 64}));
  EXPECT_EQ(shape_of(DType::f16, 1, 100, 100), (std::vector{32, 1, 32}));
}

TEST_F(PlanCudaForced, BucketSelectRefusesWhatNoCtaHolds) {
  forced_.algorithm = TopkAlgorithm::bucket_select;
  problem_ = problem_of(DType::i32, 9, 100, 8);
  EXPECT_TRUE(says(message(), {"bucket_select", "int32", "filter"}));
  problem_ = problem_of(DType::f32, 9, 8192, 2049);
  EXPECT_TRUE(says(message(), {"bucket_select", "k = 2049", "2048", "radix_select"}));
  problem_ = problem_of(DType::f32, 9, 16385, 8);
  EXPECT_TRUE(says(message(), {"4096 vectors", "4098", "filter"}));
  problem_ = problem_of(DType::bf16, 9, 4096, 256);
  for (const int vectors : {0, 3, 8}) {
    forced_.vectors = vectors;
    EXPECT_TRUE(says(message(), {"vectors = " + std::to_string(vectors), "1..4", "bfloat16"}));
  }
  forced_.vectors = 2;
  for (const int groups : {0, 1, 3, 128}) {
    forced_.groups_per_warp = groups;
    EXPECT_TRUE(says(message(), {"groups_per_warp = " + std::to_string(groups), "2..64"}));
  }
  forced_.groups_per_warp.reset();
  forced_.lanes = 32;
  EXPECT_TRUE(says(message(), {"lanes = 32", "whole CTA"}));
  forced_.lanes.reset();
  forced_.ctas = 2;
  EXPECT_TRUE(says(message(), {"ctas = 2", "bucket_select"}));
  forced_.ctas.reset();
  forced_.cta_threads = 1024;
  EXPECT_TRUE(says(message(), {"cta_threads = 1024", "32..512"}));
}

TEST_F(PlanCudaForced, RefusesToSelectNothingFromSomething) {
  forced_.algorithm = TopkAlgorithm::nothing;
  EXPECT_TRUE(says(message(), {"algorithm = nothing"}));
}

TEST_F(PlanCudaForced, RefusesVectorsAndGroupsThatAreNotCompiled) {
  forced_.algorithm = TopkAlgorithm::group_maxima;
  forced_.vectors = 3;
  EXPECT_TRUE(says(message(), {"vectors = 3"}));
  forced_.vectors.reset();
  for (const int groups : {0, 3, 64}) {
    forced_.groups_per_warp = groups;
    EXPECT_TRUE(says(message(), {"groups_per_warp = " + std::to_string(groups)}));
  }
}

TEST_F(PlanCudaForced, RefusesACapacityThatCannotHoldKOrDoesNotFit) {
  for (const auto algorithm : {TopkAlgorithm::group_maxima, TopkAlgorithm::filter}) {
    forced_.algorithm = algorithm;
    for (const int capacity : {-1, 0, 49, 1 << 20, 1 << 30}) {
      forced_.capacity = capacity;
      EXPECT_TRUE(says(message(), {"capacity = " + std::to_string(capacity)}));
    }
  }
}

TEST_F(PlanCudaForced, RefusesAProblemOfAnotherDevice) {
  problem_.device = DeviceId{};
  EXPECT_TRUE(says(message(), {"cpu", "cuda:0"}));
}

// Binding needs no GPU: it looks at pointers, not at what is behind them.
TEST(BindCuda, ChecksTheMemoryOfAGpu) {
  const auto pointer = [](std::uintptr_t address) { return reinterpret_cast<void*>(address); };
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
