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

// Every thread of the CTA calls.
class OwnedBuckets {
  using Address = shared::Address;
  static constexpr std::uint32_t kBytes = sizeof(RowCandidate);

 public:
  // `used` is a counter in shared memory.
  __device__ OwnedBuckets(const Buckets& buckets, const ClusterBucketsLayout& layout,
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
    merge(received, memory, wanted, write);
  }

 private:
  // A mark: the bucket above the place of the candidate in it. A span: the length of a bucket above
  // where it begins.
  static constexpr std::uint32_t kLow = 0xffff;

  // False where buckets are crowded; then nothing is written.
  template <class BucketOf, class Write>
  __device__ bool write_by_buckets(const Received& received, Address memory, std::uint32_t wanted,
                                   BucketOf bucket_of, Write write) const {
    count(received, memory, bucket_of);
    __syncthreads();
    if (__builtin_expect(buckets_.close(wanted, [](std::uint32_t) {}), 0)) return false;
    place(received, memory, wanted);
    __syncthreads();
    rank(memory, buckets_.cut_end() > 0 ? buckets_.cut_end() : received.total, wanted, write);
    return true;
  }

  // Buckets by the words of those that were received; all of them are clear again.
  __device__ WordBuckets spread(const Received& received, Address memory) const {
    auto* const of_warp = reinterpret_cast<longlong2*>(memory_ + layout_.ordered);
    RowCandidate least = INT64_MAX;
    RowCandidate greatest = INT64_MIN;
    for_each_received(received, [&](std::uint32_t i) {
      const auto one = shared::load<RowCandidate>(memory + layout_.received + i * kBytes);
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
    return {least, greatest, Buckets::number()};
  }

  template <class BucketOf>
  __device__ void count(const Received& received, Address memory, BucketOf bucket_of) const {
    for_each_received(received, [&](std::uint32_t i) {
      const std::uint32_t bucket =
          bucket_of(shared::load<RowCandidate>(memory + layout_.received + i * kBytes));
      const std::uint32_t place = shared::add(buckets_.address(bucket), 1);
      shared::store(memory + layout_.marks + i * 4,
                    static_cast<std::int32_t>(bucket << 16 | place));
    });
  }

  // Those of the buckets that begin before `wanted`: visit(candidate, begin, length, place).
  template <class Visit>
  __device__ void for_each_wanted(const Received& received, Address memory, std::uint32_t wanted,
                                  Visit visit) const {
    for_each_received(received, [&](std::uint32_t i) {
      const auto mark = shared::load<std::uint32_t>(memory + layout_.marks + i * 4);
      const Address bucket = buckets_.address(mark >> 16);
      const auto begin = shared::load<std::uint32_t>(bucket);
      const auto end = shared::load<std::uint32_t>(bucket + 4);
      if (begin >= wanted) return;
      visit(shared::load<RowCandidate>(memory + layout_.received + i * kBytes), begin, end - begin,
            mark & kLow);
    });
  }

  __device__ void place(const Received& received, Address memory, std::uint32_t wanted) const {
    for_each_wanted(received, memory, wanted,
                    [&](RowCandidate candidate, std::uint32_t begin, std::uint32_t length,
                        std::uint32_t place) {
                      const std::uint32_t at = begin + place;
                      shared::store(memory + layout_.ordered + at * kBytes, candidate);
                      shared::store(memory + layout_.spans + at * 4,
                                    static_cast<std::int32_t>(length << 16 | begin));
                    });
  }

  template <class Write>
  __device__ void rank(Address memory, std::uint32_t placed, std::uint32_t wanted,
                       Write write) const {
    const Address list = memory + layout_.ordered;
#pragma unroll 1
    for (std::uint32_t i = threadIdx.x; i < placed; i += blockDim.x) {
      const auto mine = shared::load<RowCandidate>(list + i * kBytes);
      const auto span = shared::load<std::uint32_t>(memory + layout_.spans + i * 4);
      const std::uint32_t begin = span & kLow;
      const std::uint32_t length = span >> 16;
      std::uint32_t rank = begin;
      if (length > 1) {
#pragma unroll 1
        for (std::uint32_t other = begin; other < begin + length; ++other)
          rank += shared::load<RowCandidate>(list + other * kBytes) > mine;
      }
      if (rank < wanted) write(rank, mine);
    }
  }

  template <class Write>
  __device__ void merge(const Received& received, Address memory, std::uint32_t wanted,
                        Write write) const {
    auto* const list = reinterpret_cast<RowCandidate*>(memory_ + layout_.ordered);
    if (threadIdx.x == 0) used_ = 0;
    __syncthreads();
    for_each_wanted(received, memory, wanted,
                    [&](RowCandidate candidate, std::uint32_t, std::uint32_t, std::uint32_t) {
                      list[atomicAdd(&used_, 1u)] = candidate;
                    });
    __syncthreads();
    const std::uint32_t count = used_;
    order_by_merging(list, reinterpret_cast<RowCandidate*>(memory_ + layout_.received), count,
                     min(wanted, count), write);
  }

  const Buckets& buckets_;
  ClusterBucketsLayout layout_;
  unsigned char* memory_;
  std::uint32_t& used_;
};

}  // namespace skim::cuda
