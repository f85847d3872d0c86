// Arguments that hold a row of something for each row of a tensor of any rank.
#pragma once

#include <tvm/ffi/tvm_ffi.h>

#include <optional>
#include <string>

#include "errors.h"
#include "row_matrix.h"
#include "row_vector.h"

namespace skim_ffi {

// A matrix beside `x`: with its leading dimensions, as a matrix of one row for each of its rows, or
// as one row for all of them.
class MatrixBeside {
 public:
  MatrixBeside(const char* name, const OptionalTensor& given, const char* x_name,
               const DLTensor& x) {
    if (!given.has_value()) return;
    const DLTensor& tensor = *given.value();
    const auto rows = rows_of(tensor);
    if (!rows) {
      raise("skim.InvalidRequest",
            std::string(name) + " has no rows of one stride; copy it to contiguous memory");
    }
    const bool of_rows = tensor.ndim == x.ndim && same_leading_shape(tensor, x, tensor.ndim - 1);
    if (tensor.ndim > 2 && !of_rows && rows->count != 1) {
      raise("skim.InvalidRequest",
            std::string(name) + " has shape " + shape_text(tensor.shape, tensor.ndim) +
                ", but the rows of " + x_name + " have shape " + shape_text(x.shape, x.ndim - 1) +
                "; give it that and one dimension more");
    }
    matrix_.emplace(tensor, rows->count, tensor.shape[tensor.ndim - 1], rows->stride);
  }

  DLTensor* get() { return matrix_ ? matrix_->get() : nullptr; }

 private:
  std::optional<RowMatrix> matrix_;
};

}  // namespace skim_ffi
