// The only definition of larger and equal: an element's bits -> a signed integer key whose order is
// the contract's order (docs/semantics.md). NaN of any sign and payload is one key above +inf, -0
// and +0 are one key, and `largest = false` reverses all of it.
//
// The same steps serve scalars, SIMD vectors and the GPU: they are written over an Ops policy.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "skim/dtype.h"

#if defined(__CUDACC__)
#define SKIM_HOST_DEVICE __host__ __device__
#else
#define SKIM_HOST_DEVICE
#endif

namespace skim {

namespace detail {

template <class KeyType, KeyType kInfinity>
struct FloatBits {
  using Key = KeyType;
  static constexpr bool is_float = true;
  static constexpr bool is_unsigned = false;
  static constexpr Key infinity = kInfinity;  // the bits of +inf
  static constexpr Key negative_infinity =
      static_cast<Key>(kInfinity | std::numeric_limits<Key>::min());
};

template <class KeyType, bool kUnsigned>
struct IntegerBits {
  using Key = KeyType;
  static constexpr bool is_float = false;
  static constexpr bool is_unsigned = kUnsigned;
};

template <DType>
struct BitsOf;
template <>
struct BitsOf<DType::f32> : FloatBits<std::int32_t, 0x7f800000> {};
template <>
struct BitsOf<DType::f16> : FloatBits<std::int16_t, 0x7c00> {};
template <>
struct BitsOf<DType::bf16> : FloatBits<std::int16_t, 0x7f80> {};
template <>
struct BitsOf<DType::f64> : FloatBits<std::int64_t, 0x7ff0000000000000> {};
template <>
struct BitsOf<DType::i8> : IntegerBits<std::int8_t, false> {};
template <>
struct BitsOf<DType::u8> : IntegerBits<std::int8_t, true> {};
template <>
struct BitsOf<DType::i16> : IntegerBits<std::int16_t, false> {};
template <>
struct BitsOf<DType::i32> : IntegerBits<std::int32_t, false> {};
template <>
struct BitsOf<DType::i64> : IntegerBits<std::int64_t, false> {};

}  // namespace detail

// Integer arithmetic on one lane; the SIMD counterpart is VectorOps in src/cpu/vector_ops-inl.h.
template <class Key>
struct ScalarOps {
  using Value = Key;

  SKIM_HOST_DEVICE static constexpr Key set(Key value) { return value; }
  SKIM_HOST_DEVICE static constexpr Key bit_and(Key a, Key b) { return static_cast<Key>(a & b); }
  SKIM_HOST_DEVICE static constexpr Key bit_xor(Key a, Key b) { return static_cast<Key>(a ^ b); }
  SKIM_HOST_DEVICE static constexpr Key bit_not(Key a) { return static_cast<Key>(~a); }
  SKIM_HOST_DEVICE static constexpr Key min(Key a, Key b) { return a < b ? a : b; }
  SKIM_HOST_DEVICE static constexpr bool less(Key a, Key b) { return a < b; }
  SKIM_HOST_DEVICE static constexpr Key negate_if(bool negative, Key a) {
    const Key mask = static_cast<Key>(-static_cast<Key>(negative));
    return static_cast<Key>((a ^ mask) - mask);
  }
};

template <DType kDType>
struct KeyOrder : detail::BitsOf<kDType> {
  using Base = detail::BitsOf<kDType>;
  using Key = typename Base::Key;  // signed, as wide as the element
  static constexpr Key lowest_key = std::numeric_limits<Key>::min();
  static constexpr Key highest_key = std::numeric_limits<Key>::max();

  // The bits of the value that sorts last among ordinary ones: what fills a row with fewer than k
  // elements (-inf or the lowest integer; for `largest = false` +inf or the highest).
  template <bool kLargest>
  SKIM_HOST_DEVICE static constexpr Key fill_bits() {
    if constexpr (Base::is_float) {
      return kLargest ? Base::negative_infinity : Base::infinity;
    } else if constexpr (Base::is_unsigned) {
      return kLargest ? Key{0} : Key{-1};
    } else {
      return kLargest ? lowest_key : highest_key;
    }
  }
};

#include "order/key_formula.inc"

// Bits with the given key; for floats not the keys of NaN. The way back from order_key.
template <DType kDType, bool kLargest>
SKIM_HOST_DEVICE constexpr typename KeyOrder<kDType>::Key bits_of_key(
    typename KeyOrder<kDType>::Key key) {
  using Order = KeyOrder<kDType>;
  using Key = typename Order::Key;
  if constexpr (!kLargest) key = static_cast<Key>(~key);
  if constexpr (Order::is_float) return key < 0 ? static_cast<Key>(-key | Order::lowest_key) : key;
  if constexpr (Order::is_unsigned) return static_cast<Key>(key ^ Order::lowest_key);
  return key;
}

// One element's key: order_key(bits of a) > order_key(bits of b) exactly when a sorts before b, and
// equal when only their indices decide.
template <DType kDType, bool kLargest>
SKIM_HOST_DEVICE constexpr typename KeyOrder<kDType>::Key order_key(
    typename KeyOrder<kDType>::Key bits) {
  return order_key<kDType, kLargest>(ScalarOps<typename KeyOrder<kDType>::Key>{}, bits);
}

}  // namespace skim
