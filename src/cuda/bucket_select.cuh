// Rows that one CTA holds in registers, k large beside the number of columns: selection and order
// by buckets, in O(columns + k).
//   1. A range of numbers that the k best probably lie in, from maxima of groups (bucket_range).
//   2. Elements in it are counted into buckets, linear over the range; the count before its own is
//      an element's slot in its bucket (buckets.cuh).
//   3. A bucket begins in the list where the better ones end; those before k are placed there.
//   4. The rank of an element is where its bucket begins plus the larger ones in it; those below k
//      are written (bucket_places.cuh).
// Where the range holds too few, buckets are made anew by key. Crowded buckets of one key each are
// split by index. What is crowded then is ordered by merging (bucket_narrow.cuh, merge_order.cuh).
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/arguments.h"
#include "cuda/bucket_elements.cuh"
#include "cuda/bucket_narrow.cuh"
#include "cuda/bucket_places.cuh"
#include "cuda/bucket_range.cuh"
#include "cuda/buckets.cuh"
#include "cuda/cluster.cuh"
#include "cuda/merge_order.cuh"
#include "cuda/phase_clock.cuh"
#include "cuda/writer.cuh"

namespace skim::cuda {

struct BucketSelectShared {
  RangeScratch range;
  BucketScratch cut;
  NarrowScratch narrow;
};

enum class BucketSelectPhase : std::uint8_t { load, range, count, again, place, narrow, write };
inline constexpr const char* kBucketSelectPhases[] = {"load",  "range",  "count", "again",
                                                      "place", "narrow", "write"};

template <class Elements, class Clock>
class BucketSelect {
 public:
  __device__ BucketSelect(Elements& elements, const Buckets& buckets, NarrowScratch& narrow,
                          shared::Address list, std::uint32_t room, unsigned char* memory,
                          std::uint32_t list_at, std::uint32_t k, Clock& clock)
      : elements_(elements),
        buckets_(buckets),
        narrow_(narrow),
        list_(list),
        room_(room),
        memory_(memory),
        list_at_(list_at),
        k_(k),
        clock_(clock) {}

  // Whether all elements up to the cut are in buckets, none of them crowded.
  template <bool kLargest>
  __device__ bool count(const BucketRange& range) {
    bool is_complete = false;
    bool is_crowded = false;
    if (__builtin_expect(BucketMap::serves(range.low, range.high), 1)) {
      const BucketMap map(range.low, range.high, buckets_);
      places_.count([&](int i) {
        const float number = elements_.number(i);
        // NaN is in the first bucket where it is largest, and in none where it sorts last.
        const bool is_in_range = kLargest ? !(number < range.low) : number >= range.low;
        return is_in_range ? map(number) : buckets_.spare();
      });
      is_crowded = close();
      is_complete = buckets_.cut_end() > 0;
    }
    clock_.end(BucketSelectPhase::count);
    if (__builtin_expect(is_complete && !is_crowded, 1)) return true;
    const bool is_counted = count_again(is_complete);
    clock_.end(BucketSelectPhase::again);
    return is_counted;
  }

  template <class Write>
  __device__ void write_counted(Write write) {
    places_.place(elements_, list_, k_);
    __syncthreads();
    clock_.end(BucketSelectPhase::place);
    write_by_rank(list_, buckets_.cut_end(), k_, write);
  }

  template <class Write>
  __device__ void write_merged(Write write) {
    elements_.renew_all();
    Narrow<Elements> narrow(elements_, buckets_, narrow_);
    auto* const list = reinterpret_cast<BucketCandidate*>(memory_ + list_at_);
    const std::uint32_t count = narrow.collect(narrow.best(k_), list);
    clock_.end(BucketSelectPhase::narrow);
    using Pack = Packing<BucketCandidate>;
    order_by_merging(list, reinterpret_cast<BucketCandidate*>(memory_), count, k_,
                     [&](std::uint32_t rank, BucketCandidate candidate) {
                       write(rank, static_cast<std::int32_t>(Pack::key(candidate)),
                             static_cast<std::uint32_t>(Pack::index(candidate)));
                     });
  }

 private:
  __device__ auto ending_list() const {
    return [this](std::uint32_t end) {
      if (end <= room_ - kBucketSentinels) end_list(list_, end);
    };
  }
  __device__ bool close() const {
    __syncthreads();
    return buckets_.close(k_, ending_list());
  }

  // After buckets over a range, which were crowded or did not hold k.
  __device__ bool count_again(bool is_complete) {
    elements_.renew_all();
    bool is_crowded = true;
    if (!is_complete) {
      Narrow<Elements> narrow(elements_, buckets_, narrow_);
      narrow.open();
      __syncthreads();
      places_.count([&](int i) { return narrow.bucket_of(i); });
      is_crowded = close();
    }
    if (!is_crowded) return true;
    return places_.split_ties(elements_, buckets_, buckets_.cut_end(), k_, ending_list());
  }

  Elements& elements_;
  const Buckets& buckets_;
  NarrowScratch& narrow_;
  shared::Address list_;
  std::uint32_t room_;
  unsigned char* memory_;
  std::uint32_t list_at_;
  std::uint32_t k_;
  Clock& clock_;
  BucketPlaces<Elements> places_;
};

template <DType kDType, bool kLargest, int kVectors, class Clock = SilentClock>
__global__ void __launch_bounds__(kMostBucketThreads)
    bucket_select_kernel(const __grid_constant__ TopkArguments arguments) {
  using Key = typename KeyOrder<kDType>::Key;
  using Elements = BucketElements<kDType, kLargest, kVectors>;
  extern __shared__ __align__(16) unsigned char dynamic_memory[];
  __shared__ BucketSelectShared shared_memory;
  Clock clock;

  const shared::Address scratch = shared::address_of(&shared_memory);
  const shared::Address memory = shared::address_of(dynamic_memory);
  const Buckets buckets(memory, scratch + offsetof(BucketSelectShared, cut));
  const std::int64_t row_number = arguments.first_row + std::int64_t{blockIdx.x};
  wait_for_previous_kernel();
  const Row<Key> row(arguments, row_number);
  const auto k = static_cast<std::uint32_t>(min(arguments.k, row.length()));
  Elements elements(row);
  buckets.clear();
  clock.end(BucketSelectPhase::load);

  const BucketRange range =
      RangeFinder::of<Elements, kVectors>(elements, arguments.group_vectors, arguments.lane_bits)
          .of_all(scratch + offsetof(BucketSelectShared, range));
  clock.end(BucketSelectPhase::range);

  const std::uint32_t room =
      bucket_list_room(static_cast<std::uint32_t>(arguments.k) + kMostInBucket);
  const auto counts = static_cast<std::uint32_t>(bucket_count_bytes(blockDim.x, room));
  BucketSelect<Elements, Clock> select(elements, buckets, shared_memory.narrow, memory + counts,
                                       room, dynamic_memory, counts, k, clock);
  const Writer<kDType, kLargest> writer(arguments, row_number);
  const auto write = [&](std::uint32_t rank, std::int32_t key, std::uint32_t index) {
    writer.put(rank, FloatKey<kDType, kLargest>::bits_of(row, key, index), index);
  };
  if (__builtin_expect(select.template count<kLargest>(range), 1)) {
    select.write_counted(write);
  } else {
    select.write_merged(write);
  }
  writer.fill(k, arguments.k);
  clock.end(BucketSelectPhase::write);
}

}  // namespace skim::cuda
