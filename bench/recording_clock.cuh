// The clock that stores what it sees: the first thread of each CTA adds up its cycles, a phase.
// Loads that are under way belong to the phase that waits for them.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>

#include "phase_records.h"

namespace skim::bench {

// Where those of the next launches go: kMostPhases a CTA, the CTAs of a row side by side. A
// variable of each source that compiles kernels with this clock, so that arguments are the same as
// without it.
static __constant__ unsigned long long* recorded_cycles;

class RecordingClock {
 public:
  // Not in a list of initialisers: the host's compiler reads those and knows no clock64.
  __device__ RecordingClock() {
    const std::size_t cta = std::size_t{blockIdx.x} * gridDim.y + blockIdx.y;
    cycles_ = recorded_cycles + kMostPhases * cta;
    begin_ = clock64();
  }

  template <class Phase>
  __device__ void end(Phase phase) {
    if (threadIdx.x != 0) return;
    const long long now = clock64();
    // Without waiting for an answer, as an addition here would.
    atomicAdd(cycles_ + static_cast<int>(phase), static_cast<unsigned long long>(now - begin_));
    begin_ = now;
  }

 private:
  unsigned long long* cycles_;
  long long begin_;
};

}  // namespace skim::bench
