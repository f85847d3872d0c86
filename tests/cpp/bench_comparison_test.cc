// A run beside an old one: what is slower is found, what is noise is not.
#include "comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench_run.h"
#include "support/made_up_results.h"

namespace skim::bench {
namespace {

using testing::HasSubstr;
using testing::Not;

const Case kShape{1, 50304, 50, DType::f16};
const Case kOtherShape{4, 50304, 5, DType::f16};

SavedRun run_of(std::vector<PathResult> paths) {
  return test::run({test::cell(kShape, std::move(paths))});
}

TEST(BenchComparison, AlikeRunsHaveNothingToSay) {
  const SavedRun old = run_of({test::path("skim", 4.0), test::pytorch(30)});
  const Comparison comparison =
      compare_runs(old, run_of({test::path("skim", 4.1), test::pytorch(29.5)}));
  EXPECT_EQ(comparison.status, 0);
  EXPECT_THAT(comparison.text, HasSubstr("0 slower or wrong, 0 faster, 2 alike"));
  EXPECT_THAT(comparison.text, HasSubstr("(commit abc1234, 2026-11-22)"));
}

TEST(BenchComparison, ASlowerPathIsNamedWithBothTimes) {
  const SavedRun old = run_of({test::path("skim", 4.0), test::pytorch(30)});
  const Comparison comparison =
      compare_runs(old, run_of({test::path("skim", 4.4), test::pytorch(20)}));
  EXPECT_EQ(comparison.status, 1);
  EXPECT_THAT(comparison.text, HasSubstr("slower     skim at 1 x 50304, k 50, float16, normal"));
  EXPECT_THAT(comparison.text, HasSubstr("4.00 -> 4.40 us, 1.10x"));
  EXPECT_THAT(comparison.text, HasSubstr("faster     PyTorch"));
}

TEST(BenchComparison, NoiseIsThatOfBothRuns) {
  SavedRun old = run_of({test::path("skim", 4.0)});
  SavedRun now = run_of({test::path("skim", 4.8)});
  old.cases[0].paths[0].timing.spread = 0.15;
  now.cases[0].paths[0].timing.spread = 0.1;
  EXPECT_EQ(compare_runs(old, now).status, 0);
  now.cases[0].paths[0].timing.spread = 0.01;
  EXPECT_EQ(compare_runs(old, now).status, 1);
}

TEST(BenchComparison, APathThatBecameWrongCountsAsSlower) {
  const SavedRun old = run_of({test::path("skim", 4.0)});
  const Comparison wrong =
      compare_runs(old, run_of({test::failing("skim", Status::wrong, "row 3 rank 7")}));
  EXPECT_EQ(wrong.status, 1);
  EXPECT_THAT(wrong.text, HasSubstr("was right, now: row 3 rank 7"));
  EXPECT_EQ(compare_runs(run_of({test::failing("skim", Status::error, "x")}), old).status, 0);
}

TEST(BenchComparison, APathThatBecameWrongOnHardInputsCountsAsSlower) {
  SavedRun old = run_of({test::path("skim", 4.0)});
  SavedRun now = old;
  now.cases[0].paths[0].wrong_on = std::vector<std::string>{"masked_half"};
  EXPECT_EQ(compare_runs(old, now).status, 0) << "the old run did not try";
  old.cases[0].paths[0].wrong_on = std::vector<std::string>{};
  EXPECT_EQ(compare_runs(old, now).status, 1);
  EXPECT_THAT(compare_runs(old, now).text, HasSubstr("now wrong on masked_half"));
  old.cases[0].paths[0].wrong_on = now.cases[0].paths[0].wrong_on;
  EXPECT_EQ(compare_runs(old, now).status, 0) << "it was wrong before";
}

TEST(BenchComparison, WhatOneSideLacksIsNamed) {
  SavedRun old = run_of({test::path("skim", 4.0), test::pytorch(30), test::path("JAX", 50)});
  SavedRun now = run_of({test::path("skim", 4.0), test::path("QuACK", 3),
                         test::failing("JAX", Status::not_applicable, "needs jax")});
  old.cases.push_back(test::cell(kOtherShape, {test::path("skim", 3)}));
  const Comparison comparison = compare_runs(old, now);
  EXPECT_EQ(comparison.status, 0);
  for (const char* part : {"PyTorch was not measured in this run", "QuACK is not in the old run",
                           "JAX is N/A now, needs jax", "only in the old run: 4 x 50304, k 5"}) {
    EXPECT_THAT(comparison.text, HasSubstr(part));
  }
}

TEST(BenchComparison, AnotherMachineIsNotJudged) {
  const SavedRun old = run_of({test::path("skim", 4.0)});
  SavedRun now = run_of({test::path("skim", 8.0)});
  now.environment.gpu->name = "NVIDIA B200";
  const Comparison comparison = compare_runs(old, now);
  EXPECT_EQ(comparison.status, 2);
  EXPECT_THAT(comparison.text, HasSubstr("H100 80GB HBM3 then and NVIDIA B200 now"));
  EXPECT_THAT(comparison.text, Not(HasSubstr("slower")));
}

TEST(BenchComparison, AnotherDriverIsStated) {
  const SavedRun old = run_of({test::path("skim", 4.0)});
  SavedRun now = old;
  now.environment.gpu->driver = "590.2";
  EXPECT_THAT(compare_runs(old, now).text, HasSubstr("driver 580.1 and CUDA 13.0 then, 590.2"));
}

TEST(BenchComparison, NothingInCommonIsStatusTwo) {
  const SavedRun now = test::run({test::cell(kOtherShape, {test::path("skim", 4.0)})});
  const Comparison comparison = compare_runs(run_of({test::path("skim", 4.0)}), now);
  EXPECT_EQ(comparison.status, 2);
  EXPECT_THAT(comparison.text, HasSubstr("nothing to compare"));
}

// ---- the command ----

const std::vector<std::string> kMeasure = {"--device", "cpu",  "--batch", "1",
                                           "--vocab",  "3000", "--k",     "9",
                                           "--mode",   "hot",  "--paths", "skim,std::partial_sort",
                                           "--rounds", "5"};

class OldFile {
 public:
  // What this machine measures, after `change` was made to each time of std::partial_sort.
  template <class Change>
  explicit OldFile(Change change)
      : file_(testing::TempDir() + "skim_old_" + std::to_string(getpid()) + ".json") {
    nlohmann::json json = run_bench_json(kMeasure).json;
    for (nlohmann::json& path : json.at("cases").at(0).at("paths")) {
      path.at("timing").at("spread") = 10.0;  // this machine's own noise is not what is tested
      if (path.at("name") == "std::partial_sort") change(path);
    }
    std::ofstream(file_) << json.dump();
  }
  ~OldFile() { std::filesystem::remove(file_); }
  OldFile(const OldFile&) = delete;
  OldFile& operator=(const OldFile&) = delete;

