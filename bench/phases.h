// What the phases of a kernel took, for people and for programs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cases.h"
#include "json_parts.h"
#include "phase_records.h"

namespace skim::bench {

struct PhaseMedian {
  std::string name;
  double finishing = 0;  // cycles of the CTA that was the last to finish its row
  double all = 0;        // of all CTAs
};

// Over the rows of all calls.
struct PhaseMedians {
  std::vector<PhaseMedian> phases;
  PhaseMedian together;
};
PhaseMedians medians_of(const PhaseRecords& records);

// Of one case.
struct PhaseProfile {
  Case bench_case;
  std::string plan;
  PhaseRecords records;
  std::optional<int> megahertz;  // of the multiprocessors; unknown without NVML
  double call_us = 0;            // one call on the GPU, by the kernel without clocks
};

std::string table_of(const PhaseProfile& profile);
std::string json_of(const Environment& environment, const PhaseProfile& profile);

}  // namespace skim::bench
