// The launches of all algorithms, for whoever looks for one.
#pragma once

#include "cuda/bucket_select_launch.cuh"
#include "cuda/cluster_buckets_launch.cuh"
#include "cuda/cluster_maxima_launch.cuh"
#include "cuda/filter_launch.cuh"
#include "cuda/group_maxima_launch.cuh"
#include "cuda/phase_clock.cuh"
#include "cuda/radix_select_launch.cuh"
#include "cuda/register_sort_launch.cuh"
#include "cuda/sample_select_launch.cuh"
#include "cuda/warp_maxima_launch.cuh"

namespace skim::cuda {

// Calls visit<Launch>() for that of every algorithm that serves the element type, until one is
// true. Kernels of an algorithm without phases have no clock.
template <DType kDType, bool kLargest, class Clock, class Visit>
bool any_launch(Visit visit) {
  const auto of = [&]<class Launch>() {
    if constexpr (Launch::kServes) {
      return visit.template operator()<Launch>();
    } else {
      return false;
    }
  };
  return of.template operator()<RegisterSortLaunch<kDType, kLargest, Clock>>() ||
         of.template operator()<WarpMaximaLaunch<kDType, kLargest, Clock>>() ||
         of.template operator()<BucketSelectLaunch<kDType, kLargest, Clock>>() ||
         of.template operator()<ClusterMaximaLaunch<kDType, kLargest, Clock>>() ||
         of.template operator()<ClusterBucketsLaunch<kDType, kLargest, Clock>>() ||
         of.template operator()<GroupMaximaLaunch<kDType, kLargest, Clock>>() ||
         of.template operator()<SampleSelectLaunch<kDType, kLargest>>() ||
         of.template operator()<FilterLaunch<kDType, kLargest, Clock>>() ||
         of.template operator()<RadixSelectLaunch<kDType, kLargest>>();
}

}  // namespace skim::cuda
