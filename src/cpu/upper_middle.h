// Bisection between two integers of any width.
#pragma once

#include <cstdint>
#include <type_traits>

#include "order/candidate.h"

namespace skim::cpu {

// Halfway from low to high, rounded up: above low wherever high is.
template <class Integer>
constexpr Integer upper_middle(Integer low, Integer high) {
  using Unsigned = typename std::conditional_t<sizeof(Integer) == 16, std::type_identity<UInt128>,
                                               std::make_unsigned<Integer>>::type;
  const auto distance =
      static_cast<Unsigned>(static_cast<Unsigned>(high) - static_cast<Unsigned>(low));
  return static_cast<Integer>(static_cast<Unsigned>(low) +
                              static_cast<Unsigned>(distance / 2 + distance % 2));
}

}  // namespace skim::cpu
