// Buckets in shared memory, the best first: elements are counted, which gives each its slot within
// its bucket; then a bucket knows how many elements are in those before it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/block.cuh"
#include "cuda/bucket_select_layout.h"
#include "cuda/bucket_select_ptx.cuh"
#include "cuda/shared.cuh"
#include "order/candidate.h"

namespace skim::cuda {

using BucketCandidate = CandidateFor<std::int32_t>;  // of keys up to 32 bits

// By its address, so that nothing of it is looked for anew.
struct BucketScratch {
  std::uint32_t of_warp[kMostWarps];
  std::uint32_t cut_bucket;
  std::uint32_t cut_begin;
  std::uint32_t cut_end;
};

// Every thread of the CTA calls; each has a few of them, a multiple of four.
template <std::uint32_t kPerThread>
class BucketsOf {
  static_assert(kPerThread % 4 == 0);

 public:
  __device__ BucketsOf(shared::Address counts, shared::Address scratch)
      : counts_(counts),
        own_(counts + threadIdx.x * kPerThread * sizeof(std::uint32_t)),
        spare_(counts +
               (number() + 4 + threadIdx.x % kSpareBuckets) * std::uint32_t{sizeof(std::uint32_t)}),
        scratch_(scratch) {}

  // The bucket of the k-th best element, where its elements begin and end among all; an end of 0
  // where there are fewer than k. After closing.
  __device__ std::uint32_t cut_bucket() const { return load(offsetof(BucketScratch, cut_bucket)); }
  __device__ std::uint32_t cut_begin() const { return load(offsetof(BucketScratch, cut_begin)); }
  __device__ std::uint32_t cut_end() const { return load(offsetof(BucketScratch, cut_end)); }

  static __device__ std::uint32_t number() { return blockDim.x * kPerThread; }
  __device__ shared::Address address(std::uint32_t bucket) const {
    return counts_ + bucket * sizeof(std::uint32_t);
  }

  // For an element that shall be in no bucket: counting it costs less than a branch around that.
  // Once closed, it begins behind any k. No thread waits for another there.
  __device__ shared::Address spare() const { return spare_; }

  // Elements in all of them; after closing.
  __device__ std::uint32_t total() const { return shared::load<std::uint32_t>(address(number())); }

  // The bucket of the element with that rank, from 1, or the last one; after closing, by a warp.
  __device__ std::uint32_t bucket_of(std::uint32_t rank) const {
    std::uint32_t first = 0;
#pragma unroll 1
    for (std::uint32_t span = number(); span > 1;) {
      const std::uint32_t step = max(span / 32, 1u);
      const std::uint32_t ahead = static_cast<std::uint32_t>(lane_id()) * step;
      const bool is_before =
          ahead < span && shared::load<std::uint32_t>(address(first + ahead)) < rank;
      const std::uint32_t before = __ballot_sync(~0u, ahead == 0 || is_before);
      first += (static_cast<std::uint32_t>(__popc(before)) - 1) * step;
      span = step;
    }
    return first;
  }

  // The next barrier is the caller's.
  __device__ void clear() const {
#pragma unroll
    for (std::uint32_t i = 0; i < kPerThread; i += 4)
      store_four(own_ + i * 4, make_uint4(0, 0, 0, 0));
    if (threadIdx.x == 0) shared::store(scratch_ + offsetof(BucketScratch, cut_end), 0);
  }

  // After a barrier. Replaces each count by the elements in better buckets, and finds the cut;
  // `at_cut(end)` is called by one thread before the last barrier. Returns whether one of the
  // buckets up to the cut holds more than kMostInBucket.
  template <class AtCut>
  __device__ bool close(std::uint32_t k, AtCut at_cut) const {
    std::uint32_t counts[kPerThread];
#pragma unroll
    for (std::uint32_t i = 0; i < kPerThread; i += 4) {
      const int4 four = shared::load_four(own_ + i * 4);
      counts[i] = static_cast<std::uint32_t>(four.x);
      counts[i + 1] = static_cast<std::uint32_t>(four.y);
      counts[i + 2] = static_cast<std::uint32_t>(four.z);
      counts[i + 3] = static_cast<std::uint32_t>(four.w);
    }
    std::uint32_t starts[kPerThread + 1];
    starts[0] = 0;
    std::uint32_t largest = 0;
#pragma unroll
    for (std::uint32_t i = 0; i < kPerThread; ++i) {
      starts[i + 1] = starts[i] + counts[i];
      largest = max(largest, counts[i]);
    }
    const std::uint32_t before = before_this_thread(starts[kPerThread]);
#pragma unroll
    for (std::uint32_t& start : starts) start += before;
#pragma unroll
    for (std::uint32_t i = 0; i < kPerThread; i += 4)
      store_four(own_ + i * 4, make_uint4(starts[i], starts[i + 1], starts[i + 2], starts[i + 3]));
    if (threadIdx.x == blockDim.x - 1)
      shared::store(address(number()), static_cast<std::int32_t>(starts[kPerThread]));
    if (warp_id() == 0) shared::store(spare_, INT32_MAX);
    if (starts[0] < k && k <= starts[kPerThread]) publish_cut(starts, k, at_cut);
    // A crowded bucket just behind the cut is taken for one before it: slower, not wrong.
    return __syncthreads_or(largest > kMostInBucket && starts[0] < k) != 0;
  }

