// A tensor of any rank as the matrix that the C API takes: its last dimension are the columns, all
// the others together the rows.
#pragma once

#include <tvm/ffi/tvm_ffi.h>

#include <array>
#include <cstdint>
#include <optional>

namespace skim_ffi {

// Points into itself, hence neither copied nor moved.
class RowMatrix {
 public:
  RowMatrix(const DLTensor& tensor, std::int64_t rows, std::int64_t cols, std::int64_t row_stride)
      : shape_{rows, cols}, strides_{row_stride, 1}, tensor_(tensor) {
    tensor_.ndim = 2;
    tensor_.shape = shape_.data();
    tensor_.strides = strides_.data();
  }
  RowMatrix(const RowMatrix&) = delete;
  RowMatrix& operator=(const RowMatrix&) = delete;

  DLTensor* get() { return &tensor_; }

 private:
  std::array<std::int64_t, 2> shape_;
  std::array<std::int64_t, 2> strides_;
  DLTensor tensor_;
};

struct Rows {
  std::int64_t count;
  std::int64_t stride;  // elements
};

// The leading dimensions shape[0..rank) as one, or nothing where no single stride walks them.
// `dense` is the stride to report where none is walked: at most one row, or no element at all.
inline std::optional<Rows> merged(const std::int64_t* shape, const std::int64_t* strides, int rank,
                                  std::int64_t dense) {
  Rows rows{1, dense};
  for (int i = 0; i < rank; ++i) {
    if (shape[i] == 0) return Rows{0, dense};
  }
  for (int i = rank - 1; i >= 0; --i) {
    if (shape[i] == 1) continue;
    std::int64_t reach = 0;
    if (rows.count == 1) {
      rows.stride = strides[i];
    } else if (__builtin_mul_overflow(rows.count, rows.stride, &reach) || strides[i] != reach) {
      return std::nullopt;
    }
    if (__builtin_mul_overflow(rows.count, shape[i], &rows.count)) return std::nullopt;
  }
  return rows;
}

// The rows of a tensor of rank 1 and more, or nothing where only a copy has one stride.
inline std::optional<Rows> rows_of(const DLTensor& tensor) {
  if (tensor.ndim < 1) return std::nullopt;
  const int last = tensor.ndim - 1;
  if (tensor.shape[last] > 1 && tensor.strides[last] != 1) return std::nullopt;
  return merged(tensor.shape, tensor.strides, last, tensor.shape[last]);
}

}  // namespace skim_ffi
