// Results of earlier runs are read as they were written, whatever version wrote them, or refused in
// one sentence.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "known_gpus.h"
#include "noise.h"
#include "report.h"
#include "saved_results.h"
#include "shipped_files.h"
#include "support/made_up_results.h"

namespace skim::bench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Case kShape{4, 50304, 128, DType::f16};

// What reading it is refused with.
std::string refusal_of(const std::string& text) {
  try {
    (void)parse_results(text, "old.json");
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "read without complaint";
}

std::string with_schema(const std::string& version) {
  return "{\"schema_version\": " + version + ", \"environment\": {}, \"cases\": []}";
}

class Folder {
 public:
  Folder()
      : path_(std::filesystem::path(testing::TempDir()) /
              ("skim_results_" + std::to_string(getpid()))) {
    std::filesystem::create_directories(path_ / "machine");
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
  }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

std::string json_of_run(const SavedRun& run) { return json_of(run.environment, run.cases); }

TEST(BenchSavedResults, AreReadAsTheyAreWritten) {
  PathResult own = test::path("skim", 6.0);
  own.host_us = 3.9;
  own.wrong_on = std::vector<std::string>{};
  PathResult other = test::path("QuACK", 5.0, {"inexact (0.001)"});
  other.wrong_on = std::vector<std::string>{"masked_half", "nan_spots"};
  CaseResult cell = test::with_floor(
      test::cell(kShape, {own, other, test::failing("JAX", Status::wrong, "row 3 rank 7")}), 1.25);
  cell.launch = test::timing(0.9);
  const SavedRun run = parse_results(json_of_run(test::run({cell})), "x.json");
  EXPECT_EQ(run.file, "x.json");
  EXPECT_EQ(run.environment.gpu->name, test::kGpu);
  EXPECT_EQ(origin_of(run), "commit abc1234, 2026-11-22");
  ASSERT_EQ(run.cases.size(), 1);
  const CaseResult& read = run.cases.front();
  EXPECT_EQ(to_string(read.bench_case), to_string(kShape));
  EXPECT_EQ(read.mode, BufferMode::rotate8);
  EXPECT_EQ(read.floor->timing.median_us, 1.25);
  EXPECT_EQ(read.launch->median_us, 0.9);
  ASSERT_EQ(read.paths.size(), 3);
  EXPECT_EQ(read.paths[0].timing.median_us, 6.0);
  EXPECT_EQ(read.paths[0].host_us, 3.9);
  EXPECT_TRUE(read.paths[0].wrong_on->empty());
  EXPECT_THAT(read.paths[1].labels, ElementsAre("inexact (0.001)"));
  EXPECT_THAT(*read.paths[1].wrong_on, ElementsAre("masked_half", "nan_spots"));
  EXPECT_EQ(read.paths[2].status, Status::wrong);
  EXPECT_EQ(read.paths[2].message, "row 3 rank 7");
}

TEST(BenchSavedResults, OfTheFirstSchemaLackWhatItDidNotHave) {
  const SavedRun run = parse_results(R"({
    "schema_version": 1,
    "environment": {"cpu": "AMD EPYC", "simd": "AVX2", "commit": "1bc098c", "date": "2026-11-22"},
    "cases": [{"rows": 1, "cols": 1000, "k": 5, "dtype": "float32", "input": "real",
               "device": "cpu", "threads": 2, "mode": "cold", "floor": null,
               "paths": [{"name": "CUB DeviceBatchedTopK, ties by index", "labels": [],
                          "status": "ok", "timing": {"median_us": 7.5, "spread": 0.1}}]}]})",
                                     "old.json");
  EXPECT_FALSE(run.environment.gpu);
  EXPECT_EQ(machine_of(run.environment, "cpu"), "AMD EPYC (AVX2)");
  const CaseResult& cell = run.cases.at(0);
  EXPECT_FALSE(cell.floor);
  EXPECT_EQ(cell.threads, 2);
  EXPECT_EQ(input_name(cell.bench_case), "real");
  EXPECT_EQ(cell.paths.at(0).name, "CUB DeviceBatchedTopK (ties by index)");
  EXPECT_FALSE(cell.paths.at(0).wrong_on);
}

