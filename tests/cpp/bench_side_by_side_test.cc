// The table of a whole run, and what it says of the published figures.
#include "side_by_side.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "published_figures.h"

namespace skim::bench {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

PathResult timed_path(const char* name, double us, std::vector<std::string> labels = {}) {
  PathResult path;
  path.name = name;
  path.labels = std::move(labels);
  path.timing.median_us = us;
  return path;
}

// The first published row, on a GPU.
CaseResult published_case(std::vector<PathResult> paths) {
  CaseResult result;
  result.bench_case = {1, 50304, 50, DType::f16};
  result.device = "cuda";
  result.floor = FloorResult{"64 x 256", {}};
  result.floor->timing.median_us = 1.25;
  result.paths = std::move(paths);
  return result;
}

std::string plain_table(const CaseResult& result) { return side_by_side({result}, Painter(false)); }

TEST(SideBySide, ShowsTheSlowdownWhicheverWayItPoints) {
  const auto with_triton = [](double us) {
    return plain_table(
        published_case({timed_path("PyTorch", 40), timed_path("Triton (published)", us)}));
  };
  EXPECT_THAT(with_triton(160), HasSubstr("4.0x slower"));
  EXPECT_THAT(with_triton(20), HasSubstr("2.0x faster"));
  EXPECT_THAT(with_triton(20), HasSubstr("45, 181, 4.0x slower")) << "as published";
}

TEST(SideBySide, MarksWhatAPathDoesNotPromiseAndWhereItIsWrong) {
  PathResult quack = timed_path("QuACK", 12, {"inexact (0.00049)"});
  quack.wrong_on = {{"masked_half"}};
  const std::string table = plain_table(
      published_case({timed_path("PyTorch", 40, {"ties any order"}), std::move(quack)}));
  EXPECT_THAT(table, HasSubstr("40.0 t"));
  EXPECT_THAT(table, HasSubstr("12.0 i!"));
  EXPECT_THAT(table, HasSubstr("t ties in any order, i inexact, ! wrong on hard inputs"));
  EXPECT_THAT(table, Not(HasSubstr("u unsorted"))) << "a mark that does not occur";
}

TEST(SideBySide, TakesTheFastestOfCubThatIsRight) {
  PathResult wrong = timed_path("CUB DeviceTopK", 1);
  wrong.status = Status::wrong;
  const std::string table = plain_table(published_case(
      {wrong, timed_path("CUB DeviceBatchedTopK", 11.5), timed_path("CUB segmented sort", 160)}));
  EXPECT_THAT(table, ContainsRegex("CUB +floor\n.* 11.5 +1.25\n"));
}

TEST(SideBySide, PrefersAWayOfCubThatIsRightOnHardInputs) {
  PathResult fragile = timed_path("CUB DeviceBatchedTopK", 11.5);
  fragile.wrong_on = {{"nan_spots"}};
  PathResult absent = timed_path("CUB DeviceTopK", 0);
  absent.status = Status::not_applicable;
  EXPECT_THAT(plain_table(published_case({absent, fragile, timed_path("CUB sort", 160)})),
              ContainsRegex("CUB +floor\n.* 160.0 +1.25\n"));
  const std::string alone = plain_table(published_case({absent, fragile}));
  EXPECT_THAT(alone, ContainsRegex("CUB +floor\n.* 11.5 ! +1.25\n"));
}

TEST(SideBySide, ExplainsNoMarkOfAPathThatIsNotInTheTable) {
  const std::string table = plain_table(
      published_case({timed_path("PyTorch", 40), timed_path("JAX", 90, {"events, not captured"})}));
  EXPECT_THAT(table, Not(HasSubstr("timed by events")));
}

TEST(SideBySide, IsEmptyWhereNothingWasTimed) {
  PathResult absent = timed_path("PyTorch", 0);
  absent.status = Status::not_applicable;
  EXPECT_EQ(plain_table(published_case({absent})), "");
}

TEST(PublishedFigures, SayWhatTheyAreConsistentWith) {
  const auto line = [](double gpu_us, double host_us) {
    PathResult pytorch = timed_path("PyTorch", gpu_us);
    pytorch.host_us = host_us;
    return published_figures({published_case({pytorch})});
  };
  EXPECT_THAT(line(20, 40), HasSubstr("host-bound"));
  EXPECT_THAT(line(40, 20), HasSubstr("consistent with GPU time"));
  EXPECT_THAT(line(40, 40), HasSubstr("consistent with both"));
  EXPECT_THAT(line(10, 10), HasSubstr("consistent with neither"));
}

}  // namespace
}  // namespace skim::bench
