// Launches group_maxima.
#pragma once

#include <cstdint>
#include <span>

#include "cuda/group_maxima.cuh"
#include "cuda/launch.cuh"

namespace skim::cuda {

template <DType kDType, bool kLargest, class Clock = SilentClock>
class GroupMaximaLaunch {
 public:
  static constexpr TopkAlgorithm kAlgorithm = TopkAlgorithm::group_maxima;
  static constexpr bool kServes = has_lanes(kDType);
  static constexpr std::span<const char* const> kPhases = kGroupMaximaPhases;

  static void launch(const BoundTopk& bound, Stream stream) {
    const CudaGeometry& geometry = bound.plan.cuda;
    launch_one_kernel(bound, stream, kernel_of(geometry.vectors), arguments(bound),
                      group_maxima_shared_bytes(geometry));
  }

  static bool is_loaded_ahead(const Device& device) { return device.cluster_ctas == 1; }
  static void load(const Device& device) {
    for (const int vectors : kMaximaVectors) load_kernel(kernel_of(vectors), device);
  }

 private:
  static_assert(sizeof(GroupMaximaShared) <= kStaticSharedBytes);

  static TopkArguments arguments(const BoundTopk& bound) {
    const CudaGeometry& geometry = bound.plan.cuda;
    TopkArguments arguments = arguments_of(bound);
    arguments.groups_per_warp = geometry.groups_per_warp;
    return arguments;
  }

  static TopkKernel kernel_of(int vectors) {
    switch (vectors) {
      case 1:
        return group_maxima_kernel<kDType, kLargest, 1, Clock>;
      case 4:
        return group_maxima_kernel<kDType, kLargest, 4, Clock>;
      case 8:
        return group_maxima_kernel<kDType, kLargest, 8, Clock>;
      default:
        return group_maxima_kernel<kDType, kLargest, 10, Clock>;
    }
  }
};

}  // namespace skim::cuda
