// `skim cliffs`: which neighbours are compared, what counts as a cliff, and what is written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "bench_run.h"
#include "cliffs/cliffs.h"
#include "skim/device.h"

namespace skim::bench {
namespace {

using testing::HasSubstr;

// 1 row of bytes to read for two of results: the bytes are nearly those of the columns.
CliffRun made_up(const std::vector<CliffMatrix>& matrices) {
  CliffRun run;
  run.grid.rows = {1, 2};
  run.grid.cols = {1000, 1001, 2000};
  run.grid.ks = {1, 8};
  run.matrices = matrices;
  return run;
}

TEST(Cliffs, NeighboursDifferByOneStepInOneOfThree) {
  const Neighbours found = compare_neighbours(made_up({{1, 1000, 1.0, {{1, 5, 0}, {8, 5, 0}}},
                                                       {2, 1000, 1.0, {{1, 5, 0}, {8, 5, 0}}},
                                                       {1, 1001, {}, {{1, 5, 0}, {8, 5, 0}}},
                                                       {1, 2000, 1.0, {{1, 5, 0}}}}));
  // In k 3, in rows 2, in columns 2 + 1.
  EXPECT_EQ(found.compared, 8U);
  EXPECT_TRUE(found.cliffs.empty());
}

TEST(Cliffs, ACliffIsWhatBytesDoNotExplain) {
  const Neighbours found = compare_neighbours(made_up(
      {{1, 1000, {}, {{1, 5.0, 0}}}, {1, 1001, {}, {{1, 7.6, 0}}}, {1, 2000, {}, {{1, 15.1, 0}}}}));
  ASSERT_EQ(found.compared, 2U);
  ASSERT_EQ(found.cliffs.size(), 1U);  // 1001 to 2000 takes twice as long for twice the bytes
  EXPECT_EQ(found.cliffs[0].fast.cols, 1000);
  EXPECT_EQ(found.cliffs[0].slow.cols, 1001);
  EXPECT_NEAR(found.cliffs[0].times, 1.52, 1e-9);
  EXPECT_NEAR(found.cliffs[0].bytes, 1.001, 1e-3);
}

TEST(Cliffs, FewerBytesExplainNothing) {
  const Neighbours found =
      compare_neighbours(made_up({{1, 1001, {}, {{1, 8, 0}}}, {1, 2000, {}, {{1, 4, 0}}}}));
  ASSERT_EQ(found.cliffs.size(), 1U);
  EXPECT_EQ(found.cliffs[0].slow.cols, 1001);
  EXPECT_EQ(found.cliffs[0].bytes, 1);
}

TEST(Cliffs, TheSteepestComesFirstAndIsToldWithoutCliffsToo) {
  const Neighbours found = compare_neighbours(
      made_up({{1, 1000, {}, {{1, 2, 0}, {8, 8, 0}}}, {2, 1000, {}, {{1, 20, 0}, {8, 16.5, 0}}}}));
  ASSERT_EQ(found.cliffs.size(), 2U);
  EXPECT_GT(found.cliffs[0].unexplained(), found.cliffs[1].unexplained());
  EXPECT_THAT(text_of(found),
              HasSubstr("4 pairs of neighbours (in rows, columns or k) compared: 2 "));
  const Neighbours flat =
      compare_neighbours(made_up({{1, 1000, {}, {{1, 5, 0}}}, {1, 1001, {}, {{1, 6, 0}}}}));
  EXPECT_THAT(text_of(flat), HasSubstr("compared: 0 differ"));
  EXPECT_THAT(text_of(flat), HasSubstr("1 x 1001, k 1"));
}

TEST(Cliffs, TheUsualGridHasNeighboursOfEveryPowerOfTwo) {
  const CliffGrid grid = usual_grid();
  const std::set<std::int64_t> cols(grid.cols.begin(), grid.cols.end());
  EXPECT_EQ(cols.size(), grid.cols.size());
  EXPECT_TRUE(std::is_sorted(grid.cols.begin(), grid.cols.end()));
  for (std::int64_t power = 64; power <= 524288; power *= 2) {
    EXPECT_TRUE(cols.contains(power - 1) && cols.contains(power) && cols.contains(power + 1));
  }
  EXPECT_EQ(grid.rows.front(), 1);
  EXPECT_EQ(grid.rows.back(), 4096);
  EXPECT_GT(matrix_count(grid), 600U);
}

TEST(Cliffs, WhatIsWrittenIsReadAgain) {
  const CliffRun run = made_up({{1, 1000, 1.25, {{1, 5, 0.01}, {8, 9, 0.5}}}, {2, 2000, {}, {}}});
  const CliffRun again = parse_cliffs(json_of({}, run), "made up");
  ASSERT_EQ(again.matrices.size(), 2U);
  EXPECT_EQ(again.matrices[0].floor_us, 1.25);
  EXPECT_EQ(again.matrices[0].cells[1].us, 9);
  EXPECT_EQ(again.grid.cols, run.grid.cols);
  EXPECT_FALSE(again.matrices[1].floor_us);
  EXPECT_EQ(compare_neighbours(again).cliffs.size(), compare_neighbours(run).cliffs.size());
  EXPECT_THROW((void)parse_cliffs("{}", "x"), std::invalid_argument);
  EXPECT_THROW((void)parse_cliffs("nonsense", "x"), std::invalid_argument);
}

TEST(Cliffs, OnACpuAGridIsMeasuredWrittenAndComparedAgain) {
  const std::string file =
      (std::filesystem::temp_directory_path() / ("skim_cliffs_" + std::to_string(getpid())))
          .string();
  const BenchRun run = run_skim({"cliffs", "--device", "cpu", "--batch", "2,1", "--vocab",
                                 "64,65,20", "--k", "1,32", "--rounds", "1", "--json", file});
  const BenchRun again = run_skim({"cliffs", "--from", file});
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  std::filesystem::remove(file);
  EXPECT_EQ(run.status, 0) << run.err;
  const CliffRun written = parse_cliffs(text.str(), file);
  ASSERT_EQ(written.matrices.size(), 6U);
  EXPECT_EQ(written.matrices[0].cols, 20);
  EXPECT_EQ(written.matrices[0].cells.size(), 1U);  // k 32 is more than its columns
  EXPECT_EQ(written.matrices[5].cells.size(), 2U);
  EXPECT_TRUE(written.matrices[2].floor_us);
  EXPECT_FALSE(written.matrices[3].floor_us);  // of two rows
  EXPECT_EQ(run.out.substr(run.out.find("pairs of")), again.out.substr(again.out.find("pairs of")));
}

TEST(Cliffs, WrongUsageIsToldInOneSentence) {
  EXPECT_THAT(run_skim({"cliffs", "--k", "0"}).err, HasSubstr("--k is 0 but must be in 1.."));
  EXPECT_THAT(run_skim({"cliffs", "--dtype", "float32,float16"}).err, HasSubstr("names 2 dtypes"));
  EXPECT_THAT(run_skim({"cliffs", "--from", "/nowhere"}).err, HasSubstr("'/nowhere'"));
  if (cuda_device_count() > 0) return;
  EXPECT_THAT(run_skim({"cliffs"}).err, HasSubstr(why_no_cuda()));
}

}  // namespace
}  // namespace skim::bench
