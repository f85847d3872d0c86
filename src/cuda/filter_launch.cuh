// Launches filter.
#pragma once

#include <span>

#include "cuda/filter.cuh"
#include "cuda/launch.cuh"

namespace skim::cuda {

template <DType kDType, bool kLargest, class Clock = SilentClock>
class FilterLaunch {
  using Key = typename KeyOrder<kDType>::Key;

 public:
  static constexpr TopkAlgorithm kAlgorithm = TopkAlgorithm::filter;
  static constexpr bool kServes = true;
  static constexpr std::span<const char* const> kPhases = kFilterPhases;

  static void launch(const BoundTopk& bound, Stream stream) {
    const CudaGeometry& geometry = bound.plan.cuda;
    launch_one_kernel(bound, stream, kernel_of(geometry.team), arguments_of(bound),
                      filter_shared_bytes(geometry, sizeof(Key)));
  }

  static bool is_loaded_ahead(const Device&) { return true; }
  static void load(const Device& device) {
    for_each_team(device, [&](CtaTeam team) { load_kernel(kernel_of(team), device, team); });
  }

  static TopkKernel kernel_of(CtaTeam team) {
    if (team == CtaTeam::cluster) return filter_kernel<kDType, kLargest, FilterClusterTeam, Clock>;
    return filter_kernel<kDType, kLargest, FilterGridTeam, Clock>;
  }

 private:
  static_assert(sizeof(FilterShared<CandidateFor<Key>>) <= kStaticSharedBytes);
};

}  // namespace skim::cuda