  JsonRun compare() const {
    std::vector<std::string> arguments = kMeasure;
    arguments.insert(arguments.end(), {"--compare", file_});
    return run_bench_json(arguments);
  }

 private:
  std::string file_;
};

TEST(BenchCompareCommand, FindsAPlantedSlowerPath) {
  const OldFile old([](nlohmann::json& path) {
    nlohmann::json& timing = path.at("timing");
    timing.at("median_us") = timing.at("median_us").get<double>() / 100;
    timing.at("spread") = 0.01;
  });
  const JsonRun run = old.compare();
  EXPECT_EQ(run.status, 1) << run.out;
  EXPECT_THAT(run.out, HasSubstr("slower     std::partial_sort at 1 x 3000, k 9"));
  EXPECT_THAT(run.out, Not(HasSubstr("slower     skim")));
  EXPECT_EQ(run.path("skim").at("status"), "ok") << "--json works beside --compare";
}

TEST(BenchCompareCommand, DoesNotReportNoise) {
  const OldFile old([](nlohmann::json&) {});
  const JsonRun run = old.compare();
  EXPECT_EQ(run.status, 0) << run.out;
  EXPECT_THAT(run.out, HasSubstr("0 slower or wrong, 0 faster, 2 alike within the noise"));
}

TEST(BenchCompareCommand, RefusesBeforeItMeasures) {
  for (const std::vector<std::string>& more :
       {std::vector<std::string>{"--compare", "/nowhere.json"},
        {"--compare", "x.json", "--profile", "--device", "cuda"}}) {
    std::vector<std::string> arguments = {"bench", "--vocab", "3000"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const BenchRun run = run_skim(arguments);
    EXPECT_EQ(run.status, 2);
    EXPECT_THAT(run.out, Not(HasSubstr("std::partial_sort")));
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
  }
}

}  // namespace
}  // namespace skim::bench
