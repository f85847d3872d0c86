// Collects the elements of a CTA that reach a threshold into its list of candidates: each thread
// its own, or all threads by way of the queue of hit_queue.cuh.
#pragma once

#include <cstdint>

#include "cuda/hit_queue.cuh"
#include "cuda/lanes.cuh"
#include "cuda/row.cuh"
#include "cuda/shared.cuh"
#include "order/candidate.h"

namespace skim::cuda {

// A thread with more hits than this is one of many with the same element: the exact way is taken
// before it has looked at each of them.
inline constexpr std::uint32_t kMostHitsOfThread = 16;

// With fewer expected in a CTA each thread collects its own, one barrier less; and where the
// vectors leave no registers for the queue (docs/performance.md has the times of both).
inline constexpr std::uint32_t kFewestQueued = 8;
inline constexpr int kMostQueuedVectors = 16;

// Of more vectors than this the few elements that the exact way keeps are read again: selecting
// them takes registers from everything else.
inline constexpr int kMostSelectedVectors = 8;

template <DType kDType, bool kLargest, int kVectors, class VectorAt>
class HitCollector {
  using Key = typename Lanes<kDType, kLargest>::Key;
  using Masks = HitMasks<kDType, kLargest, kVectors>;
  using Address = shared::Address;

 public:
  // Where candidates go, and where they and the queue's vectors are counted, from zero.
  struct Places {
    Address list;
    std::uint32_t capacity;
    Address count;
    Address queue;
    Address vector_count;
  };

  __device__ HitCollector(const uint4 (&vectors)[kVectors], const Row<Key>& row, VectorAt vector_at,
                          const Places& places)
      : vectors_(vectors), row_(row), vector_at_(vector_at), places_(places) {}

  // How many elements reach the threshold, or some number beyond the list's capacity. `maximum` is
  // the thread's largest key; about `expected` are thought to reach it.
  __device__ std::uint32_t collect(std::int32_t threshold, std::int32_t maximum,
                                   std::uint32_t expected) const {
    if (kVectors <= kMostQueuedVectors && expected >= kFewestQueued)
      return collect_queued(threshold, maximum);
    return collect_own(threshold, maximum);
  }

  // The elements marked, and those that are known to have the key `tied_key`; together no more than
  // the list holds.
  __device__ std::uint32_t collect(const Masks& hits, const Masks& ties,
                                   std::int32_t tied_key) const {
    std::uint32_t slot = shared::add(places_.count, hits.count() + ties.count());
    ties.for_each(vectors_,
                  [&](int j, int element, Key) { put(slot++, tied_key, vector_at_(j), element); });
    hits.for_each(vectors_, [&](int j, int element, Key bits) {
      const std::uint32_t vector = vector_at_(j);
      if (kVectors > kMostSelectedVectors) bits = row_.element(row_.index_of(vector, element));
      put(slot++, order_key<kDType, kLargest>(bits), vector, element);
    });
    return counted();
  }

 private:
  __device__ std::uint32_t collect_own(std::int32_t threshold, std::int32_t maximum) const {
    Masks hits = Masks::none();
    if (maximum >= threshold) hits.mark(vectors_, threshold);
    const std::uint32_t own = hits.count();
    if (own > kMostHitsOfThread) {
      shared::add(places_.count, places_.capacity + 1);
    } else if (own > 0) {
      std::uint32_t slot = shared::add(places_.count, own);
      if (slot < places_.capacity)
        hits.for_each(vectors_, [&](int j, int element, Key bits) {
          put(slot++, order_key<kDType, kLargest>(bits), vector_at_(j), element);
        });
    }
    return counted();
  }

  __device__ std::uint32_t collect_queued(std::int32_t threshold, std::int32_t maximum) const {
    const HitQueue<kDType, kLargest> queue(places_.queue, places_.vector_count, places_.capacity);
    if (maximum >= threshold) queue.push(vectors_, vector_at_, threshold);
    __syncthreads();
    const bool held =
        queue.for_each(threshold, [&](std::int32_t key, std::uint32_t vector, int element) {
          put(shared::add(places_.count, 1), key, vector, element);
        });
    const std::uint32_t count = counted();
    return held ? count : places_.capacity + 1;
  }

  __device__ std::uint32_t counted() const {
    __syncthreads();
    return shared::load<std::uint32_t>(places_.count);
  }

  __device__ void put(std::uint32_t slot, std::int32_t key, std::uint32_t vector,
                      int element) const {
    if (slot >= places_.capacity) return;
    shared::store(places_.list + slot * static_cast<std::uint32_t>(sizeof(RowCandidate)),
                  Packing<RowCandidate>::pack(key, row_.index_of(vector, element)));
  }

  const uint4 (&vectors_)[kVectors];
  const Row<Key>& row_;
  VectorAt vector_at_;
  Places places_;
};

}  // namespace skim::cuda
