// The command line as a user meets it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "bench_run.h"
#include "inputs/inputs.h"
#include "skim/device.h"
#include "skim/version.h"

namespace skim::bench {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

std::vector<std::string> small_case(std::vector<std::string> more = {}) {
  std::vector<std::string> arguments = {"--device", "cpu", "--batch", "2",        "--vocab",
                                        "1000",     "--k", "5",       "--rounds", "3"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

struct Misuse {
  std::vector<std::string> arguments;
  std::string message;
};

TEST(BenchCli, WrongUsageLeavesNoFile) {
  const std::string file = testing::TempDir() + "skim_wrong_usage_" + std::to_string(getpid());
  EXPECT_EQ(run_skim({"bench", "--json", file, "--k", "0"}).status, 2);
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST(BenchCli, WrongUsageIsOneSentenceAndStatusTwo) {
  const std::vector<Misuse> misuses = {
      {{}, "subcommand is required"},
      {{"dance"},
       "'dance' is not a command, the commands are bench, explain, verify, crossover, "
       "cliffs, info"},
      {{"bench", "--batch", "many"}, "many"},
      {{"bench", "--batch", "0"}, "--batch is 0 but must be at least 1"},
      {{"bench", "--vocab", "100", "--k", "101"}, "--k is 101 but must be in 1..100 (--vocab)"},
      {{"bench", "--k", "0"}, "--k is 0 but must be in 1..50304"},
      {{"bench", "--dtype", "float8"}, "--dtype is 'float8' but must be one of float32, float16"},
      {{"bench", "--dist", "weird"}, "--dist is 'weird' but must be one of real, normal"},
      {{"bench", "--sweep", "all"}, "--sweep is 'all' but must be one of default, realistic"},
      {{"bench", "--sweep", "small", "--k", "5"}, "leave out --batch, --vocab, --k and --dtype"},
      {{"bench", "--mode", "warm"}, "--mode is 'warm' but must be one of cold, rotate8, hot"},
      {{"bench", "--device", "tpu"}, "--device is 'tpu' but must be cpu or cuda"},
      {{"bench", "--threads", "0"}, "--threads is 0 but must be in 1..1024"},
      {{"bench", "--rounds", "0"}, "--rounds is 0 but must be in 1..100000"},
      {{"bench", "--paths", "skimm"}, "--paths names 'skimm', which is none of: skim, "},
      {{"bench", "--json", "/nowhere/x.json"}, "--json is '/nowhere/x.json', which cannot be"},
      {{"bench", "--peer", "mine.py"}, "run `python3 -m skim bench --peer mine.py`"},
  };
  for (const Misuse& misuse : misuses) {
    const BenchRun run = run_skim(misuse.arguments);
    EXPECT_EQ(run.status, 2) << misuse.message;
    EXPECT_THAT(run.err, HasSubstr(misuse.message));
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
    EXPECT_EQ(run.out, "");
  }
}

TEST(BenchCli, AProfileIsOfOnePathOnOneCaseOnAGpu) {
  const std::vector<Misuse> misuses = {
      {{"--paths", "skim", "--vocab", "1000"},
       "--profile is for kernels on a GPU: add --device cuda"},
      {{"--device", "cuda", "--vocab", "1000"}, "--profile runs one path and 0 are named"},
      {{"--device", "cuda", "--vocab", "1000", "--paths", "skim,Highway VQSort"},
       "--profile runs one path and 2 are named: name one with --paths"},
      {{"--device", "cuda", "--vocab", "1000,2000", "--paths", "skim"},
       "--profile runs one case and there are 2"},
  };
  for (Misuse misuse : misuses) {
    misuse.arguments.insert(misuse.arguments.begin(), {"bench", "--profile"});
    const BenchRun run = run_skim(misuse.arguments);
    EXPECT_EQ(run.status, 2);
    EXPECT_THAT(run.err, HasSubstr(misuse.message));
    EXPECT_EQ(run.out, "");
  }
}

TEST(BenchCli, WithoutAGpuThereIsNothingToExplainOrProfile) {
  if (cuda_device_count() > 0) GTEST_SKIP() << "this machine has a GPU";
  const BenchRun explain = run_skim({"explain", "--device", "cuda"});
  EXPECT_EQ(explain.status, 2);
  EXPECT_EQ(explain.err, "skim: --device is cuda: " + why_no_cuda() + "\n");
  const BenchRun profile =
      run_skim({"bench", "--device", "cuda", "--profile", "--paths", "skim", "--vocab", "1000"});
  EXPECT_EQ(profile.status, 2);
  EXPECT_EQ(profile.err, "skim: --profile: " + why_no_cuda() + "\n");
}

TEST(BenchCli, HelpAndVersion) {
  const BenchRun help = run_skim({"--help"});
  EXPECT_EQ(help.status, 0);
  for (const char* command : {"bench", "explain", "verify", "info"}) {
    EXPECT_THAT(help.out, HasSubstr(command));
  }
  const BenchRun bench_help = run_skim({"bench", "--help"});
  EXPECT_EQ(bench_help.status, 0);
  EXPECT_THAT(bench_help.out, HasSubstr("--vocab"));
  EXPECT_EQ(run_skim({"--version"}).out, SKIM_VERSION_STRING "\n");
}

TEST(BenchCli, TheTableHasEveryColumnAndSaysWhyNot) {
  std::vector<std::string> arguments = small_case();
  arguments.insert(arguments.begin(), "bench");
  const BenchRun run = run_skim(arguments);
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("2 x 1000, k 5, float16, normal (cpu, 1 thread, cold: "));
  EXPECT_THAT(run.out, HasSubstr("vs std::partial_sort"));
  for (const char* path :
       {"floor", "skim", "std::partial_sort", "std::nth_element", "Highway VQSort"}) {
    EXPECT_THAT(run.out, ContainsRegex("\n  " + std::string(path) + " +[0-9.]+"));
  }
  EXPECT_THAT(run.out, HasSubstr("FlashInfer (row offsets)  N/A: a path of Python's: run "));
  EXPECT_THAT(run.out, ContainsRegex("Side by side.*\n +Batch +Vocab +k +dtype +PyTorch +Triton"));
  EXPECT_EQ(run.out.find('\x1b'), std::string::npos) << "no colours in a pipe";
  EXPECT_EQ(run.err, "") << "no progress bar in a pipe";
}

TEST(BenchCli, TheJsonHoldsTheCaseTheEnvironmentAndEveryPath) {
  const JsonRun run = run_bench_json(small_case({"--dtype", "bfloat16", "--seed", "7"}));
  ASSERT_FALSE(run.json.is_discarded()) << run.err;
  EXPECT_EQ(run.json.at("schema_version"), 2);
  const nlohmann::json& environment = run.json.at("environment");
  for (const char* key : {"cpu", "simd", "commit", "command", "date"}) {
    EXPECT_NE(environment.at(key), "") << key;
  }
  EXPECT_THAT(environment.at("command").get<std::string>(), HasSubstr("--seed 7"));
  EXPECT_EQ(environment.at("libraries").at("skim"), SKIM_VERSION_STRING);
  const nlohmann::json& one = run.json.at("cases").at(0);
  EXPECT_EQ(one.at("rows"), 2);
  EXPECT_EQ(one.at("cols"), 1000);
  EXPECT_EQ(one.at("k"), 5);
  EXPECT_EQ(one.at("dtype"), "bfloat16");
  EXPECT_EQ(one.at("input"), "normal");
  EXPECT_EQ(one.at("bytes"), 4000);
  EXPECT_EQ(one.at("threads"), 1);
  EXPECT_EQ(one.at("baseline"), "std::partial_sort");
  EXPECT_GT(one.at("floor").at("median_us"), 0);
  std::set<std::string> names;
  for (const nlohmann::json& path : one.at("paths")) names.insert(path.at("name"));
  EXPECT_EQ(names, (std::set<std::string>{"skim",
                                          "std::partial_sort",
                                          "std::nth_element",
                                          "Highway VQSort",
                                          "CUB DeviceBatchedTopK",
                                          "CUB DeviceBatchedTopK (ties by index)",
                                          "CUB DeviceTopK",
                                          "CUB segmented radix sort",
                                          "RAFT select_k",
                                          "CuTe",
                                          "PyTorch",
                                          "torch.compile",
                                          "Triton (published)",
                                          "Triton (best)",
                                          "QuACK",
                                          "FlashInfer",
                                          "FlashInfer (deterministic)",
                                          "JAX",
                                          "skim (page table)",
                                          "FlashInfer (page table)",
                                          "skim (row offsets)",
                                          "FlashInfer (row offsets)"}));
  EXPECT_EQ(run.path("skim").at("status"), "ok") << run.out;
  EXPECT_EQ(run.path("skim").at("wrong_on"), nlohmann::json::array());
  EXPECT_EQ(one.at("published"), nullptr);
  EXPECT_EQ(one.at("remark"), "");
  EXPECT_EQ(run.path("CuTe").at("status"), "not_applicable");
}

TEST(BenchCli, ListsGiveEveryCombination) {
  const JsonRun run = run_bench_json({"--device", "cpu", "--batch", "1,2", "--vocab", "300", "--k",
                                      "1,300", "--dtype", "int8,float64", "--rounds", "1",
                                      "--paths", "skim,Highway VQSort", "--mode", "hot"});
  EXPECT_EQ(run.status, 0) << run.err;
  ASSERT_EQ(run.json.at("cases").size(), 8);
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(run.path("skim", i).at("status"), "ok") << run.out;
    EXPECT_EQ(run.path("Highway VQSort", i).at("status"), "ok") << run.out;
  }
}

TEST(BenchCli, SweepsCanBeSeveralAndStandBesideWhatWasPublished) {
  const JsonRun run = run_bench_json(
      {"--device", "cpu", "--sweep", "realistic,stress", "--rounds", "1", "--paths", "SKIM"});
  EXPECT_EQ(run.status, 0) << run.err;
  ASSERT_EQ(run.json.at("cases").size(), 6);
  const nlohmann::json& published = run.json.at("cases").at(2).at("published");
  EXPECT_EQ(published.at("pytorch_us"), 48);
  EXPECT_EQ(published.at("triton_us"), 729);
  EXPECT_THAT(run.out, ContainsRegex("published H100 PCIe, 2025-11"));
  EXPECT_THAT(run.out, HasSubstr("48, 729, 15.2x slower"));
  EXPECT_EQ(run.json.at("cases").at(0).at("remark"), "");
  const auto remark = run.json.at("cases").at(4).at("remark").get<std::string>();
  EXPECT_THAT(remark, HasSubstr("misleading"));
  EXPECT_THAT(run.out, HasSubstr("4096 x 1024, 4096 x 2048: " + remark));
}

TEST(BenchCli, TheFirstWordsOfANamePickEveryPathThatBeginsWithThem) {
  const JsonRun several = run_bench_json(small_case({"--paths", "triton,skim"}));
  EXPECT_EQ(several.json.at("cases").at(0).at("paths").size(), 3);
  const JsonRun one = run_bench_json(small_case({"--paths", "flashinfer"}));
  EXPECT_EQ(one.json.at("cases").at(0).at("paths").size(), 1) << "a whole name is that path";
}

TEST(BenchCli, TheLastOfARepeatedOptionCounts) {
  const JsonRun run = run_bench_json(
      small_case({"--paths", "Highway VQSort", "--seed", "1", "--rounds", "2", "--seed", "2"}));
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.path("Highway VQSort").at("timing").at("samples"), 2);
}

TEST(BenchCli, EveryPathGetsTheSameThreads) {
  const JsonRun run = run_bench_json(small_case({"--threads", "2", "--mode", "hot"}));
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.json.at("cases").at(0).at("threads"), 2);
  EXPECT_THAT(run.out, HasSubstr("2 threads"));
  for (const char* path : {"skim", "std::partial_sort", "std::nth_element", "Highway VQSort"}) {
    EXPECT_EQ(run.path(path).at("status"), "ok") << run.out;
  }
}

