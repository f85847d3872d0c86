// Slots in shared memory for the hits of a warp's row, and their order.
#pragma once

#include <cstdint>

#include "cuda/composite.cuh"
#include "cuda/shared.cuh"
#include "cuda/warp_hits.cuh"
#include "cuda/warp_network.cuh"
#include "cuda/warp_row.cuh"

namespace skim::cuda {

// The place of an element in the row from its bit in a mask, 16 * index or index: bits of a number
// are brought into another order by multiplying, which lays copies of it side by side.
template <int kElementBytes>
struct HitCode;

template <>
struct HitCode<2> {  // bit: half, 2 bits of vector, 2 of word; index: vector, lane, word, half
  static constexpr int kShift = 4;
  static __device__ std::uint32_t of_bit(std::uint32_t bit) { return bit * 0x421 & 0x3070; }
};
template <>
struct HitCode<4> {  // bit: 3 bits of vector, 2 of element; index: vector, lane, element
  static constexpr int kShift = 0;
  static __device__ std::uint32_t of_bit(std::uint32_t bit) { return bit * 0x21 & 0x383; }
};

// Of a hit: its key above its index, all different.
template <DType kDType>
using HitComposite =
    std::conditional_t<sizeof(typename KeyOrder<kDType>::Key) == 2, HalfComposite, WholeComposite>;

// The best in descending order: each lane holds successive ranks.
template <class Composite, int kPerLane>
struct WarpBest {
  static constexpr int kCount = kPerLane;
  typename Composite::Type items[kPerLane];
  std::uint32_t first_rank;

  __device__ std::uint32_t index(int place) const {
    return Composite::kNumbers - Composite::tag(items[place]);
  }
};

// The better half of a warp's items, in order. Two lists of 16 lanes are sorted; the items of one
// against those of the other from its last on leave the better half, and two lanes know each pair.
// What is left is a list that falls and rises, in which lane 31 - l continues lane l.
template <class Composite, int kPerLane>
__device__ auto sorted_best(typename Composite::Type (&items)[kPerLane]) {
  constexpr int kHalf = kPerLane / 2;
  using Order = OneItem<typename Composite::Type>;
  Network<Order, kPerLane>::template sort_descending<16>(items);
  WarpBest<Composite, kHalf> best;
#pragma unroll
  for (int r = 0; r < kHalf; ++r)
    best.items[r] = max(items[r], __shfl_xor_sync(~0u, items[kPerLane - 1 - r], 31));
  const bool lower = lane_id() < 16;
  const int place = lower ? lane_id() : 31 - lane_id();
#pragma unroll
  for (int lanes = 8; lanes > 0; lanes /= 2)
    Network<Order, kHalf>::exchange_lanes(best.items, lanes, (place & lanes) == 0);
  Network<Order, kHalf>::flip_lanes(best.items, 31, lower);
  Network<Order, kHalf>::merge_in_lane(best.items);
  best.first_rank = static_cast<std::uint32_t>(place * kPerLane + (lower ? 0 : kHalf));
  return best;
}

template <DType kDType, bool kLargest, int kVectors, int kPerLane>
class WarpSlots {
  using Row = WarpRow<kDType, kLargest, kVectors>;
  using Hits = WarpHits<kDType, kLargest, kVectors>;
  using Composite = HitComposite<kDType>;
  using Code = HitCode<16 / Row::kPerVector>;

 public:
  static constexpr std::uint32_t kCount = 32 * kPerLane;
  static constexpr std::uint32_t kBytes = 4;  // of a slot
  struct alignas(16) Memory {
    std::uint32_t codes[kCount];
  };

  __device__ explicit WarpSlots(const Memory& memory)
      : address_(shared::address_of(memory.codes)) {}

  // This lane's hits from slot `first` on.
  __device__ void fill(const Row& row, const Hits& hits, std::uint32_t first) const {
    constexpr int kMaskElements = 32 * 32;
    std::uint32_t slot = address_ + kBytes * first;
    ptx::store_if(hits.end(), slot, row.end_index() << Code::kShift);
    slot += hits.end() ? kBytes : 0;
    const std::uint32_t of_lane = (lane_id() * Row::kPerVector + row.head()) << Code::kShift;
#pragma unroll
    for (int m = 0; m < Hits::kMasks; ++m) {
      put_bits(hits.mask(m), slot, of_lane + (m * kMaskElements << Code::kShift));
      slot += kBytes * __popc(hits.mask(m));
    }
  }

  // Of the first `count` slots, once all are filled.
  __device__ auto best(const Row& row, std::uint32_t count) const {
    const std::uint32_t first = lane_id() * kPerLane;
    std::uint32_t codes[kPerLane];
    load(codes, address_ + kBytes * first);
    // Slots behind the last are like padding at an index behind all.
    std::uint32_t elements[kPerLane];
#pragma unroll
    for (int r = 0; r < kPerLane; ++r) {
      elements[r] = Row::kPaddingBits;
      codes[r] = first + r < count ? codes[r] >> Code::kShift : Composite::kNumbers;
      if (first + r < count) elements[r] = static_cast<std::uint32_t>(row.element(codes[r]));
    }
    // Another loop, so that no element is waited for before all are under way.
    constexpr int kPerWord = Hits::kPairs ? 2 : 1;
    typename Composite::Type items[kPerLane];
#pragma unroll
    for (int r = 0; r < kPerLane; ++r) {
      const int word = r / kPerWord * kPerWord;
      const std::uint32_t keys = WordKeys<kDType, kLargest>::of(
          Hits::kPairs ? __byte_perm(elements[word], elements[word + 1], 0x5410) : elements[r]);
      items[r] = Composite::make(keys, r % kPerWord, Composite::kNumbers - codes[r]);
    }
    return sorted_best<Composite>(items);
  }

 private:
  // Lanes seldom have more hits in a mask than are unrolled here: without turns, finding the bits
  // overlaps.
  static constexpr int kUnrolled = Hits::kMasks == 1 ? 4 : Hits::kMasks == 2 ? 3 : 2;

  static __device__ void put_bits(std::uint32_t rest, std::uint32_t slot, std::uint32_t base) {
#pragma unroll
    for (int i = 0; i < kUnrolled; ++i) put_lowest(rest, slot, base);
#pragma unroll 1
    while (rest != 0) put_lowest(rest, slot, base);
  }

  static __device__ void put_lowest(std::uint32_t& rest, std::uint32_t& slot, std::uint32_t base) {
    const std::uint32_t lowest = rest & (0 - rest);
    const int bit = 31 - __clz(static_cast<int>(lowest));
    ptx::store_if(lowest != 0, slot, base + Code::of_bit(static_cast<std::uint32_t>(bit)));
    rest ^= lowest;
    slot += kBytes;
  }

  static __device__ void load(std::uint32_t (&codes)[kPerLane], shared::Address address) {
    if constexpr (kPerLane == 2) {
      const auto two = shared::load<std::uint64_t>(address);
      codes[0] = static_cast<std::uint32_t>(two);
      codes[1] = static_cast<std::uint32_t>(two >> 32);
    } else {
#pragma unroll
      for (int r = 0; r < kPerLane; r += 4) {
        const int4 four = shared::load_four(address + kBytes * r);
        codes[r] = static_cast<std::uint32_t>(four.x);
        codes[r + 1] = static_cast<std::uint32_t>(four.y);
        codes[r + 2] = static_cast<std::uint32_t>(four.z);
        codes[r + 3] = static_cast<std::uint32_t>(four.w);
      }
    }
  }

  shared::Address address_;
};

}  // namespace skim::cuda
