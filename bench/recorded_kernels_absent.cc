// Stands in for kernels with clocks in a build without them.
#include "path.h"
#include "recorded_kernels.h"

namespace skim::bench {

PhaseRecords record_phases(const TopkPlan&, const CaseInputs&, int, Gpu&) {
  throw NotApplicable(
      "this build has no kernels with clocks; configure it with nvcc and -DSKIM_BENCH_PROFILE=ON");
}

}  // namespace skim::bench
