// Guidance says what was measured, from the nearest cell, and names the path that serves best even
// where that is not skim.
#include "guidance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "bench_run.h"
#include "floor_estimate.h"
#include "guidance_text.h"
#include "report.h"
#include "skim/device.h"
#include "support/made_up_results.h"
#include "text.h"

namespace skim::bench {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const Case kShape{4, 50304, 50, DType::f16};

Question about(const Case& shape) { return {shape, "cuda", 1, BufferMode::rotate8}; }

Guidance advice(const SavedRun& run, const Case& shape = kShape, const Answers& answers = {}) {
  return advise(about(shape), {&run}, answers);
}

std::string text_of(const Guidance& guidance, const Case& shape = kShape) {
  return guidance_text(guidance, about(shape), "");
}

std::string used(const Guidance& guidance) {
  return guidance.use == nullptr ? "nothing" : guidance.use->name;
}

std::string distance_to(const Case& there, const Case& asked = kShape) {
  const CaseResult cell = test::cell(there, {});
  return distance_text({nullptr, &cell, distance_of(cell, about(asked))}, about(asked));
}

// ---- distance ----

TEST(BenchNearest, DistanceIsSaidInWords) {
  EXPECT_EQ(distance_to(kShape), "this shape, measured");
  EXPECT_EQ(distance_to({2, 50304, 50, DType::f16}), "half the rows");
  EXPECT_EQ(distance_to({4, 128256, 50, DType::f16}), "2.5x the vocabulary");
  EXPECT_EQ(distance_to({4, 50257, 100, DType::f16}), "nearly the same vocabulary, twice the k");
  EXPECT_EQ(distance_to({4, 50304, 50, DType::f32}), "float32 instead of float16");
  EXPECT_EQ(distance_to({4, 50304, 50, DType::f16, std::nullopt}), "real inputs instead of normal");
  EXPECT_EQ(distance_to({64, 50304, 50, DType::f16}), "far: 16x the rows");
  EXPECT_EQ(distance_to({4, 52870, 50, DType::f16}), "1.05x the vocabulary");
  EXPECT_EQ(distance_to({1, 50304, 5, DType::f16}), "far: 1/4 of the rows, 1/10 of the k");
}

TEST(BenchNearest, TheNearestComesFirstAndOfEqualOnesTheFuller) {
  const SavedRun one = test::run({test::cell({32, 50304, 50, DType::f16}, {test::path("a", 1)}),
                                  test::cell({4, 49152, 50, DType::bf16}, {test::path("b", 1)}),
                                  test::cell(kShape, {test::path("c", 1)})});
  const SavedRun other = test::run({test::cell(kShape, {test::path("d", 1), test::path("e", 1)}),
                                    test::cell(kShape, {test::path("f", 1)})});
  const SavedRun newer = test::run({test::cell(kShape, {test::path("g", 1)})}, "2026-11-30");
  std::string order;
  for (const Cell& cell : cells_by_distance({&one, &other, &newer}, about(kShape))) {
    order += cell.result->paths.front().name;
  }
  EXPECT_EQ(order, "dgcfba");
}

TEST(BenchNearest, AnotherDeviceIsNoNeighbour) {
  SavedRun run = test::run({test::cell(kShape, {test::path("skim", 1)})});
  run.cases[0].device = "cpu";
  EXPECT_TRUE(cells_by_distance({&run}, about(kShape)).empty());
}

// ---- which path ----

TEST(BenchGuidance, TheFastestThatIsExactAndSorted) {
  const SavedRun run = test::run(
      {test::cell(kShape, {test::path("skim", 6), test::path("CUB", 12), test::pytorch(36)})});
  const Guidance guidance = advice(run);
  EXPECT_EQ(used(guidance), "skim");
  EXPECT_THAT(text_of(guidance), HasSubstr("PyTorch took 36.0 us, 6.00x as long"));
  EXPECT_THAT(text_of(guidance), HasSubstr("4 x 50304, k 50, float16, normal: this shape, measur"));
  EXPECT_THAT(text_of(guidance), Not(HasSubstr("rests on")));
}

TEST(BenchGuidance, PyTorchWhereSkimIsSlower) {
  const SavedRun run = test::run({test::cell(kShape, {test::path("skim", 50), test::pytorch(30)})});
  EXPECT_EQ(used(advice(run)), "PyTorch");
  EXPECT_THAT(text_of(advice(run)), HasSubstr("use        PyTorch: 30.0 us (ties any order)"));
  EXPECT_THAT(text_of(advice(run)), HasSubstr("skim took 50.0 us, 1.67x as long"));
}

TEST(BenchGuidance, PyTorchWhereTheDifferenceIsNoise) {
  const SavedRun run =
      test::run({test::cell(kShape, {test::path("skim", 29.5), test::pytorch(30)})});
  EXPECT_EQ(used(advice(run)), "PyTorch");
  EXPECT_THAT(text_of(advice(run)), HasSubstr("skim took 29.5 us, the same within the noise of 3"));
}

TEST(BenchGuidance, AnotherPathWhereItIsFaster) {
  const SavedRun run = test::run({test::cell(
      kShape, {test::path("skim", 20), test::path("RAFT select_k", 15), test::pytorch(36)})});
  EXPECT_EQ(used(advice(run)), "RAFT select_k");
}

TEST(BenchGuidance, FasterPathsThatBreakAPromiseAreNamedNotUsed) {
  PathResult wrong = test::path("QuACK", 3);
  wrong.wrong_on = std::vector<std::string>{"masked_half"};
  const SavedRun run = test::run({test::cell(
      kShape, {test::path("skim", 6), test::path("CUB", 4, {"unsorted"}), wrong,
               test::path("Rough", 2, {"unsorted", "ties any order", "inexact (0.001)"}),
               test::pytorch(36)})});
  const Guidance guidance = advice(run);
  EXPECT_EQ(used(guidance), "skim");
  EXPECT_EQ(guidance.faster.size(), 3);
  const std::string text = text_of(guidance);
  EXPECT_THAT(text, HasSubstr("CUB, 4.00 us (unsorted)"));
  EXPECT_THAT(text, HasSubstr("QuACK, 3.00 us (wrong on masked_half)"));
  EXPECT_THAT(text, HasSubstr("Rough, 2.00 us (unsorted, inexact (0.001))"));
}

TEST(BenchGuidance, SkimItselfIsHeldToItsPromises) {
  PathResult wrong = test::path("skim", 3);
  wrong.wrong_on = std::vector<std::string>{"nan_spots"};
  const SavedRun run = test::run({test::cell(kShape, {wrong, test::pytorch(36)})});
  EXPECT_EQ(used(advice(run)), "PyTorch");
}

TEST(BenchGuidance, APathWithLimitsIsUsedOnlyWhereItWasMeasured) {
  const Case small{4, 32768, 50, DType::f16};
  const SavedRun run = test::run(
      {test::cell(small, {test::path("skim", 6), test::path("CuTe", 4), test::pytorch(30)}),
       test::cell({64, 50304, 50, DType::f16},
                  {test::path("skim", 9), test::failing("CuTe", Status::not_applicable,
                                                        "needs a power of two, got 50304")})});
  EXPECT_EQ(used(advice(run, small)), "CuTe");
  const Guidance here = advice(run);
  EXPECT_EQ(used(here), "skim");
  EXPECT_THAT(text_of(here), HasSubstr("needs a power of two, got 50304"));
  EXPECT_THAT(text_of(here), HasSubstr("a near cell, not on this one: 0.65x the vocabulary"));
}

TEST(BenchGuidance, ALimitOfOtherColumnsIsNoneOfSuchRows) {
  const Case small{4096, 1024, 32, DType::bf16};
  const SavedRun run = test::run(
      {test::cell(small, {test::path("skim", 19), test::path("CuTe", 9), test::pytorch(90)}),
       test::cell(kShape,
                  {test::path("skim", 6), test::failing("CuTe", Status::not_applicable,
                                                        "needs a power of two, got 50304")})});
  EXPECT_EQ(used(advice(run, {2048, 1024, 32, DType::bf16})), "CuTe");
  EXPECT_EQ(used(advice(run, {4096, 1024, 32, DType::f16})), "CuTe");
  EXPECT_EQ(used(advice(run, {4096, 1024, 32, DType::f32})), "skim") << "may be a limit";
  EXPECT_EQ(used(advice(run, {4096, 1000, 32, DType::bf16})), "skim");
}

TEST(BenchGuidance, APathThatAcceptsHereIsUsed) {
  const SavedRun run = test::run(
      {test::cell({4, 32768, 50, DType::f16}, {test::path("skim", 6), test::path("Other", 4)}),
       test::cell({1, 20000, 50, DType::f16},
                  {test::path("skim", 6),
                   test::failing("Other", Status::not_applicable, "needs 4 rows, got 1")})});
  EXPECT_EQ(used(advice(run)), "skim");
  EXPECT_EQ(used(advice(run, kShape, {{}, {"Other"}})), "Other");
}

TEST(BenchGuidance, ALabelOfTheTimingHidesNoPromise) {
  PathResult jax = test::path("JAX", 100, {"events, not captured"});
  jax.wrong_on = std::vector<std::string>{"nan_spots"};
  PathResult untried = test::path("CUB DeviceTopK", 12, {"unsorted"});
  const SavedRun run = test::run({test::cell(kShape, {test::path("skim", 6), jax, untried})});
  const std::string text = text_of(advice(run));
  EXPECT_THAT(text, HasSubstr("exact, sorted, ties by index, but"));
  EXPECT_THAT(text, HasSubstr("unsorted, hard inputs not tried"));
}

TEST(BenchGuidance, APathThatRefusesHereIsNotUsed) {
  const SavedRun run = test::run(
      {test::cell(kShape, {test::path("skim", 6), test::path("Other", 4), test::pytorch(36)})});
  EXPECT_EQ(used(advice(run)), "Other");
  const Guidance guidance = advice(run, kShape, {{{"Other", "needs k <= 40, got 50"}}, {}});
  EXPECT_EQ(used(guidance), "skim");
  EXPECT_THAT(text_of(guidance), HasSubstr("does not take this: needs k <= 40, got 50"));
}

TEST(BenchGuidance, TimesOfOtherCellsStandApart) {
  const SavedRun run = test::run(
      {test::cell(kShape, {test::path("skim", 6), test::pytorch(30)}),
       test::cell({4, 65536, 50, DType::f16}, {test::path("skim", 7), test::path("QuACK", 5)})});
  const Guidance guidance = advice(run);
  ASSERT_EQ(guidance.elsewhere.size(), 1);
  EXPECT_EQ(guidance.elsewhere[0].path->name, "QuACK");
  EXPECT_EQ(used(guidance), "skim");
  EXPECT_THAT(text_of(guidance), HasSubstr("QuACK: 5.00 us (skim beside it 7.00) at 4 x 65536"));
}

TEST(BenchGuidance, ACellThatComparesNothingDoesNotDecide) {
  const SavedRun run = test::run(
      {test::cell(kShape, {test::path("skim", 6)}),
       test::cell({8, 50304, 50, DType::f16}, {test::path("skim", 7), test::pytorch(40)})});
  EXPECT_EQ(advice(run).together->result->bench_case.rows, 8);
}

TEST(BenchGuidance, FarCellsAreSaidToBeFar) {
  const SavedRun run = test::run(
      {test::cell({512, 4096, 50, DType::f16}, {test::path("skim", 6), test::pytorch(9)})});
  EXPECT_THAT(text_of(advice(run)), HasSubstr("rests on a far cell: measure before you rely on"));
  EXPECT_THAT(text_of(advice(run)),
              HasSubstr("python3 -m skim bench --device cuda --batch 4 --vocab 50304 --k 50 "
                        "--dtype float16\n"));
}

TEST(BenchGuidance, NothingMeasuredIsSaid) {
  const Guidance guidance = advise(about(kShape), {}, {});
  EXPECT_EQ(used(guidance), "nothing");
  EXPECT_THAT(text_of(guidance), StartsWith("use        no measured cell compares skim with"));
}

// ---- the floor of a GPU that is not here ----

TEST(BenchFloorEstimate, SaysWhatItIs) {
  SavedRun run = test::run({test::with_floor(test::cell({1, 1000, 5, DType::f16}, {}), 1.0),
                            test::with_floor(test::cell({1, 3000, 5, DType::f16}, {}), 2.0)});
  const auto at = [&](std::int64_t bytes) {
    return *estimate_floor(bytes, cells_by_distance({&run}, about(kShape)), BufferMode::rotate8);
  };
  EXPECT_EQ(at(6000).us, 2.0);
  EXPECT_EQ(at(6000).basis, "measured");
  EXPECT_EQ(at(4000).us, 1.5);
  EXPECT_THAT(at(4000).basis, StartsWith("not measured: between the measured 1.00 us for 2000 b"));
  EXPECT_EQ(at(12000).us, 3.0);
  EXPECT_THAT(at(12000).basis, HasSubstr("1.00 us of launch plus the bytes at the bandwidth of"));
  run.cases[0].launch = test::timing(0.5);
  EXPECT_EQ(at(12000).us, 3.5);
  EXPECT_EQ(at(1000).us, 0.75);
  EXPECT_FALSE(estimate_floor(1000, {}, BufferMode::rotate8));
  EXPECT_FALSE(estimate_floor(1000, cells_by_distance({&run}, about(kShape)), BufferMode::hot));
}

TEST(BenchText, ParagraphsKeepToTheirColumn) {
  EXPECT_EQ(paragraph("use", "a  b"), "use        a b\n");
  const std::string lines = paragraph("why", std::string(60, 'x') + " " + std::string(60, 'y'));
  EXPECT_EQ(lines, "why        " + std::string(60, 'x') + "\n" + std::string(11, ' ') +
                       std::string(60, 'y') + "\n");
  EXPECT_EQ(paragraph("nothing", ""), "nothing\n");
}

// ---- the command ----

class ResultsFolder {
 public:
  explicit ResultsFolder(const std::vector<SavedRun>& runs)
      : path_(std::filesystem::path(testing::TempDir()) /
              ("skim_guidance_" + std::to_string(getpid()))) {
    std::filesystem::create_directories(path_);
    for (std::size_t i = 0; i < runs.size(); ++i) {
      std::ofstream(path_ / (std::to_string(i) + ".json"))
          << json_of(runs[i].environment, runs[i].cases);
    }
  }
  ~ResultsFolder() { std::filesystem::remove_all(path_); }
  ResultsFolder(const ResultsFolder&) = delete;
  ResultsFolder& operator=(const ResultsFolder&) = delete;
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

BenchRun explain(std::vector<std::string> more) {
  more.insert(more.begin(), {"explain", "--batch", "4", "--vocab", "50304", "--k", "50", "--dtype",
                             "float16", "--rounds", "2"});
  return run_skim(more);
}

void expect_narrow(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LT(line.size(), 100) << line;
}

TEST(BenchExplainGpu, AnswersFromTheCommittedResultsForAnyShape) {
  for (const std::vector<std::string>& shape :
       {std::vector<std::string>{"--batch", "4", "--vocab", "50304", "--k", "128"},
        {"--batch", "4096", "--vocab", "1024", "--k", "32", "--dtype", "bfloat16"},
        {"--batch", "1", "--vocab", "100000000", "--k", "5000", "--dtype", "int64"},
        {"--batch", "1", "--vocab", "1", "--k", "1", "--dtype", "int8"}}) {
    std::vector<std::string> arguments = {"explain", "--gpu", "h100"};
    arguments.insert(arguments.end(), shape.begin(), shape.end());
    const BenchRun run = run_skim(arguments);
    EXPECT_EQ(run.status, 0) << run.err;
    for (const char* part :
         {"problem ", "plan ", "why ", "bytes ", "floor ", " us to read them",
          ": runs on NVIDIA H100 80GB HBM3, ", "measured ", "use ", "measure "}) {
      EXPECT_THAT(run.out, HasSubstr(part));
    }
    expect_narrow(run.out);
  }
}

TEST(BenchExplainGpu, PlansForAGpuThatNobodyMeasured) {
  const ResultsFolder folder({test::run({test::cell(kShape, {test::path("skim", 6)})})});
  const BenchRun run = explain({"--gpu", "b200", "--results", folder.path()});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("no run on NVIDIA B200, but on NVIDIA H100 80GB HBM3"));
  EXPECT_THAT(run.out, HasSubstr("none was measured on that GPU in mode rotate8"));
  EXPECT_THAT(run.out, HasSubstr("no measured cell compares skim with another path"));
}

TEST(BenchExplainGpu, SaysSoWhereItsPlanIsAnotherOne) {
  const ResultsFolder folder({test::run(
      {test::cell({4, 50304, 250, DType::f16}, {test::path("skim", 6), test::pytorch(30)})})});
  const BenchRun run = explain({"--gpu", "h100", "--results", folder.path(), "--k", "300"});
  EXPECT_THAT(run.out, HasSubstr("skim's plan there is cluster_maxima, here cluster_buckets"));
}

TEST(BenchExplainGpu, KeepsToThePathsThatAreNamed) {
  const ResultsFolder folder({test::run(
      {test::cell(kShape, {test::path("skim", 6), test::path("JAX", 4), test::pytorch(30)})})});
  const BenchRun run =
      explain({"--gpu", "h100", "--results", folder.path(), "--paths", "skim,PyTorch"});
  EXPECT_THAT(run.out, Not(HasSubstr("JAX")));
  EXPECT_THAT(run.out, HasSubstr("use        skim: 6.00 us (exact, sorted"));
}

TEST(BenchExplainGpu, AnEmptyFolderIsSaidToBeEmpty) {
  const ResultsFolder folder({});
  const BenchRun run = explain({"--gpu", "h100", "--results", folder.path()});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("results    " + folder.path() + " holds no run on a GPU"));
}

