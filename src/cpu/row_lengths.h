// The columns of a row that exist.
#pragma once

#include <algorithm>
#include <cstdint>

#include "skim/tensor_view.h"

namespace skim::cpu {

// `cols` where no lengths are given.
inline std::int64_t row_length(const RowLengthsView& lengths, std::int64_t row, std::int64_t cols) {
  if (!lengths.given()) return cols;
  const std::int64_t length = lengths.dtype == DType::i32
                                  ? static_cast<const std::int32_t*>(lengths.data)[row]
                                  : static_cast<const std::int64_t*>(lengths.data)[row];
  return std::clamp<std::int64_t>(length, 0, cols);
}

}  // namespace skim::cpu
