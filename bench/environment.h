// Where a measurement was taken.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gpu.h"

namespace skim::bench {

struct Environment {
  std::string cpu;
  std::string simd;
  int device_threads = 1;
  long long l2_bytes = 0;                                      // of one core of the CPU
  std::optional<GpuEnvironment> gpu;                           // where one is measured
  std::vector<std::pair<std::string, std::string>> libraries;  // name, version
  std::string commit;
  std::string command;
  std::string date;  // UTC, ISO 8601
};

Environment current_environment(std::string command, bool with_gpu);

// The folder of this library or of the program it is part of; "" where the system cannot say.
std::string own_folder();

}  // namespace skim::bench
