// The candidates of a CTA's own range of buckets in the order of the result: counted into buckets,
// placed in the order of these, and ranked inside them by counting. Where a bucket is crowded, once
// more in buckets by words, and by merging where one of those is.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/buckets.cuh"
#include "cuda/cluster_buckets_layout.h"
#include "cuda/cluster_buckets_team.cuh"
#include "cuda/merge_order.cuh"
#include "cuda/shared.cuh"
#include "cuda/wide_numbers.cuh"
#include "cuda/word_buckets.cuh"

namespace skim::cuda {

// Candidates are few: about one or two a thread.
using CandidateBuckets = BucketsOf<kCandidateBucketsPerThread>;

// Every thread of the CTA calls.
class OwnedBuckets {
  using Address = shared::Address;
  static constexpr std::uint32_t kBytes = sizeof(RowCandidate);

 public:
  // `used` is a counter in shared memory.
  __device__ OwnedBuckets(const CandidateBuckets& buckets, const ClusterBucketsLayout& layout,
                          unsigned char* memory, std::uint32_t& used)
      : buckets_(buckets), layout_(layout), memory_(memory), used_(used) {}

  // Calls write(rank, candidate) for the `wanted` best of those received; bucket_of(candidate) says
  // which of the buckets is its own. The buckets are clear.
  template <class BucketOf, class Write>
  __device__ void write_best(const Received& received, std::uint32_t wanted, BucketOf bucket_of,
                             Write write) const {
    const Address memory = shared::address_of(memory_);
    if (write_by_buckets(received, memory, wanted, bucket_of, write)) return;
    const WordBuckets by_words = spread(received, memory);
    if (write_by_buckets(received, memory, wanted, by_words, write)) return;
    merge(
        received, memory, wanted,
        [&](RowCandidate candidate) { return buckets_.address(by_words(candidate)); }, write);
  }

 private:
  __device__ RowCandidate received_at(Address memory, std::uint32_t i) const {
    return shared::load<RowCandidate>(memory + layout_.received + i * kBytes);
  }

  // False where buckets are crowded; then nothing is written.
  template <class BucketOf, class Write>
  __device__ bool write_by_buckets(const Received& received, Address memory, std::uint32_t wanted,
                                   BucketOf bucket_of, Write write) const {
    const auto bucket_at = [&](RowCandidate candidate) {
      return buckets_.address(bucket_of(candidate));
    };
    for_each_received(received,
                      [&](std::uint32_t i) { shared::add(bucket_at(received_at(memory, i)), 1); });
    __syncthreads();
    if (__builtin_expect(buckets_.close(wanted, [](std::uint32_t) {}), 0)) return false;
    place(received, memory, bucket_at);
    __syncthreads();
    rank(memory, received.total, wanted, bucket_at, write);
    return true;
  }

  // Buckets by the words of those that were received; all of them are clear again.
  __device__ WordBuckets spread(const Received& received, Address memory) const {
    auto* const of_warp = reinterpret_cast<longlong2*>(memory_ + layout_.ordered);
    RowCandidate least = INT64_MAX;
    RowCandidate greatest = INT64_MIN;
    for_each_received(received, [&](std::uint32_t i) {
      const RowCandidate one = received_at(memory, i);
      least = min(least, one);
      greatest = max(greatest, one);
    });
    least = ~warp_greatest(~least);
    greatest = warp_greatest(greatest);
    __syncthreads();
    buckets_.clear();
    if (lane_id() == 0) of_warp[warp_id()] = make_longlong2(least, greatest);
    __syncthreads();
    const longlong2 of_lane = of_warp[lane_id() % warp_count()];
    least = ~warp_greatest(~of_lane.x);
    greatest = warp_greatest(of_lane.y);
    __syncthreads();
    return {least, greatest, CandidateBuckets::number()};
  }

  // A bucket's number, which is where it begins, becomes where it ends and the next one begins.
  template <class BucketAt>
  __device__ void place(const Received& received, Address memory, BucketAt bucket_at) const {
    for_each_received(received, [&](std::uint32_t i) {
      const RowCandidate candidate = received_at(memory, i);
      const std::uint32_t at = shared::add(bucket_at(candidate), 1);
      shared::store(memory + layout_.ordered + at * kBytes, candidate);
    });
  }

  template <class BucketAt, class Write>
  __device__ void rank(Address memory, std::uint32_t placed, std::uint32_t wanted,
                       BucketAt bucket_at, Write write) const {
    const Address list = memory + layout_.ordered;
#pragma unroll 1
    for (std::uint32_t i = threadIdx.x; i < placed; i += blockDim.x) {
      const auto mine = shared::load<RowCandidate>(list + i * kBytes);
      const Address bucket = bucket_at(mine);
      const auto end = shared::load<std::uint32_t>(bucket);
      std::uint32_t rank =
          bucket == buckets_.address(0) ? 0 : shared::load<std::uint32_t>(bucket - 4);
      if (rank >= wanted) return;
      const std::uint32_t begin = rank;
      if (end - begin > 1) {
#pragma unroll 1
        for (std::uint32_t other = begin; other < end; ++other)
          rank += shared::load<RowCandidate>(list + other * kBytes) > mine;
      }
      if (rank < wanted) write(rank, mine);
    }
  }

  template <class BucketAt, class Write>
  __device__ void merge(const Received& received, Address memory, std::uint32_t wanted,
                        BucketAt bucket_at, Write write) const {
    auto* const list = reinterpret_cast<RowCandidate*>(memory_ + layout_.ordered);
    if (threadIdx.x == 0) used_ = 0;
    __syncthreads();
    for_each_received(received, [&](std::uint32_t i) {
      const RowCandidate candidate = received_at(memory, i);
      if (shared::load<std::uint32_t>(bucket_at(candidate)) < wanted)
        list[atomicAdd(&used_, 1u)] = candidate;
    });
    __syncthreads();
    const std::uint32_t count = used_;
    order_by_merging(list, reinterpret_cast<RowCandidate*>(memory_ + layout_.received), count,
                     min(wanted, count), write);
  }

  const CandidateBuckets& buckets_;
  ClusterBucketsLayout layout_;
  unsigned char* memory_;
  std::uint32_t& used_;
};

}  // namespace skim::cuda
