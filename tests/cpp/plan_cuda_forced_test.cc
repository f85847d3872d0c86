// What plan_topk takes over and refuses when a plan is forced on it, whatever the algorithm.
#include <gtest/gtest.h>

#include <string>

#include "support/made_up_gpus.h"

namespace skim {
namespace {

using test::kA100;
using test::kH100;
using test::problem_of;
using test::says;
using PlanCudaForced = test::ForcedCudaPlan;

TEST_F(PlanCudaForced, TakesOverWhatIsForced) {
  forced_.algorithm = TopkAlgorithm::group_maxima;
  forced_.team = CtaTeam::grid;
  forced_.ctas = 16;
  forced_.cta_threads = 512;
  forced_.vectors = 4;
  forced_.groups_per_warp = 2;
  forced_.capacity = 77;
  const TopkPlan plan = plan_topk(problem_, kH100, forced_);
  EXPECT_EQ(plan.algorithm, TopkAlgorithm::group_maxima);
  CudaGeometry expected;
  expected.team = CtaTeam::grid;
  expected.ctas = 16;
  expected.threads = 512;
  expected.vectors = 4;
  expected.groups_per_warp = 2;
  expected.capacity = 77;
  EXPECT_EQ(plan.cuda, expected);
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
  forced_.team = CtaTeam::cluster;
  for (const auto algorithm : {TopkAlgorithm::radix_select, TopkAlgorithm::group_maxima}) {
    forced_.algorithm = algorithm;
    EXPECT_TRUE(says(message(), {"team = cluster", to_string(algorithm), "grid"}));
  }
}

TEST_F(PlanCudaForced, RefusesAnAlgorithmThatThereIsNot) {
  forced_.algorithm = static_cast<TopkAlgorithm>(200);
  EXPECT_TRUE(says(message(), {"algorithm = unknown", "group_maxima", "filter", "radix_select"}));
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

}  // namespace
}  // namespace skim
