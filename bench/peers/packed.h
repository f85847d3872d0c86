// Elements packed with their index into one unsigned number whose `>` is the order of the contract,
// so that any sort of plain numbers becomes a peer. Shares no code with the product.
#pragma once

#include <hwy/base.h>

#include <bit>
#include <cstdint>
#include <type_traits>

#include "inputs/element_bits.h"
#include "skim/dtype.h"

namespace skim::bench {

// Bits of T as an unsigned number that orders like T: NaN on top, both zeros equal.
template <class T>
BitsOf<T> ordered_bits(T element) {
  using U = BitsOf<T>;
  constexpr U kSign = static_cast<U>(U{1} << (8 * sizeof(T) - 1));
  const U bits = std::bit_cast<U>(element);
  if constexpr (std::is_integral_v<T>) {
    return std::is_signed_v<T> ? static_cast<U>(bits ^ kSign) : bits;
  } else {
    // Two's complement of the magnitude where the sign is set; without branches, to be vectorised.
    const U magnitude = static_cast<U>(bits & ~kSign);
    const U negative = static_cast<U>(U{0} - static_cast<U>(bits >> (8 * sizeof(T) - 1)));
    const U ascending = static_cast<U>(static_cast<U>(magnitude ^ negative) - negative + kSign);
    const U nan = static_cast<U>(U{0} - static_cast<U>(magnitude > kInfinityBits<T>));
    return static_cast<U>(ascending | nan);
  }
}

// 64 bits where key and a 32-bit index fit, else 128.
template <class T>
using Packed = std::conditional_t<sizeof(T) == 8, hwy::uint128_t, std::uint64_t>;

template <class T>
Packed<T> pack(T element, std::int64_t index) {
  if constexpr (sizeof(T) == 8) {
    return {~static_cast<std::uint64_t>(index), ordered_bits(element)};
  } else {
    return std::uint64_t{ordered_bits(element)} << 32 |
           static_cast<std::uint32_t>(~static_cast<std::uint32_t>(index));
  }
}

inline std::int64_t index_of(std::uint64_t packed) {
  return static_cast<std::int64_t>(~static_cast<std::uint32_t>(packed));
}
inline std::int64_t index_of(const hwy::uint128_t& packed) {
  return static_cast<std::int64_t>(~packed.lo);
}

}  // namespace skim::bench
