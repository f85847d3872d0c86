// Where a kernel spends its time: it has a clock and says where each of its phases ends. The clock
// is a policy. This one compiles to nothing and is the one of every kernel of the library; that of
// the benchmark (bench/recording_clock.cuh) stores what it sees.
#pragma once

namespace skim::cuda {

struct SilentClock {
  // By every thread that gets there, as often as it gets there; Phase is the kernel's own
  // enumeration.
  template <class Phase>
  __device__ void end(Phase) {}
};

}  // namespace skim::cuda
