// Launches cluster_buckets.
#pragma once

#include <algorithm>
#include <bit>
#include <span>

#include "cuda/cluster_buckets.cuh"
#include "cuda/launch.cuh"

namespace skim::cuda {

template <DType kDType, bool kLargest, class Clock = SilentClock>
class ClusterBucketsLaunch {
 public:
  static constexpr TopkAlgorithm kAlgorithm = TopkAlgorithm::cluster_buckets;
  static constexpr bool kServes = has_lanes(kDType);
  static constexpr std::span<const char* const> kPhases = kClusterBucketsPhases;

  static void launch(const BoundTopk& bound, Stream stream) {
    const CudaGeometry& geometry = bound.plan.cuda;
    launch_one_kernel(bound, stream, kernel_of(geometry.vectors), arguments(bound),
                      cluster_buckets_shared_bytes(geometry));
  }

  static bool is_loaded_ahead(const Device&) { return true; }
  static void load(const Device& device) {
    if (device.cluster_ctas == 1) return;
    for (const int vectors : kClusterBucketVectors)
      load_kernel(kernel_of(vectors), device, CtaTeam::cluster);
  }

 private:
  static_assert(sizeof(ClusterBucketsShared) <= kStaticSharedBytes);

  static TopkArguments arguments(const BoundTopk& bound) {
    const CudaGeometry& geometry = bound.plan.cuda;
    const ClusterBucketSets sets = cluster_bucket_sets(geometry, bound.plan.problem.k);
    TopkArguments arguments = arguments_of(bound);
    arguments.cta_bits = std::countr_zero(static_cast<unsigned>(geometry.ctas));
    arguments.thread_groups = geometry.groups / geometry.threads;
    arguments.group_vectors = sets.groups;
    arguments.lane_bits = sets.lane_bits;
    return arguments;
  }

  static TopkKernel kernel_of(int vectors) {
    switch (vectors) {
      case 2:
        return cluster_buckets_kernel<kDType, kLargest, 2, Clock>;
      case 4:
        return cluster_buckets_kernel<kDType, kLargest, 4, Clock>;
      case 8:
        return cluster_buckets_kernel<kDType, kLargest, 8, Clock>;
      default:
        return cluster_buckets_kernel<kDType, kLargest, 16, Clock>;
    }
  }
};

}  // namespace skim::cuda
