// Runs the benchmark in this process, with planted paths, and keeps what it said.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench_main.h"

namespace skim::bench {

struct BenchRun {
  int status = 0;
  std::string out;
  std::string err;
};

inline BenchRun run_skim(std::vector<std::string> arguments,
                         const std::vector<skim_bench_path>& paths = {}) {
  arguments.insert(arguments.begin(), "skim");
  std::vector<const char*> argv;
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  BenchRun run;
  run.status = bench_main(static_cast<int>(argv.size()), argv.data(), paths.data(),
                          static_cast<std::int32_t>(paths.size()));
  run.out = testing::internal::GetCapturedStdout();
  run.err = testing::internal::GetCapturedStderr();
  return run;
}

// As run_skim({"bench", ...}) with --json; the results as they were written.
struct JsonRun : BenchRun {
  nlohmann::json json;

  const nlohmann::json& path(const std::string& name, std::size_t case_index = 0) const {
    for (const nlohmann::json& path : json.at("cases").at(case_index).at("paths")) {
      if (path.at("name") == name) return path;
    }
    throw std::out_of_range("no path " + name + " in the JSON");
  }
};

inline JsonRun run_bench_json(std::vector<std::string> arguments,
                              const std::vector<skim_bench_path>& paths = {}) {
  std::string test = testing::UnitTest::GetInstance()->current_test_info()->name();
  std::replace(test.begin(), test.end(), '/', '_');  // of a test with parameters
  const std::filesystem::path file = std::filesystem::temp_directory_path() /
                                     ("skim_" + test + "_" + std::to_string(::getpid()) + ".json");
  arguments.insert(arguments.begin(), {"bench", "--json", file.string()});
  JsonRun run;
  static_cast<BenchRun&>(run) = run_skim(arguments, paths);
  run.json = nlohmann::json::parse(std::ifstream(file), nullptr, false);
  std::filesystem::remove(file);
  EXPECT_FALSE(run.json.is_discarded()) << "no JSON was written: " << run.err;
  return run;
}

}  // namespace skim::bench
