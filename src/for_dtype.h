// From an element type that is known when running to code that was compiled for it.
#pragma once

#include "skim/dtype.h"

namespace skim {

// action.operator()<DType>() of the given type.
template <class Action>
void for_dtype(DType dtype, Action&& action) {
  switch (dtype) {
    case DType::f32:
      return action.template operator()<DType::f32>();
    case DType::f16:
      return action.template operator()<DType::f16>();
    case DType::bf16:
      return action.template operator()<DType::bf16>();
    case DType::f64:
      return action.template operator()<DType::f64>();
    case DType::i8:
      return action.template operator()<DType::i8>();
    case DType::u8:
      return action.template operator()<DType::u8>();
    case DType::i16:
      return action.template operator()<DType::i16>();
    case DType::i32:
      return action.template operator()<DType::i32>();
    case DType::i64:
      return action.template operator()<DType::i64>();
  }
}

}  // namespace skim
