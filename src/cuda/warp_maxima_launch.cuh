// Launches warp_maxima.
#pragma once

#include <span>

#include "cuda/launch.cuh"
#include "cuda/warp_maxima.cuh"

namespace skim::cuda {

template <DType kDType, bool kLargest, class Clock = SilentClock>
class WarpMaximaLaunch {
 public:
  static constexpr TopkAlgorithm kAlgorithm = TopkAlgorithm::warp_maxima;
  static constexpr bool kServes = has_lanes(kDType);
  static constexpr std::span<const char* const> kPhases = kWarpMaximaPhases;

  static void launch(const BoundTopk& bound, Stream stream) {
    const CudaGeometry& geometry = bound.plan.cuda;
    launch_one_kernel(bound, stream, kernel_of(geometry.vectors, geometry.capacity),
                      arguments_of(bound), 0, geometry.threads / geometry.lanes);
  }

  static bool is_loaded_ahead(const Device&) { return true; }
  static void load(const Device& device) {
    for (const int vectors : kWarpMaximaVectors) {
      for (const int slots : kWarpMaximaSlots) {
        if (is_warp_maxima_shape(vectors, slots)) load_kernel(kernel_of(vectors, slots), device);
      }
    }
  }

 private:
  static TopkKernel kernel_of(int vectors, int slots) {
    switch (vectors) {
      case 2:
        return kernel_of<2>(slots);
      case 4:
        return kernel_of<4>(slots);
      case 8:
        return kernel_of<8>(slots);
      default:
        return kernel_of<16>(slots);
    }
  }

  template <int kVectors>
  static TopkKernel kernel_of(int slots) {
    if (slots == 64) return warp_maxima_kernel<kDType, kLargest, kVectors, 64, Clock>;
    if constexpr (is_warp_maxima_shape(kVectors, 256)) {
      if (slots == 256) return warp_maxima_kernel<kDType, kLargest, kVectors, 256, Clock>;
    }
    return warp_maxima_kernel<kDType, kLargest, kVectors, 128, Clock>;
  }
};

}  // namespace skim::cuda
