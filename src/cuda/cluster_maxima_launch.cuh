// Launches cluster_maxima.
#pragma once

#include <bit>
#include <cstdint>
#include <span>

#include "cuda/cluster_maxima.cuh"
#include "cuda/launch.cuh"

namespace skim::cuda {

template <DType kDType, bool kLargest, class Clock = SilentClock>
class ClusterMaximaLaunch {
 public:
  static constexpr TopkAlgorithm kAlgorithm = TopkAlgorithm::cluster_maxima;
  static constexpr bool kServes = has_lanes(kDType);
  static constexpr std::span<const char* const> kPhases = kClusterMaximaPhases;

  static void launch(const BoundTopk& bound, Stream stream) {
    const CudaGeometry& geometry = bound.plan.cuda;
    launch_one_kernel(bound, stream, kernel_of(geometry.team, geometry.vectors), arguments(bound),
                      cluster_maxima_shared_bytes(geometry));
  }

  static bool is_loaded_ahead(const Device&) { return true; }
  static void load(const Device& device) {
    for (const int vectors : kLoneVectors)
      load_kernel(kernel_of(CtaTeam::grid, vectors), device, CtaTeam::grid);
    if (device.cluster_ctas == 1) return;
    for (const int vectors : kExchangeVectors)
      load_kernel(kernel_of(CtaTeam::cluster, vectors), device, CtaTeam::cluster);
  }

  static TopkKernel kernel_of(CtaTeam team, int vectors) {
    return team == CtaTeam::cluster ? of_cluster(vectors) : of_one_cta(vectors);
  }

 private:
  static_assert(sizeof(ClusterMaximaShared) <= kStaticSharedBytes);

  static TopkArguments arguments(const BoundTopk& bound) {
    const CudaGeometry& geometry = bound.plan.cuda;
    TopkArguments arguments = arguments_of(bound);
    arguments.cta_bits = exponent_of(geometry.ctas);
    arguments.lane_bits = exponent_of(geometry.threads / geometry.groups);
    arguments.wanted = static_cast<std::uint32_t>(geometry.wanted);
    return arguments;
  }

  static int exponent_of(int power_of_two) {
    return std::countr_zero(static_cast<unsigned>(power_of_two));
  }

  static TopkKernel of_one_cta(int vectors) {
    switch (vectors) {
      case 1:
        return cluster_maxima_kernel<kDType, kLargest, 1, LoneTeam, Clock>;
      case 2:
        return cluster_maxima_kernel<kDType, kLargest, 2, LoneTeam, Clock>;
      case 4:
        return cluster_maxima_kernel<kDType, kLargest, 4, LoneTeam, Clock>;
      case 8:
        return cluster_maxima_kernel<kDType, kLargest, 8, LoneTeam, Clock>;
      default:
        return cluster_maxima_kernel<kDType, kLargest, 16, LoneTeam, Clock>;
    }
  }
  static TopkKernel of_cluster(int vectors) {
    switch (vectors) {
      case 2:
        return cluster_maxima_kernel<kDType, kLargest, 2, ExchangeTeam, Clock>;
      case 4:
        return cluster_maxima_kernel<kDType, kLargest, 4, ExchangeTeam, Clock>;
      case 8:
        return cluster_maxima_kernel<kDType, kLargest, 8, ExchangeTeam, Clock>;
      case 16:
        return cluster_maxima_kernel<kDType, kLargest, 16, ExchangeTeam, Clock>;
      default:
        return cluster_maxima_kernel<kDType, kLargest, 20, ExchangeTeam, Clock>;
    }
  }
};

}  // namespace skim::cuda
