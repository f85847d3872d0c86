// The committed results of the machine that a question is about.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "saved_results.h"

namespace skim::bench {

struct MeasuredBefore {
  std::vector<SavedRun> all;
  std::vector<const SavedRun*> runs;  // those that count
  std::string where;                  // the folder, the machine, how many; or what is missing

  MeasuredBefore() = default;
  MeasuredBefore(const MeasuredBefore&) = delete;  // `runs` points into `all`
  MeasuredBefore& operator=(const MeasuredBefore&) = delete;
  MeasuredBefore(MeasuredBefore&&) = default;
  MeasuredBefore& operator=(MeasuredBefore&&) = default;
};

// From `folder` or, where that is empty, from where the program's own results are kept; of the
// paths that are `wanted`. On "cuda" runs on that GPU alone; on "cpu" runs on other CPUs where
// there are none on that one. Throws std::invalid_argument where `folder` or a file in it cannot be
// read.
MeasuredBefore measured_before(const std::string& folder, std::string_view device,
                               const std::string& machine,
                               const std::function<bool(const std::string& path)>& wanted);

}  // namespace skim::bench
