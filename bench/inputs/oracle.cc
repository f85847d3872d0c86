// The oracle for a dtype that is known at run time only.
#include "inputs/oracle.h"

#include <algorithm>
#include <type_traits>

#include "inputs/dispatch.h"
#include "inputs/inputs.h"

namespace skim::bench {
namespace {

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

}  // namespace

std::vector<std::int64_t> oracle_indices(DType dtype, const void* row, std::int64_t cols,
                                         std::int64_t k, bool largest) {
  return dispatch(dtype, [&]<class T>() {
    return oracle_topk(static_cast<const T*>(row), cols, k, largest, number_of<T>);
  });
}

}  // namespace skim::bench
