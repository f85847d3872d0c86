// A number that so many maxima of groups reach, and few more: these counted into buckets of a CTA.
// How few more there are depends on where the buckets lie.
#pragma once

#include <cstdint>
#include <limits>

#include "cuda/bucket_range.cuh"
#include "cuda/buckets.cuh"
#include "cuda/cluster_buckets_layout.h"
#include "cuda/float_numbers.cuh"
#include "cuda/measure.cuh"

namespace skim::cuda {

// Every thread of the CTA calls.
class BoundBuckets {
 public:
  // The range begins with the least of the maxima of sets of groups, as RangeFinder says.
  template <class Groups>
  __device__ BoundBuckets(const Groups& groups, int set_groups, int set_lane_bits,
                          const Buckets& buckets, shared::Address range_scratch)
      : BoundBuckets(RangeFinder::of<Groups, kMostThreadGroups>(groups, set_groups, set_lane_bits)
                         .of_all(range_scratch),
                     buckets, range_scratch) {}

  // Whether `wanted` maxima were counted; then that many elements reach the bound.
  template <class Groups>
  __device__ bool count(const Groups& groups, std::uint32_t wanted) const {
#pragma unroll
    for (int i = 0; i < kMostThreadGroups; ++i) {
      if (i >= groups.groups()) break;
      const float number = groups.number(i);
      const shared::Address bucket = map_(measure_(number));
      shared::add(number >= measure_.low() ? bucket : buckets_.spare(), 1);
    }
    __syncthreads();
    buckets_.close(wanted, [](std::uint32_t) {});
    return buckets_.cut_end() > 0;
  }
  // After counting. Where fewer were, so that nothing is left out, buckets begin with the least.
  template <class Groups>
  __device__ float bound(const Groups& groups, bool is_counted) const {
    if (__builtin_expect(is_counted, 1)) return below(buckets_.cut_bucket());
    return RangeFinder::of<Groups, kMostThreadGroups>(groups, 1, 0).of_all(range_scratch_).low;
  }
  // Half of those that reach the bound, or of all, are above; by a warp. -inf where there are none.
  __device__ float middle(std::uint32_t wanted) const {
    const std::uint32_t counted = min(buckets_.total(), wanted);
    if (counted == 0) return -std::numeric_limits<float>::infinity();
    return below(buckets_.bucket_of((counted + 1) / 2));
  }

 private:
  __device__ BoundBuckets(const BucketRange& range, const Buckets& buckets,
                          shared::Address range_scratch)
      : buckets_(buckets),
        range_scratch_(range_scratch),
        measure_(range.low),
        map_(0, width(range.high), buckets) {}

  // Infinities, and numbers of another magnitude, fall into the first bucket.
  __device__ float width(float high) const {
    constexpr float kBinades = 16 * 0x1p23f;
    return fminf(fmaxf(measure_(high), 1e-30f), measure_.by_bits() ? kBinades : 1e38f);
  }
  __device__ float below(std::uint32_t bucket) const {
    return measure_.number_at(map_.below(bucket));
  }

  const Buckets& buckets_;
  shared::Address range_scratch_;
  Measure measure_;
  BucketMap map_;
};

}  // namespace skim::cuda