TEST(BenchExplainGpu, WrongUsageIsOneSentence) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> misuses = {
      {{"--gpu", "voodoo"}, "--gpu is 'voodoo' but must be one of a100, h100, "},
      {{"--gpu", "h100", "--device", "cpu"}, "--gpu is 'h100' and --device is 'cpu'"},
      {{"--gpu", "h100", "--results", "/nowhere"}, "'/nowhere' is not a folder"}};
  for (const auto& [arguments, message] : misuses) {
    const BenchRun run = explain(arguments);
    EXPECT_EQ(run.status, 2) << message;
    EXPECT_THAT(run.err, HasSubstr(message));
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
    EXPECT_EQ(run.out, "");
  }
}

TEST(BenchExplainHere, TakesCellsOfOtherCpusAndSaysWhose) {
  SavedRun old = test::run({test::cell(kShape, {test::path("skim", 6), test::pytorch(30)})});
  old.cases[0].device = "cpu";
  old.cases[0].mode = BufferMode::cold;
  const ResultsFolder folder({old});
  const BenchRun run = explain({"--device", "cpu", "--results", folder.path()});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("runs on A CPU (AVX3), none on this CPU"));
  EXPECT_THAT(run.out, HasSubstr("use        skim: 6.00 us (exact, sorted"));
  expect_narrow(run.out);
}

}  // namespace
}  // namespace skim::bench
