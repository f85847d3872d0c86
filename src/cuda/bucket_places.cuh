// From buckets to ranks: elements are placed in a list in the order of their buckets; then the rank
// of one is where its bucket begins plus the larger ones in it.
#pragma once

#include <cstdint>

#include "cuda/bucket_select_layout.h"
#include "cuda/bucket_select_ptx.cuh"
#include "cuda/buckets.cuh"
#include "cuda/shared.cuh"

namespace skim::cuda {

// An element in the list: its key, its index counted backwards, and where its bucket begins.
// Entries of a bucket order as candidates do; those of buckets behind it are smaller.
struct BucketEntry {
  static constexpr std::uint32_t kMostIndex = 0xffff;
  static constexpr std::int64_t kSentinel = INT64_MIN | 0xffff;
  static_assert(kMostBucketThreads * kMostBucketElements <= kMostIndex + 1);

  static __device__ std::int64_t make(std::int32_t key, std::uint32_t number_and_begin) {
    return static_cast<std::int64_t>(
        static_cast<std::uint64_t>(static_cast<std::uint32_t>(key)) << 32 | number_and_begin);
  }
  static __device__ std::uint32_t number(std::uint32_t index) { return (kMostIndex - index) << 16; }
  static __device__ std::uint32_t distance(std::uint32_t indices) { return indices << 16; }
  static __device__ std::int32_t key(std::int64_t entry) {
    return static_cast<std::int32_t>(entry >> 32);
  }
  static __device__ std::uint32_t index(std::int64_t entry) {
    return kMostIndex - (static_cast<std::uint32_t>(entry) >> 16);
  }
  static __device__ std::uint32_t begin(std::int64_t entry) {
    return static_cast<std::uint32_t>(entry) & 0xffff;
  }
};

__device__ inline shared::Address entry_at(shared::Address list, std::uint32_t i) {
  return list + i * std::uint32_t{sizeof(std::int64_t)};
}

// The buckets of a thread's elements and their slots there.
template <class Elements>
class BucketPlaces {
 public:
  // Into bucket_of(i), or none: the address of a bucket, or buckets.spare().
  template <class BucketOf>
  __device__ void count(BucketOf bucket_of) {
#pragma unroll
    for (int i = 0; i < Elements::kCount; ++i) buckets_[i] = bucket_of(i);
#pragma unroll
    for (int i = 0; i < Elements::kCount; ++i) slots_[i] = shared::add(buckets_[i], 1);
  }

  // Elements of the buckets that begin before k.
  __device__ void place(const Elements& elements, shared::Address list, std::uint32_t k) const {
    std::uint32_t begins[Elements::kCount];
#pragma unroll
    for (int i = 0; i < Elements::kCount; ++i) begins[i] = shared::load<std::uint32_t>(buckets_[i]);
    const std::uint32_t first = BucketEntry::number(elements.index(0));
#pragma unroll
    for (int i = 0; i < Elements::kCount; ++i) {
      const std::uint32_t number = first - BucketEntry::distance(Elements::index_after_first(i));
      const std::int64_t entry = BucketEntry::make(elements.key(i), number + begins[i]);
      store_if(begins[i] < k, entry_at(list, begins[i] + slots_[i]), entry);
    }
  }

  // For crowded buckets of closed ones. Where each of them holds one key only, its elements are
  // counted anew, into as many buckets as there are elements, by their indices. Returns whether
  // that is so and none is crowded now; `at_cut` is that of Buckets::close.
  template <class AtCut>
  __device__ bool split_ties(const Elements& elements, const Buckets& buckets, std::uint32_t total,
                             std::uint32_t k, AtCut at_cut) {
    const std::uint32_t crowded = choose_places(elements, k);
    if (has_crowd_of_several_keys(elements, crowded)) return false;
    buckets.clear();
    __syncthreads();
    constexpr int kShift = Elements::kCount > static_cast<int>(kBucketsPerThread)
                               ? bits_of(Elements::kCount / kBucketsPerThread)
                               : 0;
    const int shift = total > Buckets::number() ? kShift : 0;
    count([&](int i) {
      return slots_[i] == ~0u ? buckets.spare() : buckets.address(slots_[i] >> shift);
    });
    __syncthreads();
    return !buckets.close(k, at_cut);
  }

