// The runs of sampling and of its steps for compute-sanitizer: each filter, whole and in parts that
// read again, with everything that a row may have beside it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "skim/dtype.h"

namespace skim::test {

struct SanitizedRun {
  std::string kernel;
  std::string described;
  std::function<void()> check;  // throws where the GPU differs from the CPU
};

std::vector<SanitizedRun> sampling_runs(DType dtype);

}  // namespace skim::test