 private:
  __device__ std::uint32_t load(std::size_t member) const {
    return shared::load<std::uint32_t>(scratch_ + static_cast<shared::Address>(member));
  }
  __device__ void store(std::size_t member, std::uint32_t value) const {
    shared::store(scratch_ + static_cast<shared::Address>(member),
                  static_cast<std::int32_t>(value));
  }
  __device__ shared::Address of_warp(int warp) const {
    return scratch_ + offsetof(BucketScratch, of_warp) +
           static_cast<std::uint32_t>(warp) * std::uint32_t{sizeof(std::uint32_t)};
  }

  __device__ std::uint32_t before_this_thread(std::uint32_t own) const {
    const std::uint32_t through = sum_through_lane(own);
    if (lane_id() == 31) shared::store(of_warp(warp_id()), static_cast<std::int32_t>(through));
    __syncthreads();
    // Of a warp that there is not, anything.
    const auto some = shared::load<std::uint32_t>(of_warp(lane_id()));
    return __reduce_add_sync(~0u, lane_id() < warp_id() ? some : 0) + through - own;
  }

  template <class AtCut>
  __device__ void publish_cut(const std::uint32_t (&starts)[kPerThread + 1], std::uint32_t k,
                              AtCut at_cut) const {
    std::uint32_t bucket = 0;
    std::uint32_t begin = starts[0];
    std::uint32_t end = starts[1];
#pragma unroll
    for (std::uint32_t i = 1; i < kPerThread; ++i) {
      if (starts[i] < k) {
        bucket = i;
        begin = starts[i];
        end = starts[i + 1];
      }
    }
    store(offsetof(BucketScratch, cut_bucket), threadIdx.x * kPerThread + bucket);
    store(offsetof(BucketScratch, cut_begin), begin);
    store(offsetof(BucketScratch, cut_end), end);
    at_cut(end);
  }

  shared::Address counts_;
  shared::Address own_;
  shared::Address spare_;
  shared::Address scratch_;
};
using Buckets = BucketsOf<kBucketsPerThread>;

// Numbers, the greater the better, to buckets: linear between two bounds, by roundings that never
// change the order of two. What is above the range, or NaN, is in the first bucket; nothing may be
// below. The last bucket is for the lower bound alone, which may be the zero of a half-empty row.
class BucketMap {
 public:
  __device__ BucketMap(float low, float high, const Buckets& buckets)
      : low_(low),
        scale_(static_cast<float>(Buckets::number()) * approximate_reciprocal(high - low)),
        last_(kWhole + static_cast<float>(Buckets::number() - 1)),
        end_(buckets.address(kWholeBits + Buckets::number() - 1)) {}

  // Whether the numbers' differences and the scale are numbers too.
  static __device__ bool serves(float low, float high) {
    return high - low >= 1e-30f && high - low <= 1e38f;
  }

  __device__ shared::Address operator()(float number) const {
    // From 2^23 on a float's last bits are an integer, and nothing is behind them.
    const float place = fminf(multiply_add_up(number - low_, scale_, kWhole), last_);
    return end_ - __float_as_uint(place) * std::uint32_t{sizeof(std::uint32_t)};
  }

  // What the numbers in a bucket, and in better ones, are above, if the lower bound is 0; or the
  // lower bound.
  __device__ float below(std::uint32_t bucket) const {
    const auto place = static_cast<float>(Buckets::number() - 1 - bucket);
    return place > 0 ? low_ + (place - 1) / scale_ : low_;
  }

 private:
  static constexpr float kWhole = 8388608.0f;  // 2^23
  static constexpr std::uint32_t kWholeBits = 0x4b000000;

  float low_;
  float scale_;
  float last_;
  shared::Address end_;
};

}  // namespace skim::cuda
