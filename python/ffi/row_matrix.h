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

// The product of shape[0..rank), or nothing if int64 cannot hold it.
inline std::optional<std::int64_t> element_count(const std::int64_t* shape, int rank) {
  std::int64_t count = 1;
  for (int i = 0; i < rank; ++i) {
    if (shape[i] == 0) return 0;
    if (__builtin_mul_overflow(count, shape[i], &count)) return std::nullopt;
  }
  return count;
}

// The dimensions shape[0..rank) as one, or nothing where no single stride walks them. `dense` is
// the stride to report where none is walked: one row, or none.
inline std::optional<Rows> merged(const std::int64_t* shape, const std::int64_t* strides, int rank,
                                  std::int64_t dense) {
  const auto count = element_count(shape, rank);
  if (!count) return std::nullopt;
  Rows rows{*count, dense};
  if (rows.count == 0) return rows;
  std::int64_t inner = 1;
  for (int i = rank - 1; i >= 0; --i) {
    if (shape[i] == 1) continue;
    std::int64_t reach = 0;
    if (inner == 1) {
      rows.stride = strides[i];
    } else if (__builtin_mul_overflow(inner, rows.stride, &reach) || strides[i] != reach) {
      return std::nullopt;
    }
    inner *= shape[i];
  }
  return rows;
}

// The rows of a tensor of rank 1 and more, or nothing where only a copy has one stride.
inline std::optional<Rows> rows_of(const DLTensor& tensor) {
  if (tensor.ndim < 1) return std::nullopt;
  const int last = tensor.ndim - 1;
  const std::int64_t cols = tensor.shape[last];
  const auto count = element_count(tensor.shape, last);
  if (count && (*count == 0 || cols == 0)) return Rows{*count, cols};  // strides mean nothing
  if (cols > 1 && tensor.strides[last] != 1) return std::nullopt;
  return merged(tensor.shape, tensor.strides, last, cols);
}

}  // namespace skim_ffi
