// An element as a number that `<` and isnan understand.
#pragma once

#include <type_traits>

#include "inputs/inputs.h"
#include "skim/dtype.h"

namespace skim::bench {

template <class T>
auto number_of(T element) {
  if constexpr (std::is_same_v<T, Float16>) {
    return float16_to_float(element.bits);
  } else if constexpr (std::is_same_v<T, BFloat16>) {
    return bfloat16_to_float(element.bits);
  } else {
    return element;
  }
}

}  // namespace skim::bench
