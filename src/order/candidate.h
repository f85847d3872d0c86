// A candidate packs (key, index) into one signed integer whose order is the order of the result:
// larger is better, and among equal keys the lower index is larger.
#pragma once

#include <cstdint>
#include <type_traits>

#include "order/key_order.h"

namespace skim {

__extension__ using Int128 = __int128;
__extension__ using UInt128 = unsigned __int128;

template <class Key>
using CandidateFor = std::conditional_t<sizeof(Key) == 8, Int128, std::int64_t>;

template <class Candidate>
struct Packing;

// Keys of up to 32 bits; indices below 2^32.
template <>
struct Packing<std::int64_t> {
  static constexpr std::int64_t greatest = INT64_MAX;
  static constexpr std::int64_t least = INT64_MIN;

  SKIM_HOST_DEVICE static constexpr std::int64_t pack(std::int64_t key, std::int64_t index) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(key) << 32 |
                                     static_cast<std::uint32_t>(~index));
  }
  SKIM_HOST_DEVICE static constexpr std::int64_t key(std::int64_t candidate) {
    return candidate >> 32;
  }
  SKIM_HOST_DEVICE static constexpr std::int64_t index(std::int64_t candidate) {
    return static_cast<std::uint32_t>(~candidate);
  }
};

// Keys of 64 bits.
template <>
struct Packing<Int128> {
  static constexpr Int128 greatest = static_cast<Int128>(~UInt128{0} >> 1);  // no numeric_limits
  static constexpr Int128 least = -greatest - 1;

  SKIM_HOST_DEVICE static constexpr Int128 pack(std::int64_t key, std::int64_t index) {
    return static_cast<Int128>(static_cast<UInt128>(key) << 64 |
                               static_cast<std::uint64_t>(~index));
  }
  SKIM_HOST_DEVICE static constexpr std::int64_t key(Int128 candidate) {
    return static_cast<std::int64_t>(candidate >> 64);
  }
  SKIM_HOST_DEVICE static constexpr std::int64_t index(Int128 candidate) {
    return static_cast<std::int64_t>(~static_cast<std::uint64_t>(candidate));
  }
};

}  // namespace skim
