// A lower bound of a row's k-th best element that few elements reach: an order statistic of the
// maxima of groups of elements, found by a sorting network, without a branch.
#pragma once

#include <cstdint>

#include "cuda/register_sort_ptx.cuh"
#include "cuda/warp_network.cuh"
#include "cuda/warp_row.cuh"

namespace skim::cuda {

// The upper 16 bits of the order key of a maximum, two at a time: as order_key, but -0 below +0,
// and a NaN that instructions for maxima return is the best or, for the smallest, the worst.
template <bool kLargest>
__device__ std::uint32_t two_keys_of_16(std::uint32_t bits) {
  const std::uint32_t keys = bits ^ (signs_of_halves(bits) & 0x7fff7fff);
  return kLargest ? keys : ~keys;
}

// Groups: 64 * kRegisters, each what a lane holds in a few words of its own.
template <DType kDType, bool kLargest, int kVectors, int kRegisters>
__device__ void maxima_of_groups(const WarpRow<kDType, kLargest, kVectors>& row,
                                 std::uint32_t (&keys)[kRegisters]) {
  using Row = WarpRow<kDType, kLargest, kVectors>;
  constexpr int kPerRegister = Row::kPerVector == 8 ? 1 : 2;
  constexpr int kMaxima = kRegisters * kPerRegister;
  static_assert(2 * kMaxima <= Row::kWords, "an instruction for maxima makes all NaN one");
  std::uint32_t maxima[kMaxima];
#pragma unroll
  for (int w = 0; w < Row::kWords; ++w) {
    std::uint32_t& best = maxima[w % kMaxima];
    best = w < kMaxima ? row.word(w) : Row::better(best, row.word(w));
  }
  maxima[0] = Row::better(maxima[0], row.end_word());
#pragma unroll
  for (int r = 0; r < kRegisters; ++r) {
    const std::uint32_t bits =
        kPerRegister == 1 ? maxima[r] : __byte_perm(maxima[2 * r], maxima[2 * r + 1], 0x7632);
    keys[r] = two_keys_of_16<kLargest>(bits);
  }
}

// At least k of the keys reach the result. Each kLanes neighbouring lanes answer for their share of
// k: kLanes = 32 gives the k-th largest itself, up to rounding k to a multiple of kRegisters. In
// the upper half of the result; the lower is 0.
template <int kLanes, int kRegisters>
__device__ std::int32_t statistic_of_maxima(std::uint32_t (&keys)[kRegisters], std::uint32_t k) {
  constexpr std::uint32_t kLists = 32 / kLanes;
  constexpr std::uint32_t kAlwaysLarger = 0x7fff7fff;
  Network<TwoKeysOf16, kRegisters>::template sort_descending<kLanes>(keys);
  // Among two descending lists, the K-th largest is the least of max(a[i], b[K - 1 - i]).
  const auto lanes = static_cast<int>((k + kRegisters * kLists - 1) / (kRegisters * kLists));
  const int partner = lanes - 1 - lane_id() % kLanes;
  const std::uint32_t selector = partner >= 0 ? 0x3232 : 0x5454;
  std::uint32_t least;
#pragma unroll
  for (int r = 0; r < kRegisters; ++r) {
    const std::uint32_t other = __shfl_sync(~0u, keys[kRegisters - 1 - r], partner, kLanes);
    const std::uint32_t second = __byte_perm(other, kAlwaysLarger, selector);
    const std::uint32_t larger = ptx::max_of_16(keys[r], second);
    least = r == 0 ? larger : ptx::min_of_16(least, larger);
  }
  return __reduce_min_sync(~0u, static_cast<std::int32_t>(least << 16));
}

// A bound of the best elements, as a number to compare with and as a key.
template <DType kDType, bool kLargest>
class WarpBound {
  using Order = KeyOrder<kDType>;
  static constexpr bool kIs16 = sizeof(typename Order::Key) == 2;

 public:
  // Of statistic_of_maxima.
  __device__ explicit WarpBound(std::int32_t statistic) : statistic_(statistic) {}

  // Where the worst infinity reaches the bound, so does padding; and a NaN is nothing to compare
  // with.
  __device__ bool is_sure() const {
    constexpr auto kInfinity = static_cast<std::int32_t>(Order::infinity) * (kIs16 ? 65536 : 1);
    return statistic_ > (~kInfinity | 0xffff) && statistic_ <= kInfinity;
  }

  __device__ std::uint32_t limit() const {
    const std::int32_t ordered = signed_magnitude_order();
    const auto bits = static_cast<std::uint32_t>(ordered ^ (ordered >> 31 & 0x7fffffff));
    return kIs16 ? __byte_perm(bits, 0, 0x3232) : bits;
  }

  // As order_key, in which -0 is +0.
  __device__ std::int32_t key() const {
    std::int32_t ordered = signed_magnitude_order();
    if constexpr (kIs16) ordered >>= 16;
    const std::int32_t key = ordered - (ordered >> 31);
    return kLargest ? key : ~key;
  }

 private:
  __device__ std::int32_t signed_magnitude_order() const {
    return kLargest ? statistic_ : ~statistic_;
  }

  std::int32_t statistic_;
};

// For a row's k best, k <= kSlots / 2: as many groups as slots. Of few, the k-th best maximum
// itself; of more, two halves of the warp answer for half of k each, which takes fewer steps and
// lets a tenth more elements pass.
template <int kSlots, DType kDType, bool kLargest, int kVectors>
__device__ WarpBound<kDType, kLargest> row_bound(const WarpRow<kDType, kLargest, kVectors>& row,
                                                 std::uint32_t k) {
  constexpr int kLanes = kSlots <= 64 ? 32 : 16;
  std::uint32_t keys[kSlots / 64];
  maxima_of_groups(row, keys);
  return WarpBound<kDType, kLargest>(statistic_of_maxima<kLanes>(keys, k));
}

}  // namespace skim::cuda