TEST(BenchCli, WithoutAGpuEveryPathSaysSo) {
  if (cuda_device_count() > 0) GTEST_SKIP() << "this machine has a GPU";
  const JsonRun run = run_bench_json(small_case({"--device", "cuda"}));
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("N/A: " + why_no_cuda()));
  for (const nlohmann::json& path : run.json.at("cases").at(0).at("paths")) {
    EXPECT_EQ(path.at("status"), "not_applicable");
    EXPECT_EQ(path.at("message"), why_no_cuda());
  }
  EXPECT_EQ(run.json.at("cases").at(0).at("mode"), "rotate8");
  EXPECT_EQ(run.json.at("environment").at("gpu"), nullptr);
  EXPECT_EQ(run_skim({"verify", "--device", "cuda", "--vocab", "300"}).status, 0);
}

TEST(BenchCli, OnAGpuThePathsOfTheCpuSaySo) {
  if (cuda_device_count() == 0) GTEST_SKIP() << why_no_cuda();
  const JsonRun run = run_bench_json(small_case({"--device", "cuda"}));
  EXPECT_EQ(run.status, 0) << run.err << run.out;
  EXPECT_EQ(run.path("skim").at("status"), "ok") << run.out;
  EXPECT_GT(run.path("skim").at("host_us"), 0);
  EXPECT_FALSE(run.path("skim").contains("not_captured"));
  for (const char* path : {"std::partial_sort", "std::nth_element", "Highway VQSort"}) {
    EXPECT_EQ(run.path(path).at("message"), "runs on the CPU only");
  }
  EXPECT_NE(run.json.at("environment").at("gpu").at("name"), "");
  EXPECT_GT(run.json.at("cases").at(0).at("launch").at("median_us"), 0);
}

