#include "environment.h"

#include <dlfcn.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <hwy/highway.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "skim/device.h"
#include "skim/skim.h"

namespace skim::bench {
namespace {

std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

// What the build was made from; SKIM_COMMIT says it where the sources came without git.
std::string commit() {
  const char* given = std::getenv("SKIM_COMMIT");
  return given != nullptr ? given : SKIM_BENCH_COMMIT;
}

}  // namespace

Environment current_environment(std::string command, bool with_gpu) {
  const Device& device = Device::cpu();
  Environment environment;
  environment.cpu = cpu_model();
  environment.simd = to_string(device.simd);
  environment.device_threads = device.threads;
  environment.l2_bytes = device.l2_bytes;
  if (with_gpu) environment.gpu = gpu_environment();
  environment.libraries = {
      {"skim", skim_version()},
      {"compiler", SKIM_BENCH_COMPILER},
      {"hwy", fmt::format("{}.{}.{}", HWY_MAJOR, HWY_MINOR, HWY_PATCH)},
      {"fmt", fmt::format("{}", FMT_VERSION)},
      {"nlohmann-json", fmt::format("{}.{}.{}", NLOHMANN_JSON_VERSION_MAJOR,
                                    NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH)}};
  environment.commit = commit();
  environment.command = std::move(command);
  environment.date = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  return environment;
}

std::string own_folder() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&own_folder), &info) == 0) return "";
  return std::filesystem::path(info.dli_fname).parent_path().string();
}

}  // namespace skim::bench
