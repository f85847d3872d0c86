// `skim crossover`: plans and shapes as text, which plan is best where, and what is said of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "bench_run.h"
#include "crossover/boundaries.h"
#include "crossover/crossover.h"
#include "known_gpus.h"
#include "skim/device.h"
#include "skim/error.h"

namespace skim::bench {
namespace {

using testing::HasSubstr;

template <class Action>
std::string refusal_of(const Action& action) {
  try {
    action();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Crossover, PlansAreReadFromText) {
  const auto plans = parse_plans(
      "group_maxima  team=cluster ctas=8 cta_threads=256 vectors=4 wanted=9; filter;plan");
  ASSERT_EQ(plans.size(), 3U);
  EXPECT_EQ(plans[0].text, "group_maxima team=cluster ctas=8 cta_threads=256 vectors=4 wanted=9");
  EXPECT_EQ(plans[0].forced.algorithm, TopkAlgorithm::group_maxima);
  EXPECT_EQ(plans[0].forced.team, CtaTeam::cluster);
  EXPECT_EQ(plans[0].forced.ctas, 8);
  EXPECT_EQ(plans[0].forced.cta_threads, 256);
  EXPECT_EQ(plans[0].forced.vectors, 4);
  EXPECT_EQ(plans[0].forced.wanted, 9);
  EXPECT_FALSE(plans[0].forced.capacity);
  EXPECT_EQ(plans[1].forced.algorithm, TopkAlgorithm::filter);
  EXPECT_EQ(plans[2].text, "plan");
  EXPECT_FALSE(plans[2].forced.algorithm);
}

TEST(Crossover, ShapesAreReadFromText) {
  const auto shapes = parse_shapes("4096x1024:k32:bf16,1x7:k2:float64:zipf,3x9:k1:f32:real");
  ASSERT_EQ(shapes.size(), 3U);
  EXPECT_EQ(to_string(shapes[0]), "4096 x 1024, k 32, bfloat16, normal");
  EXPECT_EQ(to_string(shapes[1]), "1 x 7, k 2, float64, zipf");
  EXPECT_EQ(to_string(shapes[2]), "3 x 9, k 1, float32, real");
}

TEST(Crossover, WhatCannotBeReadIsNamed) {
  EXPECT_THAT(refusal_of([] { (void)parse_plans("filter loops=4"); }),
              HasSubstr("'loops=4' in 'filter loops=4', but a plan is made of: plan, "));
  EXPECT_THAT(refusal_of([] { (void)parse_plans("filter ctas=four"); }), HasSubstr("'ctas=four'"));
  EXPECT_THAT(refusal_of([] { (void)parse_plans("filter; ;plan"); }), HasSubstr("without words"));
  for (const char* shape : {"4096", "4x5", "4x5:32:f32", "x5:k2:f32", "4x5:k2:f32:zipf:more"}) {
    EXPECT_THAT(refusal_of([&] { (void)parse_shapes(shape); }), HasSubstr("ROWSxCOLS:kK:DTYPE"))
        << shape;
  }
  EXPECT_THAT(refusal_of([] { (void)parse_shapes("4x5:k2:f8"); }), HasSubstr("'f8'"));
  EXPECT_THAT(refusal_of([] { (void)parse_shapes("4x5:k2:f32:gaussian"); }),
              HasSubstr("'gaussian'"));
}

// A boundary whose plans refuse every shape measures nothing.
TEST(Crossover, EveryBoundaryHasPlansThatServeIt) {
  const Device h100 = known_gpu("h100");
  std::set<std::string> names;
  for (const Boundary& boundary : tuned_boundaries()) {
    EXPECT_TRUE(names.insert(boundary.name + to_string(boundary.shapes.front())).second)
        << boundary.name << " is there twice";
    EXPECT_GE(boundary.shapes.size(), 2U) << boundary.name;
    for (const ForcedPlan& plan : boundary.plans) {
      int serves = 0;
      std::string refusal;
      for (const Case& shape : boundary.shapes) {
        try {
          (void)plan_of(shape, h100, 1, plan.forced);
          ++serves;
        } catch (const InvalidRequest& error) {
          refusal = error.what();
        }
      }
      EXPECT_GE(serves, 2) << boundary.name << ", " << plan.text << ": " << refusal;
    }
  }
}

TEST(Crossover, BoundariesAreChosenByTheStartOfTheirNames) {
  const std::string first = tuned_boundaries().front().name;
  EXPECT_GE(boundaries_named({first.substr(0, 6)}).size(), 1U);
  EXPECT_THAT(refusal_of([] { (void)boundaries_named({"kNothing"}); }),
              HasSubstr("'kNothing', which begins none of: " + first));
}

CrossoverCell cell(const std::string& plan, double us, bool chosen = false) {
  CrossoverCell made;
  made.plan = plan;
  made.chosen = chosen;
  if (us == 0) made.refusal = "forced " + plan + " does not serve it";
  made.result.timing.median_us = us;
  return made;
}

// Times of plans A, B and C (0: refused) for k = 8, 16, 24, ...; the one numbered `chosen` is the
// plan's own.
Crossover made_up(const std::vector<std::vector<double>>& times, std::size_t chosen = 0) {
  Crossover crossover{{"kLimit = 16", Axis::k, {}, {}}, {}};
  for (std::size_t plan = 0; plan < times.front().size(); ++plan) {
    crossover.boundary.plans.push_back({"filter", {}});
  }
  for (const std::vector<double>& row : times) {
    CrossoverShape shape{{1, 1000, static_cast<std::int64_t>(crossover.shapes.size() + 1) * 8}, {}};
    for (std::size_t plan = 0; plan < row.size(); ++plan) {
      shape.cells.push_back(cell("filter", row[plan], plan == chosen));
    }
    crossover.boundary.shapes.push_back(shape.bench_case);
    crossover.shapes.push_back(shape);
  }
  return crossover;
}

TEST(Crossover, TheSpansLoseLeast) {
  const auto spans = best_spans(made_up({{1, 2}, {2, 2.5}, {4, 3}, {8, 3}}));
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_EQ(spans[0].plan, 0U);
  EXPECT_EQ(spans[0].last, 1U);
  EXPECT_EQ(spans[1].plan, 1U);
  EXPECT_EQ(spans[1].first, 2U);
  EXPECT_EQ(spans[1].last, 3U);
}

TEST(Crossover, AStrayWinDoesNotMoveTheBoundary) {
  const auto spans = best_spans(made_up({{1, 1.01}, {1.01, 1}, {1, 1.5}, {2, 1}, {2, 1}}));
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_EQ(spans[0].last, 2U);
}

TEST(Crossover, PlansComeInTheirOrder) {
  EXPECT_EQ(best_spans(made_up({{2, 1, 9}, {1, 2, 9}})).size(), 1U);
  const auto three = best_spans(made_up({{1, 2, 9}, {2, 1, 9}, {3, 2, 1}}));
  ASSERT_EQ(three.size(), 3U);
  EXPECT_EQ(three[2].plan, 2U);
}

TEST(Crossover, ARefusedShapeIsNobodys) {
  const auto spans = best_spans(made_up({{1, 2}, {0, 2}}));
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_TRUE(best_spans(made_up({{1, 2}, {0, 0}})).empty());
}

TEST(Crossover, TheLossIsThatOfThePlansOwnChoice) {
  const auto loss = loss_of_choice(made_up({{1, 2}, {3, 2}, {2, 2}}));
  ASSERT_TRUE(loss);
  EXPECT_DOUBLE_EQ(loss->ratio, 1.5);
  EXPECT_EQ(loss->shape, 1U);
}

TEST(Crossover, TheTableSaysWhoWinsAndWhereTheBoundaryShouldBe) {
  const std::string text = text_of(made_up({{1, 2}, {0, 2}, {4, 3}}, 1));
  EXPECT_THAT(text, HasSubstr("kLimit = 16\n  A  filter\n  B  filter\n"));
  EXPECT_THAT(text, HasSubstr("A, 2.00x before B"));
  EXPECT_THAT(text, HasSubstr("best     A to k 8, B from k 16"));
  EXPECT_THAT(text, HasSubstr("* loses  2.00x at most, on 1 x 1000, k 8"));
  EXPECT_THAT(text, HasSubstr("A: forced filter does not serve it (1 x 1000, k 16"));
}

TEST(Crossover, WithoutAGpuTheBoundariesSayWhy) {
  if (cuda_device_count() > 0) GTEST_SKIP() << "there is a GPU";
  EXPECT_THAT(run_skim({"crossover"}).err, HasSubstr(why_no_cuda()));
  EXPECT_THAT(run_skim({"crossover", "--device", "cuda"}).err, HasSubstr(why_no_cuda()));
}

TEST(Crossover, OptionsThatContradictAreRefused) {
  EXPECT_THAT(run_skim({"crossover", "--shapes", "1x5:k1:f32"}).err, HasSubstr("without --plans"));
  EXPECT_THAT(run_skim({"crossover", "--plans", "filter"}).err, HasSubstr("without --shapes"));
  EXPECT_THAT(
      run_skim({"crossover", "--device", "cpu", "--shapes", "1x5:k6:f32", "--plans", "plan"}).err,
      HasSubstr("--k is 6 but must be in 1..5"));
}

TEST(Crossover, OnACpuPlansAreCheckedTimedAndWritten) {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("skim_crossover_" + std::to_string(getpid()));
  const BenchRun run = run_skim({"crossover", "--device", "cpu", "--rounds", "2", "--json",
                                 file.string(), "--shapes", "2x5000:k5:f32,1x64:k64:int8",
                                 "--plans", "group_maxima; filter; radix_select"});
  const auto json = nlohmann::json::parse(std::ifstream(file), nullptr, false);
  std::filesystem::remove(file);
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("radix_select is not one of the CPU"));
  ASSERT_FALSE(json.is_discarded());
  EXPECT_EQ(json.at("kind"), "crossover");
  EXPECT_THAT(json.at("environment").at("command").get<std::string>(),
              HasSubstr("--plans 'group_maxima; filter; radix_select'"));
  const auto& plans = json.at("crossovers").at(0).at("shapes").at(0).at("plans");
  EXPECT_EQ(plans.at(0).at("status"), "ok");
  EXPECT_GT(plans.at(0).at("timing").at("median_us"), 0);
  EXPECT_TRUE(plans.at(0).at("chosen"));
  EXPECT_THAT(plans.at(2).at("refusal").get<std::string>(), HasSubstr("radix_select"));
}

}  // namespace
}  // namespace skim::bench