TEST(BenchSavedResults, OfAnotherSchemaAreRefused) {
  for (const std::string version : {"0", "3", "\"two\"", "1.5"}) {
    EXPECT_EQ(refusal_of(with_schema(version)),
              "'old.json' has schema version " + version +
                  ", and this program reads 1 to 2: measure again with `skim bench --json`");
  }
  EXPECT_THAT(refusal_of("{}"), HasSubstr("schema version none"));
  EXPECT_THAT(refusal_of("[1, 2]"), HasSubstr("schema version none"));
}

TEST(BenchSavedResults, ThatAreDamagedAreRefusedInOneSentence) {
  EXPECT_EQ(refusal_of("{\"schema"), "'old.json' is not JSON: name a file of `skim bench --json`");
  EXPECT_THAT(refusal_of(with_schema("1")), HasSubstr("'old.json' is not a result of `skim bench"));
  std::string odd = json_of_run(test::run({test::cell(kShape, {test::path("skim", 1)})}));
  odd.replace(odd.find("float16"), 7, "float8");
  EXPECT_THAT(refusal_of(odd), HasSubstr("'float8' but must be one of float32"));
}

TEST(BenchSavedResults, FilesAndFoldersThatAreNotThereAreNamed) {
  EXPECT_THROW((void)read_results("/nowhere.json"), std::invalid_argument);
  EXPECT_THROW((void)read_results(testing::TempDir()), std::invalid_argument);
  EXPECT_THROW((void)read_results_folder("/nowhere"), std::invalid_argument);
}

TEST(BenchSavedResults, OfAFolderAreItsJsonFilesByName) {
  const Folder folder;
  const std::string text = json_of_run(test::run({}));
  folder.write("machine/b.json", text);
  folder.write("machine/a.json", text);
  folder.write("machine/notes.log", "not a result");
  const std::vector<SavedRun> runs = read_results_folder(folder.path());
  ASSERT_EQ(runs.size(), 2);
  EXPECT_EQ(short_name(runs[0]), "machine/a.json");
  EXPECT_EQ(short_name(runs[1]), "machine/b.json");
  folder.write("machine/broken.json", "{");
  EXPECT_THROW((void)read_results_folder(folder.path()), std::invalid_argument);
}

// `explain --gpu` must be able to name every GPU that was measured.
TEST(BenchSavedResults, ThatAreCommittedAreReadableAndOfKnownGpus) {
  const auto runs = read_results_folder(find_shipped("results", "Results are", "--results"));
  EXPECT_FALSE(runs.empty());
  for (const SavedRun& run : runs) {
    EXPECT_FALSE(run.cases.empty()) << run.file;
    if (run.environment.gpu) {
      EXPECT_NE(short_gpu_name(run.environment.gpu->name), "") << run.file;
    }
  }
}

TEST(BenchNoise, IsTheSpreadOfBothAndThreePercentAtLeast) {
  EXPECT_EQ(noise_of(test::timing(10, 0.001), test::timing(11, 0.002)), 0.03);
  EXPECT_EQ(noise_of(test::timing(10, 0.25), test::timing(11, 0.5)), 0.75);
  EXPECT_TRUE(slower(test::timing(10.4), test::timing(10)));
  EXPECT_FALSE(slower(test::timing(10.2), test::timing(10)));
  EXPECT_FALSE(slower(test::timing(10.4, 0.03), test::timing(10, 0.03)));
  EXPECT_FALSE(slower(test::timing(5), test::timing(10)));
}

TEST(BenchKnownGpus, GoByShortAndByWholeNames) {
  EXPECT_EQ(known_gpu("H100").name, test::kGpu);
  EXPECT_EQ(known_gpu(test::kGpu).multiprocessors, 132);
  EXPECT_EQ(short_gpu_name(test::kGpu), "h100");
  EXPECT_EQ(short_gpu_name("Voodoo 2"), "");
  EXPECT_EQ(known_gpu("a100").cluster_ctas, 1);
}

TEST(SavedResults, FilesOfAnotherKindAreLeftOut) {
  const Folder folder;
  folder.write("machine/run.json", json_of_run({"", {}, {}}));
  folder.write("machine/crossover.json", R"({"kind": "crossover", "schema_version": 1})");
  const std::vector<SavedRun> runs = read_results_folder(folder.path());
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(short_name(runs[0]), "machine/run.json");
  EXPECT_THAT(refusal_of(R"({"kind": "crossover"})"), HasSubstr(R"(holds "crossover", not cases)"));
}

}  // namespace
}  // namespace skim::bench
