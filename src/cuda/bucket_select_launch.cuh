// Launches bucket_select.
#pragma once

#include <algorithm>
#include <bit>
#include <span>

#include "cuda/bucket_select.cuh"
#include "cuda/launch.cuh"

namespace skim::cuda {

template <DType kDType, bool kLargest, class Clock = SilentClock>
class BucketSelectLaunch {
 public:
  static constexpr TopkAlgorithm kAlgorithm = TopkAlgorithm::bucket_select;
  static constexpr bool kServes = has_lanes(kDType);
  static constexpr std::span<const char* const> kPhases = kBucketSelectPhases;

  static void launch(const BoundTopk& bound, Stream stream) {
    const CudaGeometry& geometry = bound.plan.cuda;
    launch_one_kernel(bound, stream, kernel_of(geometry.vectors), arguments(bound),
                      bucket_select_shared_bytes(geometry, bound.plan.problem.k));
  }

  static bool is_loaded_ahead(const Device&) { return true; }
  static void load(const Device& device) {
    for (const int vectors : kBucketVectors) {
      if (bucket_elements(vectors, sizeof(Key)) <= kMostBucketElements)
        load_kernel(kernel_of(vectors), device);
    }
  }

 private:
  using Key = typename KeyOrder<kDType>::Key;
  static_assert(sizeof(BucketSelectShared) <= kStaticSharedBytes);

  static TopkArguments arguments(const BoundTopk& bound) {
    const CudaGeometry& geometry = bound.plan.cuda;
    const int groups = geometry.groups_per_warp;
    TopkArguments arguments = arguments_of(bound);
    arguments.lane_bits = std::countr_zero(static_cast<unsigned>(std::max(32 / groups, 1)));
    // None with more groups than vectors.
    arguments.group_vectors = std::min(32 * geometry.vectors / groups, geometry.vectors);
    return arguments;
  }

  static TopkKernel kernel_of(int vectors) {
    switch (vectors) {
      case 1:
        return bucket_select_kernel<kDType, kLargest, 1, Clock>;
      case 2:
        return bucket_select_kernel<kDType, kLargest, 2, Clock>;
      case 4:
        return bucket_select_kernel<kDType, kLargest, 4, Clock>;
      default:
        if constexpr (bucket_elements(8, sizeof(Key)) <= kMostBucketElements)
          return bucket_select_kernel<kDType, kLargest, 8, Clock>;
    }
    return nullptr;  // no plan has so many vectors
  }
};

}  // namespace skim::cuda
