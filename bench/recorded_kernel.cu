// Compiled once a dtype (-DSKIM_DTYPE=f32): the library's launches, of kernels with clocks in them.
#include "cuda/launches.cuh"
#include "recorded_kernel.h"
#include "recording_clock.cuh"

namespace skim::bench {
namespace {

constexpr DType kDType = DType::SKIM_DTYPE;

// Calls visit<Launch>() for the algorithm, if its kernel has phases.
template <class Visit>
void with_launch(TopkAlgorithm algorithm, Visit visit) {
  cuda::any_launch<kDType, true, RecordingClock>([&]<class Launch>() {
    if constexpr (requires { Launch::kPhases; }) {
      static_assert(Launch::kPhases.size() <= kMostPhases);
      if (Launch::kAlgorithm == algorithm) visit.template operator()<Launch>();
    }
    return false;
  });
}

}  // namespace

template <>
std::vector<std::string> recorded_phases<kDType>(TopkAlgorithm algorithm) {
  std::vector<std::string> names;
  with_launch(algorithm, [&]<class Launch>() {
    names.assign(Launch::kPhases.begin(), Launch::kPhases.end());
  });
  return names;
}

template <>
void load_recorded<kDType>(TopkAlgorithm algorithm, const Device& device) {
  with_launch(algorithm, [&]<class Launch>() { Launch::load(device); });
}

template <>
void record_into<kDType>(unsigned long long* cycles, Stream stream) {
  cuda::check(
      cudaMemcpyToSymbolAsync(recorded_cycles, &cycles, sizeof(cycles), 0, cudaMemcpyHostToDevice,
                              static_cast<cudaStream_t>(stream.handle)),
      "telling kernels where to record");
}

template <>
void launch_recorded<kDType>(const BoundTopk& bound, Stream stream) {
  with_launch(bound.plan.algorithm, [&]<class Launch>() { Launch::launch(bound, stream); });
}

}  // namespace skim::bench
