// Places in the order of a row's tokens: larger logits first, equal ones lowest token first. What
// filters keep is always what comes before one of them.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>

#include "order/candidate.h"
#include "order/key_order.h"

namespace skim {

// Those before a place in the order: above `value`, or equal at a lower index.
struct TokenBound {
  float value;
  std::int64_t index;

  SKIM_HOST_DEVICE constexpr bool has_before(float x, std::int64_t token) const {
    return x > value || (x == value && token < index);
  }
};

// Places as one integer: tokens before the bound are candidates above it.
SKIM_HOST_DEVICE constexpr std::int64_t place_of(const TokenBound& bound) {
  const auto key = order_key<DType::f32, true>(std::bit_cast<std::int32_t>(bound.value));
  return Packing<std::int64_t>::pack(key, bound.index);
}

// Not of a NaN.
SKIM_HOST_DEVICE constexpr TokenBound bound_at(std::int64_t place) {
  const auto key = static_cast<std::int32_t>(Packing<std::int64_t>::key(place));
  return {std::bit_cast<float>(bits_of_key<DType::f32, true>(key)),
          Packing<std::int64_t>::index(place)};
}

// Behind the last token that is not below `least`; those at -inf have no mass.
SKIM_HOST_DEVICE constexpr std::int64_t place_behind(float least, std::int64_t cols) {
  if (least == -std::numeric_limits<float>::infinity()) return place_of({least, 0});
  return place_of({least, cols - 1}) - 1;
}

}  // namespace skim
