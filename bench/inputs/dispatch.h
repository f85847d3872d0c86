// From a DType to the C++ type of its elements.
#pragma once

#include <stdexcept>
#include <utility>

#include "skim/dtype.h"

namespace skim::bench {

// Calls action.template operator()<T>() with the element type of `dtype`.
template <class Action>
decltype(auto) dispatch(DType dtype, Action&& action) {
  switch (dtype) {
    case DType::f32:
      return action.template operator()<float>();
    case DType::f16:
      return action.template operator()<Float16>();
    case DType::bf16:
      return action.template operator()<BFloat16>();
    case DType::f64:
      return action.template operator()<double>();
    case DType::i8:
      return action.template operator()<std::int8_t>();
    case DType::u8:
      return action.template operator()<std::uint8_t>();
    case DType::i16:
      return action.template operator()<std::int16_t>();
    case DType::i32:
      return action.template operator()<std::int32_t>();
    case DType::i64:
      return action.template operator()<std::int64_t>();
  }
  throw std::invalid_argument("dtype has no element type");
}

}  // namespace skim::bench
