// A floating-point element's bits as float32, which holds every value of the narrower types. By
// integers, so that infinities, NaN and subnormal numbers come out the same everywhere.
#pragma once

#include <bit>
#include <cstdint>

#include "order/key_order.h"

namespace skim {

SKIM_HOST_DEVICE constexpr float float_of_half(std::uint16_t bits) {
  const std::uint32_t sign = std::uint32_t{bits} >> 15 << 31;
  const std::uint32_t magnitude = bits & 0x7fff;
  constexpr std::uint32_t kLeastNormal = 0x0400;
  constexpr std::uint32_t kInfinity = 0x7c00;
  if (magnitude < kLeastNormal) {
    const auto number = static_cast<float>(magnitude) * 0x1p-24F;
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(number) | sign);
  }
  constexpr std::uint32_t kRebias = (127 - 15) << 23;
  constexpr std::uint32_t kAllExponentBits = 0x7f800000;
  const std::uint32_t wide = magnitude << 13;
  return std::bit_cast<float>(sign |
                              (magnitude < kInfinity ? wide + kRebias : wide | kAllExponentBits));
}

template <DType kDType>
SKIM_HOST_DEVICE constexpr float float_of(typename KeyOrder<kDType>::Key bits) {
  static_assert(kDType == DType::f32 || kDType == DType::f16 || kDType == DType::bf16);
  if constexpr (kDType == DType::f32) {
    return std::bit_cast<float>(bits);
  } else if constexpr (kDType == DType::f16) {
    return float_of_half(static_cast<std::uint16_t>(bits));
  } else {
    return std::bit_cast<float>(std::uint32_t{static_cast<std::uint16_t>(bits)} << 16);
  }
}

}  // namespace skim
