// The geometries that each algorithm of a GPU chooses, and what it refuses to be forced to.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "support/made_up_gpus.h"

namespace skim {
namespace {

using test::kH100;
using test::problem_of;
using test::says;
using PlanCudaGeometry = test::ForcedCudaPlan;

TEST_F(PlanCudaGeometry, RegisterSortTakesTheLeastShapeThatIsEnough) {
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

TEST_F(PlanCudaGeometry, RegisterSortRefusesWhatNoShapeHolds) {
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

TEST_F(PlanCudaGeometry, WarpMaximaTakesTheLeastShapeThatIsEnough) {
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

TEST_F(PlanCudaGeometry, WarpMaximaRefusesWhatNoShapeHolds) {
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

TEST_F(PlanCudaGeometry, ClusterMaximaSharesTheWantedOut) {
  forced_.algorithm = TopkAlgorithm::cluster_maxima;
  const auto geometry_of = [&](std::int64_t cols, std::int64_t k) {
    const CudaGeometry geometry =
        plan_topk(problem_of(DType::f16, 4, cols, k), kH100, forced_).cuda;
    return std::vector<int>{geometry.ctas, geometry.groups, geometry.wanted};
  };
  EXPECT_EQ(geometry_of(4096, 50), (std::vector{1, 128, 50}));
  EXPECT_EQ(geometry_of(50304, 50), (std::vector{8, 64, 15}));
  EXPECT_EQ(geometry_of(128256, 50), (std::vector{8, 64, 15}));
  EXPECT_EQ(geometry_of(262144, 50), (std::vector{16, 64, 10}));
  EXPECT_EQ(geometry_of(50304, 1), (std::vector{8, 64, 1}));
  forced_.ctas = 4;
  forced_.vectors = 8;
  EXPECT_EQ(geometry_of(50304, 50), (std::vector{4, 64, 25}));
  forced_.cta_threads = -3;
  problem_ = problem_of(DType::f16, 4, 50304, 50);
  EXPECT_TRUE(says(message(), {"cta_threads = -3"}));
}

TEST_F(PlanCudaGeometry, ClusterMaximaTakesMoreOfARowWithMoreRows) {
  forced_.algorithm = TopkAlgorithm::cluster_maxima;
  const auto shape_of = [&](std::int64_t rows, std::int64_t cols, std::int64_t k) {
    const CudaGeometry geometry =
        plan_topk(problem_of(DType::f16, rows, cols, k), kH100, forced_).cuda;
    return std::vector<int>{geometry.ctas, geometry.threads, geometry.vectors};
  };
  EXPECT_EQ(shape_of(12, 8192, 5), (std::vector{1, 512, 2}));
  EXPECT_EQ(shape_of(12, 16384, 5), (std::vector{8, 256, 2}));
  EXPECT_EQ(shape_of(13, 16384, 5), (std::vector{1, 512, 4}));
  EXPECT_EQ(shape_of(13, 16392, 5), (std::vector{8, 256, 4}));
  EXPECT_EQ(shape_of(4, 50304, 99), (std::vector{8, 256, 4}));
  EXPECT_EQ(shape_of(4, 50304, 100), (std::vector{8, 512, 2}));
  EXPECT_EQ(shape_of(48, 50304, 100), (std::vector{8, 256, 4}));
  EXPECT_EQ(shape_of(49, 50304, 99), (std::vector{2, 416, 8}));
  EXPECT_EQ(shape_of(49, 50304, 100), (std::vector{4, 224, 8}));
  EXPECT_EQ(shape_of(67, 8200, 50), (std::vector{1, 288, 4}));
  EXPECT_EQ(shape_of(396, 8192, 50), (std::vector{1, 512, 2}));
  EXPECT_EQ(shape_of(397, 8192, 50), (std::vector{1, 128, 8}));
  EXPECT_EQ(shape_of(397, 32768, 128), (std::vector{1, 256, 16}));
  EXPECT_EQ(shape_of(396, 32768, 100), (std::vector{4, 256, 4}));
  EXPECT_EQ(shape_of(397, 32768, 129), (std::vector{1, 256, 16}));
  EXPECT_EQ(shape_of(397, 16384, 129), (std::vector{1, 512, 4}));
  EXPECT_EQ(shape_of(67, 50304, 50), (std::vector{2, 416, 8}));
  EXPECT_EQ(shape_of(4, 128256, 50), (std::vector{8, 512, 4}));
  EXPECT_EQ(shape_of(66, 128256, 50), (std::vector{2, 512, 16}));
  EXPECT_EQ(shape_of(67, 128256, 50), (std::vector{4, 256, 16}));
  EXPECT_EQ(shape_of(1, 655360, 50), (std::vector{16, 256, 20}));
}

TEST_F(PlanCudaGeometry, ClusterMaximaRefusesWhatItCannotServe) {
  forced_.algorithm = TopkAlgorithm::cluster_maxima;
  problem_ = problem_of(DType::i32, 4, 50304, 50);
  EXPECT_TRUE(says(message(), {"cluster_maxima", "int32", "filter"}));
  problem_ = problem_of(DType::f16, 4, 50304, 257);
  EXPECT_TRUE(says(message(), {"cluster_maxima", "k = 257", "256", "filter"}));
  problem_ = problem_of(DType::f16, 4, 50304, 50);
  forced_.vectors = 1;
  EXPECT_TRUE(says(message(), {"vectors = 1", "cluster", "2, 4, 8, 16, 20"}));
  forced_.vectors = 2;
  EXPECT_TRUE(says(message(), {"4096 vectors", "6288", "filter"}));
  forced_.vectors = 16;
  forced_.cta_threads = 1024;
  EXPECT_TRUE(says(message(), {"cta_threads = 1024", "512"}));
  forced_.cta_threads.reset();
  forced_.vectors.reset();
  for (const int groups : {0, 4, 14, 63, 512}) {
    forced_.groups = groups;
    EXPECT_TRUE(says(message(), {"groups = " + std::to_string(groups), "256", "eighth"}));
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

TEST_F(PlanCudaGeometry, ClusterBucketsTakesFewerCtasWithMoreRows) {
  forced_.algorithm = TopkAlgorithm::cluster_buckets;
  const auto shape_of = [&](DType dtype, std::int64_t rows, std::int64_t cols, std::int64_t k) {
    const CudaGeometry geometry = plan_topk(problem_of(dtype, rows, cols, k), kH100, forced_).cuda;
    EXPECT_EQ(geometry.team, CtaTeam::cluster);
    return std::vector<int>{geometry.ctas, geometry.threads, geometry.vectors,
                            geometry.groups / geometry.threads, geometry.capacity};
  };
  EXPECT_EQ(shape_of(DType::f32, 1, 131072, 2048), (std::vector{16, 512, 4, 1, 288}));
  EXPECT_EQ(shape_of(DType::f32, 7, 32768, 2048), (std::vector{16, 512, 2, 1, 288}));
  EXPECT_EQ(shape_of(DType::f32, 1, 17000, 2048), (std::vector{16, 512, 2, 2, 288}));
  EXPECT_EQ(shape_of(DType::f32, 8, 65536, 1024), (std::vector{8, 512, 4, 1, 288}));
  EXPECT_EQ(shape_of(DType::f16, 15, 131072, 300), (std::vector{8, 512, 4, 1, 108}));
  EXPECT_EQ(shape_of(DType::f16, 16, 131072, 300), (std::vector{8, 256, 8, 1, 108}));
  EXPECT_EQ(shape_of(DType::f16, 45, 131072, 1024), (std::vector{8, 256, 8, 2, 288}));
  EXPECT_EQ(shape_of(DType::f16, 45, 131072, 1025), (std::vector{2, 512, 16, 4, 1058}));
  EXPECT_EQ(shape_of(DType::f16, 46, 131072, 300), (std::vector{2, 512, 16, 2, 332}));
  EXPECT_EQ(shape_of(DType::f16, 45, 65536, 512), (std::vector{4, 512, 4, 1, 288}));
  EXPECT_EQ(shape_of(DType::f32, 63, 32768, 2048), (std::vector{2, 1024, 4, 4, 2080}));
  EXPECT_EQ(shape_of(DType::bf16, 64, 131072, 2048), (std::vector{2, 512, 16, 4, 2080}));
  EXPECT_EQ(shape_of(DType::bf16, 67, 131072, 2048), (std::vector{4, 256, 16, 4, 1056}));
  EXPECT_EQ(shape_of(DType::f32, 64, 131072, 2048), (std::vector{8, 256, 16, 4, 544}));
  EXPECT_EQ(shape_of(DType::bf16, 1, 524288, 1), (std::vector{16, 512, 8, 1, 34}));
  TopkProblem ragged = problem_of(DType::f32, 1, 131072, 2048);
  ragged.has_row_lengths = true;
  EXPECT_EQ(plan_topk(ragged, kH100, forced_).cuda.groups, 4 * 512);
}

TEST_F(PlanCudaGeometry, ClusterBucketsRefusesWhatNoClusterHolds) {
  forced_.algorithm = TopkAlgorithm::cluster_buckets;
  problem_ = problem_of(DType::i32, 4, 50304, 500);
  EXPECT_TRUE(says(message(), {"cluster_buckets", "int32", "filter"}));
  problem_ = problem_of(DType::f16, 4, 50304, 2049);
  EXPECT_TRUE(says(message(), {"cluster_buckets", "k = 2049", "2048", "radix_select"}));
  problem_ = problem_of(DType::f32, 4, 524289, 500);
  EXPECT_TRUE(says(message(), {"131072 vectors", "131074", "filter"}));
  problem_ = problem_of(DType::f16, 4, 50304, 500);
  forced_.team = CtaTeam::grid;
  EXPECT_TRUE(says(message(), {"team = grid", "cluster_buckets", "cluster"}));
  forced_.team.reset();
  forced_.vectors = 10;
  EXPECT_TRUE(says(message(), {"vectors = 10", "cluster_buckets", "2, 4, 8, 16"}));
  forced_.vectors = 8;
  forced_.cta_threads = 1024;
  EXPECT_TRUE(says(message(), {"cta_threads = 1024", "768"}));
  forced_.vectors = 4;
  forced_.ctas = 3;
  EXPECT_TRUE(says(message(), {"ctas = 3", "power of two"}));
  forced_.ctas = 4;
  for (const int groups : {0, 1023, 3072, 8192}) {
    forced_.groups = groups;
    EXPECT_TRUE(says(message(), {"groups = " + std::to_string(groups), "1, 2 or 4", "1024"}));
  }
  forced_.groups.reset();
  forced_.capacity = 124;
  EXPECT_TRUE(says(message(), {"capacity = 124", "125", "4 CTAs", "k = 500"}));
  forced_.capacity = 4000;
  EXPECT_TRUE(says(message(), {"capacity = 4000", "shared memory", "lower"}));
  forced_.capacity.reset();
  forced_.lanes = 8;
  EXPECT_TRUE(says(message(), {"lanes = 8", "cluster_buckets", "whole CTA"}));
}

TEST_F(PlanCudaGeometry, SampleSelectFillsTheDevice) {
  forced_.algorithm = TopkAlgorithm::sample_select;
  const auto shape_of = [&](DType dtype, std::int64_t rows, std::int64_t cols, std::int64_t k) {
    const CudaGeometry geometry = plan_topk(problem_of(dtype, rows, cols, k), kH100, forced_).cuda;
    EXPECT_EQ(geometry.team, CtaTeam::grid);
    EXPECT_EQ(geometry.wanted, 0);
    return std::vector<int>{geometry.ctas, geometry.threads, geometry.sample_ctas};
  };
  EXPECT_EQ(shape_of(DType::f32, 1, 1 << 24, 64), (std::vector{264, 512, 16}));
  EXPECT_EQ(shape_of(DType::f32, 16, 1 << 20, 64), (std::vector{16, 512, 8}));
  EXPECT_EQ(shape_of(DType::f32, 4096, 1 << 20, 64), (std::vector{1, 512, 1}));
  EXPECT_EQ(shape_of(DType::f16, 1, 65536, 64), (std::vector{4, 512, 16}));
}

TEST_F(PlanCudaGeometry, SampleSelectRefusesWhatItCannotOrder) {
  forced_.algorithm = TopkAlgorithm::sample_select;
  problem_ = problem_of(DType::i32, 1, 1 << 20, 64);
  EXPECT_TRUE(says(message(), {"sample_select", "int32", "filter"}));
  problem_ = problem_of(DType::f32, 1, 1 << 20, 4097);
  EXPECT_TRUE(says(message(), {"sample_select", "k = 4097", "4096", "radix_select"}));
  problem_ = problem_of(DType::f32, 1, 1 << 20, 3000);
  problem_.sorted = false;
  EXPECT_TRUE(says(message(), {"sample_select", "k = 3000", "by index", "2048", "radix_select"}));
  problem_ = problem_of(DType::f32, 1, 1 << 20, 64);
  forced_.team = CtaTeam::cluster;
  EXPECT_TRUE(says(message(), {"team = cluster", "sample_select", "grid"}));
  forced_.team.reset();
  forced_.vectors = 8;
  EXPECT_TRUE(says(message(), {"vectors = 8", "sample_select", "4"}));
  forced_.vectors.reset();
  forced_.cta_threads = 1024;
  EXPECT_TRUE(says(message(), {"cta_threads = 1024", "512"}));
  forced_.cta_threads.reset();
  forced_.wanted = 2049;
  EXPECT_TRUE(says(message(), {"wanted = 2049", "2048"}));
  forced_.wanted.reset();
  forced_.sample_ctas = 3;
  EXPECT_TRUE(says(message(), {"sample_ctas = 3", "power of two", "16"}));
  forced_.sample_ctas.reset();
  forced_.capacity = 95;
  EXPECT_TRUE(says(message(), {"capacity = 95", "96", "k = 64"}));
  forced_.capacity = 20000;
  EXPECT_TRUE(says(message(), {"capacity = 20000", "shared memory", "lower"}));
}

TEST_F(PlanCudaGeometry, BucketSelectTakesACtaThatHoldsTheRow) {
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
  EXPECT_EQ(shape_of(DType::f16, 1, 512, 64), (std::vector{64, 1, 32}));
  EXPECT_EQ(shape_of(DType::f16, 1, 511, 64), (std::vector{64, 1, 256}));
  EXPECT_EQ(shape_of(DType::f16, 1, 100, 100), (std::vector{32, 1, 256}));
}

TEST_F(PlanCudaGeometry, BucketSelectRefusesWhatNoCtaHolds) {
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

}  // namespace
}  // namespace skim
