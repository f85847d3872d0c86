// Where the nucleus of a row ends, for those who ask for its mass: a draw does not need to know.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <numeric>

#include "cpu/masses.h"
#include "order/candidate.h"
#include "order/key_order.h"

namespace skim::cpu {

namespace detail {

// Places between tokens as one integer: tokens before the bound are candidates above it.
inline std::int64_t place_of(const TokenBound& bound) {
  const auto key = order_key<DType::f32, true>(std::bit_cast<std::int32_t>(bound.value));
  return Packing<std::int64_t>::pack(key, bound.index);
}

inline TokenBound bound_at(std::int64_t place) {
  const auto key = static_cast<std::int32_t>(Packing<std::int64_t>::key(place));
  return {std::bit_cast<float>(bits_of_key<DType::f32, true>(key)),
          Packing<std::int64_t>::index(place)};
}

// Behind the last token that is not below `least`; those at -inf have no mass.
inline std::int64_t place_behind(float least, std::int64_t cols) {
  if (least == -std::numeric_limits<float>::infinity()) return place_of({least, 0});
  return place_of({least, cols - 1}) - 1;
}

}  // namespace detail

// The bound behind the last token that has less than `limit` before it, or nothing, among those not
// below `least`. `inner` is the value and index of one that has, or a bound without tokens before
// it. `Masses` is TileMasses or WeightMasses. At most 64 passes over it.
template <class Masses>
TokenBound nucleus_end(Masses& masses, std::int64_t cols, const TokenBound& inner, float least,
                       std::uint64_t limit) {
  std::int64_t outside = detail::place_behind(least, cols);
  std::int64_t inside = detail::place_of(inner);
  while (outside + 1 < inside) {
    const std::int64_t middle = std::midpoint(outside, inside);
    const std::uint64_t before = masses.total_before(detail::bound_at(middle));
    (before < limit || before == 0 ? inside : outside) = middle;
  }
  return detail::bound_at(inside - 1);
}

}  // namespace skim::cpu