 private:
  static constexpr int bits_of(std::uint32_t power_of_two) {
    return power_of_two == 1 ? 0 : 1 + bits_of(power_of_two / 2);
  }

  // The new bucket takes the place of the slot, the first element of a bucket stands for its key.
  __device__ std::uint32_t choose_places(const Elements& elements, std::uint32_t k) {
    const int index_bits =
        32 - __clz(static_cast<int>(blockDim.x * std::uint32_t{Elements::kCount} - 1));
    std::uint32_t crowded = 0;
    first_ = 0;
#pragma unroll
    for (int i = 0; i < Elements::kCount; ++i) {
      const auto begin = shared::load<std::uint32_t>(buckets_[i]);
      const auto end = shared::load<std::uint32_t>(buckets_[i] + sizeof(std::uint32_t));
      const bool is_wanted = begin < k;
      const bool is_crowded = is_wanted && end - begin > kMostInBucket;
      first_ |= slots_[i] == 0 ? 1u << i : 0;
      crowded |= is_crowded ? 1u << i : 0;
      const std::uint32_t by_index = (end - begin) * elements.index(i) >> index_bits;
      slots_[i] = is_wanted ? begin + (is_crowded ? by_index : 0) : ~0u;
    }
    __syncthreads();
    return crowded;
  }

  __device__ bool has_crowd_of_several_keys(const Elements& elements, std::uint32_t crowded) const {
#pragma unroll
    for (int i = 0; i < Elements::kCount; ++i) {
      if ((crowded & first_) >> i & 1) shared::store(buckets_[i], elements.key(i));
    }
    __syncthreads();
    bool differs = false;
#pragma unroll
    for (int i = 0; i < Elements::kCount; ++i) {
      if (crowded >> i & 1) differs |= shared::load<std::int32_t>(buckets_[i]) != elements.key(i);
    }
    return __syncthreads_or(differs) != 0;
  }

  shared::Address buckets_[Elements::kCount];
  std::uint32_t slots_[Elements::kCount];
  std::uint32_t first_ = 0;
};

__device__ inline void end_list(shared::Address list, std::uint32_t count) {
#pragma unroll
  for (std::uint32_t i = 0; i < kBucketSentinels; ++i)
    shared::store(entry_at(list, count + i), BucketEntry::kSentinel);
}

// Elements at `at` that are larger, of four.
__device__ inline std::uint32_t larger_of_four(shared::Address at, std::int64_t mine,
                                               std::int64_t& last) {
  std::uint32_t larger = 0;
#pragma unroll
  for (std::uint32_t i = 0; i < 4; ++i) {
    last = shared::load<std::int64_t>(entry_at(at, i));
    larger += last > mine;
  }
  return larger;
}

__device__ inline std::uint32_t rank_of(shared::Address list, std::int64_t mine) {
  const std::uint32_t begin = BucketEntry::begin(mine);
  std::int64_t last = 0;
  shared::Address at = entry_at(list, begin);
  std::uint32_t rank = begin + larger_of_four(at, mine, last);
#pragma unroll 1
  while (BucketEntry::begin(last) == begin) {
    at += 4 * std::uint32_t{sizeof(std::int64_t)};
    rank += larger_of_four(at, mine, last);
  }
  return rank;
}

// Calls write(rank, key, index) for the k best of `count` placed ones, two a thread at once.
template <class Write>
__device__ void write_by_rank(shared::Address list, std::uint32_t count, std::uint32_t k,
                              Write write) {
#pragma unroll 1
  for (std::uint32_t i = threadIdx.x; i < count; i += 2 * blockDim.x) {
    const std::uint32_t j = i + blockDim.x;
    const auto first = shared::load<std::int64_t>(entry_at(list, i));
    const auto second = shared::load<std::int64_t>(entry_at(list, j < count ? j : i));
    const std::uint32_t first_rank = rank_of(list, first);
    const std::uint32_t second_rank = rank_of(list, second);
    if (first_rank < k) write(first_rank, BucketEntry::key(first), BucketEntry::index(first));
    if (j < count && second_rank < k)
      write(second_rank, BucketEntry::key(second), BucketEntry::index(second));
  }
}

}  // namespace skim::cuda
