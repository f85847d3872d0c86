// What bucket_select does where it cannot guess a range (far outliers, infinities, NaN): buckets by
// key; and again those of the bucket that holds the k-th best, until so few are left that all of
// them may be kept. What has one key is told apart by its index. At most five rounds: each divides
// the range of keys by the number of buckets.
#pragma once

#include <cstdint>

#include "cuda/block.cuh"
#include "cuda/buckets.cuh"
#include "order/candidate.h"

namespace skim::cuda {

struct NarrowScratch {
  std::int32_t lowest[kMostWarps];
  std::int32_t highest[kMostWarps];
  std::uint32_t used;
};

template <class Elements>
class Narrow {
 public:
  __device__ Narrow(const Elements& elements, const Buckets& buckets, NarrowScratch& scratch)
      : elements_(elements), buckets_(buckets), scratch_(scratch), members_(elements.held()) {}

  // Buckets for the members, cleared; the next barrier is the caller's.
  __device__ void open() {
    find_extremes();
    const std::uint32_t range =
        lowest_ == highest_
            ? blockDim.x * std::uint32_t{Elements::kCount} - 1
            : static_cast<std::uint32_t>(highest_) - static_cast<std::uint32_t>(lowest_);
    const int bucket_bits = 31 - __clz(static_cast<int>(Buckets::number()));
    shift_ = max(32 - __clz(static_cast<int>(range)) - bucket_bits, 0);
    buckets_.clear();
  }
  __device__ shared::Address bucket_of(int i) const {
    return is_member(i) ? buckets_.address(number_of(i)) : buckets_.spare();
  }

  // Elements of this thread that are among the k best or in the last bucket beside them.
  __device__ std::uint32_t best(std::uint32_t k) {
    std::uint32_t kept = 0;
#pragma unroll 1
    while (true) {
      open();
      __syncthreads();
#pragma unroll
      for (int i = 0; i < Elements::kCount; ++i) shared::add(bucket_of(i), 1);
      __syncthreads();
      buckets_.close(k, [](std::uint32_t) {});
      const std::uint32_t cut = buckets_.cut_bucket();
      const std::uint32_t in_cut = buckets_.cut_end() - buckets_.cut_begin();
      k -= buckets_.cut_begin();
      std::uint32_t before_cut = 0;
      std::uint32_t at_cut = 0;
#pragma unroll
      for (int i = 0; i < Elements::kCount; ++i) {
        const std::uint32_t number = number_of(i);
        before_cut |= number < cut ? 1u << i : 0;
        at_cut |= number == cut ? 1u << i : 0;
      }
      kept |= before_cut & members_;
      members_ &= at_cut;
      if (in_cut <= kMostInBucket || in_cut == k) return kept | members_;
    }
  }

  // Those elements as candidates, in any order; returns how many all threads have.
  __device__ std::uint32_t collect(std::uint32_t kept, BucketCandidate* list) {
    if (threadIdx.x == 0) scratch_.used = 0;
    __syncthreads();
    const auto count = static_cast<std::uint32_t>(__popc(kept));
    std::uint32_t slot = count > 0 ? atomicAdd(&scratch_.used, count) : 0;
#pragma unroll
    for (int i = 0; i < Elements::kCount; ++i) {
      if ((kept >> i & 1) != 0)
        list[slot++] = Packing<BucketCandidate>::pack(elements_.key(i), elements_.index(i));
    }
    __syncthreads();
    return scratch_.used;
  }

 private:
  __device__ bool is_member(int i) const { return (members_ >> i & 1) != 0; }

  // Of the members' keys, in the whole CTA.
  __device__ void find_extremes() {
    std::int32_t lowest = INT32_MAX;
    std::int32_t highest = INT32_MIN;
#pragma unroll
    for (int i = 0; i < Elements::kCount; ++i) {
      lowest = min(lowest, is_member(i) ? elements_.key(i) : INT32_MAX);
      highest = max(highest, is_member(i) ? elements_.key(i) : INT32_MIN);
    }
    lowest = __reduce_min_sync(~0u, lowest);
    highest = __reduce_max_sync(~0u, highest);
    __syncthreads();
    if (lane_id() == 0) {
      scratch_.lowest[warp_id()] = lowest;
      scratch_.highest[warp_id()] = highest;
    }
    __syncthreads();
    const int warp = min(lane_id(), warp_count() - 1);
    lowest_ = __reduce_min_sync(~0u, scratch_.lowest[warp]);
    highest_ = __reduce_max_sync(~0u, scratch_.highest[warp]);
  }

  // Means nothing for those that are no members.
  __device__ std::uint32_t number_of(int i) const {
    const std::uint32_t below =
        lowest_ == highest_
            ? elements_.index(i)
            : static_cast<std::uint32_t>(highest_) - static_cast<std::uint32_t>(elements_.key(i));
    return below >> shift_;
  }

  const Elements& elements_;
  const Buckets& buckets_;
  NarrowScratch& scratch_;
  std::uint32_t members_;
  std::int32_t lowest_ = 0;
  std::int32_t highest_ = 0;
  int shift_ = 0;
};

}  // namespace skim::cuda
