// Composites: an element's key above its number counted backwards, so that the greater one comes
// first in the result and, of equal keys, the one with the lower number. A tag is a number counted
// backwards.
#pragma once

#include <cstdint>

#include "cuda/register_sort_ptx.cuh"
#include "order/key_order.h"

namespace skim::cuda {

// Keys of a word of 32 bits: one of 32 bits or two of 16. As signed integers floats are in order
// once zeros and NaN are one each and negative ones have all bits but the sign reversed.
template <DType kDType, bool kLargest>
struct WordKeys {
  static constexpr std::int32_t kAllButSign = kDType == DType::f32 ? 0x7fffffff : 0x7fff;

  static __device__ std::uint32_t of(std::uint32_t bits) {
    const std::uint32_t sum = one_zero_and_one_nan<kDType>(bits);
    if constexpr (kDType == DType::f32) {
      const auto signs = static_cast<std::uint32_t>(static_cast<std::int32_t>(sum) >> 31);
      return directed(sum, signs & 0x7fffffffu);
    } else {
      return directed(sum, signs_of_halves(sum) & 0x7fff7fffu);
    }
  }

  // The element's bits again; zeros and NaN have lost theirs.
  static __device__ std::int32_t bits_of(std::int32_t key) {
    if constexpr (!kLargest) key = ~key;
    return key < 0 ? key ^ kAllButSign : key;
  }
  static __device__ bool has_lost_bits(std::int32_t key) {
    if constexpr (!kLargest) key = ~key;
    return key == 0 || key == kAllButSign;
  }

 private:
  static __device__ std::uint32_t directed(std::uint32_t bits, std::uint32_t reversed) {
    return kLargest ? bits ^ reversed : ~(bits ^ reversed);
  }
};

// Keys of 16 bits, numbers below 2^16.
struct HalfComposite {
  using Type = std::int32_t;
  static constexpr std::uint32_t kNumbers = 0xffff;

  static __device__ Type make(std::uint32_t keys, int half, std::uint32_t tag) {
    return static_cast<Type>((half == 0 ? keys << 16 : keys & 0xffff0000u) | tag);
  }
  static __device__ std::uint32_t tag(Type composite) {
    return static_cast<std::uint32_t>(composite) & kNumbers;
  }
  static __device__ std::int32_t key(Type composite) { return composite >> 16; }
};

// Keys of 32 bits whole, as the candidates of the other algorithms.
struct WholeComposite {
  using Type = std::int64_t;
  static constexpr std::uint32_t kNumbers = 0xffffffff;

  static __device__ Type make(std::uint32_t key, int, std::uint32_t tag) {
    return static_cast<Type>(std::uint64_t{key} << 32 | tag);
  }
  static __device__ std::uint32_t tag(Type composite) {
    return static_cast<std::uint32_t>(composite);
  }
  static __device__ std::int32_t key(Type composite) {
    return static_cast<std::int32_t>(composite >> 32);
  }
};

// Keys of 32 bits of which the last make room for the number: half the work, but what differs in
// those bits only has no order.
template <int kBits>
struct CutComposite {
  using Type = std::int32_t;
  static constexpr std::uint32_t kNumbers = (1u << kBits) - 1;

  static __device__ Type make(std::uint32_t key, int, std::uint32_t tag) {
    return static_cast<Type>((key & ~kNumbers) | tag);
  }
  static __device__ std::uint32_t tag(Type composite) {
    return static_cast<std::uint32_t>(composite) & kNumbers;
  }
  static __device__ bool have_one_key(Type a, Type b) {
    return (static_cast<std::uint32_t>(a ^ b) & ~kNumbers) == 0;
  }
};

}  // namespace skim::cuda
