// A matrix in somebody else's memory, as DLPack describes one: rows of `cols` adjacent elements.
#pragma once

#include <cstdint>
#include <string>

#include "skim/device.h"
#include "skim/dtype.h"
#include "skim/export.h"

namespace skim {

// Pointer is `const void*` for inputs and `void*` for outputs. `row_stride` counts elements and may
// be 0 (one row seen many times) or negative for inputs. A view owns nothing and checks nothing.
template <class Pointer>
struct BasicTensorView {
  Pointer data = nullptr;
  DType dtype = DType::f32;
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::int64_t row_stride = 0;
  DeviceId device;
};

using TensorView = BasicTensorView<const void*>;
using MutableTensorView = BasicTensorView<void*>;

// One integer a row (int32 or int64); rows == -1 means that there are none.
struct RowIntegersView {
  const void* data = nullptr;
  DType dtype = DType::i64;
  std::int64_t rows = -1;
  DeviceId device;

  constexpr bool given() const noexcept { return rows != -1; }
};

using RowLengthsView = RowIntegersView;
using RowOffsetsView = RowIntegersView;

// The numbers (int32) of the pages that the columns of each row are in, page_size columns a page;
// rows == -1 means that there are none.
struct PageTableView {
  TensorView pages = {nullptr, DType::i32, -1, 0, 0, {}};
  std::int64_t page_size = 0;

  constexpr bool given() const noexcept { return pages.rows != -1; }
};

// A row-major contiguous matrix on the CPU.
template <class T>
TensorView matrix_view(const T* data, std::int64_t rows, std::int64_t cols) {
  return {data, dtype_of<T>, rows, cols, cols, DeviceId{}};
}
template <class T>
MutableTensorView mutable_matrix_view(T* data, std::int64_t rows, std::int64_t cols) {
  return {data, dtype_of<T>, rows, cols, cols, DeviceId{}};
}

SKIM_EXPORT std::string to_string(const TensorView& view);  // one line

}  // namespace skim
