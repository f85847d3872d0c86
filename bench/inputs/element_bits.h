// How a real number becomes the bits of an element of any dtype. Rows are written as bits, so that
// no NaN passes through a floating-point register that might quieten it.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "inputs/inputs.h"
#include "skim/dtype.h"

namespace skim::bench {

template <std::size_t size>
struct UnsignedOfSize;
template <>
struct UnsignedOfSize<1> {
  using type = std::uint8_t;
};
template <>
struct UnsignedOfSize<2> {
  using type = std::uint16_t;
};
template <>
struct UnsignedOfSize<4> {
  using type = std::uint32_t;
};
template <>
struct UnsignedOfSize<8> {
  using type = std::uint64_t;
};
template <class T>
using BitsOf = typename UnsignedOfSize<sizeof(T)>::type;

// The bits of +inf; 0 for integers, which have none.
template <class T>
inline constexpr BitsOf<T> kInfinityBits = 0;
template <>
inline constexpr std::uint32_t kInfinityBits<float> = 0x7f800000U;
template <>
inline constexpr std::uint16_t kInfinityBits<Float16> = 0x7c00U;
template <>
inline constexpr std::uint16_t kInfinityBits<BFloat16> = 0x7f80U;
template <>
inline constexpr std::uint64_t kInfinityBits<double> = 0x7ff0000000000000ULL;

// Integers: +-kIntegerSpan is spread over the whole range, and what lies beyond saturates.
inline constexpr double kIntegerSpan = 32;

template <class T>
T integer_from(double value) {
  constexpr double lowest = static_cast<double>(std::numeric_limits<T>::lowest());
  constexpr double highest = static_cast<double>(std::numeric_limits<T>::max());
  const double part = (value / kIntegerSpan + 1) / 2;
  const double scaled = std::floor(part * (highest - lowest) + lowest);
  if (std::isnan(value) || scaled >= highest) return std::numeric_limits<T>::max();
  if (scaled <= lowest) return std::numeric_limits<T>::lowest();
  return static_cast<T>(scaled);
}

template <class T>
BitsOf<T> bits_from(double value) {
  if constexpr (std::is_same_v<T, Float16>) {
    return to_float16_bits(static_cast<float>(value));
  } else if constexpr (std::is_same_v<T, BFloat16>) {
    return to_bfloat16_bits(static_cast<float>(value));
  } else if constexpr (std::is_floating_point_v<T>) {
    return std::bit_cast<BitsOf<T>>(static_cast<T>(value));
  } else {
    return static_cast<BitsOf<T>>(integer_from<T>(value));
  }
}

// Element number `index` of a row.
template <class Bits>
Bits load_bits(const std::byte* row, std::int64_t index) {
  Bits bits{};
  std::memcpy(&bits, row + static_cast<std::size_t>(index) * sizeof(Bits), sizeof(Bits));
  return bits;
}

template <class Bits>
void store_bits(std::byte* row, std::int64_t index, Bits bits) {
  std::memcpy(row + static_cast<std::size_t>(index) * sizeof(Bits), &bits, sizeof(Bits));
}

}  // namespace skim::bench
