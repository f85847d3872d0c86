// Compiled once a dtype (-DSKIM_DTYPE=f32): which algorithm's launch a plan goes to.
#include <string>

#include "cuda/index_order_launch.cuh"
#include "cuda/kernels.h"
#include "cuda/launches.cuh"
#include "device_of.h"

namespace skim::cuda {
namespace {

constexpr DType kDType = DType::SKIM_DTYPE;

template <bool kLargest>
void launch_direction(const BoundTopk& bound, Stream stream) {
  const TopkAlgorithm algorithm = bound.plan.algorithm;
  const bool launched = any_launch<kDType, kLargest, SilentClock>([&]<class Launch>() {
    if (Launch::kAlgorithm != algorithm) return false;
    const Device& device = device_of(bound.plan.problem.device);
    if (!Launch::is_loaded_ahead(device)) Launch::load(device);
    Launch::launch(bound, stream);
    return true;
  });
  if (launched && is_ordered_afterwards(bound.plan))
    IndexOrderLaunch<kDType, kLargest>::launch(bound, stream);
  if (launched) return;
  throw DeviceError("there is no kernel of " + to_string(algorithm) + " for " +
                    std::string(name_of(kDType)) + "; run a plan as plan_topk made it");
}

template <bool kLargest>
void load_direction(const Device& device) {
  any_launch<kDType, kLargest, SilentClock>([&]<class Launch>() {
    if (Launch::is_loaded_ahead(device)) Launch::load(device);
    return false;
  });
  IndexOrderLaunch<kDType, kLargest>::load(device);
}

}  // namespace

template <>
void launch_topk<kDType>(const BoundTopk& bound, Stream stream) {
  bound.plan.problem.largest ? launch_direction<true>(bound, stream)
                             : launch_direction<false>(bound, stream);
}

template <>
void load_topk_kernels<kDType>(const Device& device) {
  load_direction<true>(device);
  load_direction<false>(device);
}

template <>
int most_cluster_ctas<kDType>() {
  if constexpr (has_lanes(kDType)) {
    using Launch = ClusterMaximaLaunch<kDType, true>;
    return largest_cluster(Launch::kernel_of(CtaTeam::cluster, kExchangeVectors[0]),
                           kMostMaximaThreads);
  } else {
    using Launch = FilterLaunch<kDType, true>;
    return largest_cluster(Launch::kernel_of(CtaTeam::cluster), kMostFilterThreads);
  }
}

}  // namespace skim::cuda