TEST(BenchCli, WorstIsOverTheOtherDistributions) {
  const JsonRun run = run_bench_json(
      small_case({"--worst", "--paths", "skim", "--mode", "hot", "--dtype", "float32"}));
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("worst input, us"));
  const nlohmann::json& skim = run.path("skim");
  const nlohmann::json& others = skim.at("others_us");
  EXPECT_EQ(others.size(), kDistributionCount - 1);
  EXPECT_FALSE(others.contains("normal"));
  double slowest = 0;
  for (const auto& [input, us] : others.items()) slowest = std::max(slowest, us.get<double>());
  EXPECT_EQ(skim.at("worst").at("median_us"), slowest);
  EXPECT_EQ(others.at(skim.at("worst").at("input").get<std::string>()), slowest);
  EXPECT_GT(slowest, 0);
}

TEST(BenchCli, RealLogits) {
  const JsonRun run =
      run_bench_json({"--device", "cpu", "--dist", "real", "--batch", "3", "--rounds", "2"});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.json.at("cases").at(0).at("cols"), 49152);
  EXPECT_EQ(run.json.at("cases").at(0).at("input"), "real");
  EXPECT_EQ(run.path("skim").at("status"), "ok") << run.out;
}

TEST(BenchCli, RealLogitsOfAnyShapeSayWhatTheyAre) {
  const JsonRun run = run_bench_json({"--device", "cpu", "--dist", "real", "--vocab", "60000",
                                      "--dtype", "bfloat16", "--rounds", "2", "--paths", "skim"});
  EXPECT_EQ(run.status, 0) << run.err;
  const nlohmann::json& measured = run.json.at("cases").at(0);
  EXPECT_EQ(measured.at("cols"), 60000);
  EXPECT_THAT(measured.at("real_rows").get<std::string>(), HasSubstr("converted from float16"));
  EXPECT_THAT(run.out, HasSubstr("real:  32 stored rows of 49152 logits, made longer"));
  EXPECT_EQ(run.path("skim").at("status"), "ok") << run.out;
}

