// Sorting networks over items in the registers of a warp (Batcher, Sorting networks and their
// applications, 1968). Item p of a list lies in register p % kRegisters of lane p / kRegisters, so
// that the shortest distances, which a network crosses most often, stay inside a lane. Lists end up
// descending, and a lane's part in every step depends on one bit of its number.
#pragma once

#include <cstdint>

#include "cuda/block.cuh"
#include "cuda/warp_maxima_ptx.cuh"

namespace skim::cuda {

// How items are compared: each function serves all that a register holds.
struct TwoKeysOf16 {  // two lists in the halves of a register
  using Item = std::uint32_t;
  static __device__ Item larger(Item a, Item b) { return ptx::max_of_16(a, b); }
  static __device__ Item smaller(Item a, Item b) { return ptx::min_of_16(a, b); }
  static __device__ Item keep(bool keeps_larger, Item a, Item b) {
    return keeps_larger ? larger(a, b) : smaller(a, b);
  }
};

template <class Integer>
struct OneItem {
  using Item = Integer;
  static __device__ Item larger(Item a, Item b) { return max(a, b); }
  static __device__ Item smaller(Item a, Item b) { return min(a, b); }
  static __device__ Item keep(bool keeps_larger, Item a, Item b) {
    if constexpr (sizeof(Item) == 4) return keeps_larger ? larger(a, b) : smaller(a, b);
    return (b > a) == keeps_larger ? b : a;
  }
};

template <class Order, int kRegisters>
class Network {
  using Item = typename Order::Item;
  using Items = Item (&)[kRegisters];

 public:
  // Lists over kLanes neighbouring lanes, each on its own.
  template <int kLanes>
  static __device__ void sort_descending(Items items) {
#pragma unroll
    for (int size = 2; size <= kLanes * kRegisters; size *= 2) {
      flip(items, size);
#pragma unroll
      for (int distance = size / 4; distance > 0; distance /= 2) exchange(items, distance);
    }
  }

  // In a lane, a list that rises and then falls, or the other way round.
  static __device__ void merge_in_lane(Items items) {
#pragma unroll
    for (int distance = kRegisters / 2; distance > 0; distance /= 2) exchange(items, distance);
  }

  // Item p against p ^ distance.
  static __device__ void exchange(Items items, int distance) {
    if (distance < kRegisters) {
      order_in_lane(items, distance);
      return;
    }
    const int lanes = distance / kRegisters;
    exchange_lanes(items, lanes, (lane_id() & lanes) == 0);
  }

  static __device__ void exchange_lanes(Items items, int lanes, bool keeps_larger) {
#pragma unroll
    for (int r = 0; r < kRegisters; ++r) {
      const Item other = __shfl_xor_sync(~0u, items[r], lanes);
      items[r] = Order::keep(keeps_larger, items[r], other);
    }
  }

  // The same with the other lane's registers from the last to the first.
  static __device__ void flip_lanes(Items items, int lanes, bool keeps_larger) {
    Item other[kRegisters];
#pragma unroll
    for (int r = 0; r < kRegisters; ++r)
      other[r] = __shfl_xor_sync(~0u, items[kRegisters - 1 - r], lanes);
#pragma unroll
    for (int r = 0; r < kRegisters; ++r) items[r] = Order::keep(keeps_larger, items[r], other[r]);
  }

 private:
  // Two descending lists of size / 2 become two such that no item of the second is larger than one
  // of the first: item p against size - 1 - p.
  static __device__ void flip(Items items, int size) {
    if (size <= kRegisters) {
      order_in_lane(items, size - 1);
      return;
    }
    const int lanes = size / kRegisters;
    flip_lanes(items, lanes - 1, (lane_id() & (lanes / 2)) == 0);
  }

  static __device__ void order_in_lane(Items items, int distance) {
#pragma unroll
    for (int r = 0; r < kRegisters; ++r) {
      const int other = r ^ distance;
      if (r > other) continue;
      const Item larger = Order::larger(items[r], items[other]);
      items[other] = Order::smaller(items[r], items[other]);
      items[r] = larger;
    }
  }
};

}  // namespace skim::cuda