TEST(BenchCli, AMissingFileOfLogitsIsNamed) {
  const BenchRun run = run_skim({"bench", "--dist", "real", "--data", "/nowhere.npy"});
  EXPECT_NE(run.status, 0);
  EXPECT_THAT(run.err, HasSubstr("'/nowhere.npy' cannot be opened"));
}

TEST(BenchCli, ExplainShowsThePlanAndEveryPath) {
  const BenchRun run = run_skim({"explain", "--device", "cpu", "--batch", "4", "--vocab", "50304",
                                 "--k", "128", "--rounds", "3"});
  EXPECT_EQ(run.status, 0) << run.err;
  for (const char* part : {"problem ", "plan ", "why ", "bytes      402432 of input", "floor ",
                           "workspace ", "paths\n"}) {
    EXPECT_THAT(run.out, HasSubstr(part));
  }
  EXPECT_THAT(run.out, ContainsRegex("\n  skim +applicable"));
  EXPECT_THAT(run.out, ContainsRegex("\n  CUB segmented radix sort +N/A: needs a CUDA device"));
}

TEST(BenchCli, VerifyRunsEveryBuildOfOurKernel) {
  const BenchRun run =
      run_skim({"verify", "--device", "cpu", "--vocab", "2000", "--k", "50", "--dtype", "float16"});
  EXPECT_EQ(run.status, 0) << run.err << run.out;
  EXPECT_THAT(run.out, HasSubstr("16 cases against the oracle, every row"));
  EXPECT_THAT(run.out, ContainsRegex("\nskim +16 +0 +0\n"));
  for (const SimdTarget target : runnable_simd_targets()) {
    for (const char* index_dtype : {"int64", "int32"}) {
      EXPECT_THAT(run.out, ContainsRegex("\nskim \\(" + to_string(target) + ", " + index_dtype +
                                         "\\) +16 +0 +0\n"));
    }
  }
  EXPECT_THAT(run.out, ContainsRegex("\nJAX +0 +0 +16  N/A: a path of Python's"));
}

TEST(BenchCli, InfoListsThePaths) {
  const BenchRun run = run_skim({"info"});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.out, ContainsRegex("  skim +" SKIM_VERSION_STRING));
  EXPECT_THAT(run.out, ContainsRegex("simd +" + to_string(runnable_simd_targets().front())));
  EXPECT_THAT(run.out, ContainsRegex("  QuACK +N/A: a path of Python's: run "));
  EXPECT_THAT(run.out, ContainsRegex("cuda +(cuda:0 |no CUDA device: )"));
}

}  // namespace
}  // namespace skim::bench
