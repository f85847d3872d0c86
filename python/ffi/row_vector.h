// Arguments that hold something for each row of a tensor of any rank.
#pragma once

#include <tvm/ffi/tvm_ffi.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

#include "errors.h"
#include "row_matrix.h"

namespace skim_ffi {

using OptionalTensor = ffi::Optional<DLTensor*>;

inline bool same_leading_shape(const DLTensor& a, const DLTensor& b, int rank) {
  return std::equal(a.shape, a.shape + rank, b.shape);
}

// For numbers of which int32 holds all that differ in what they mean.
inline std::int32_t nearest_int32(std::int64_t value) {
  using Limits = std::numeric_limits<std::int32_t>;
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(value, Limits::min(), Limits::max()));
}

// One entry a row of `x`: of one dimension, or of the leading dimensions of `x`; a vector either
// way, or null where there is none. Points into itself, hence neither copied nor moved.
class RowVector {
 public:
  RowVector(const char* name, const OptionalTensor& given, const char* x_name, const DLTensor& x) {
    if (!given.has_value()) return;
    tensor_ = *given.value();
    const bool of_rows = tensor_.ndim == x.ndim - 1 && same_leading_shape(tensor_, x, tensor_.ndim);
    if (tensor_.ndim != 1 && !of_rows) {
      raise("skim.InvalidRequest", std::string(name) + " has shape " +
                                       shape_text(tensor_.shape, tensor_.ndim) +
                                       ", but the rows of " + x_name + " have shape " +
                                       shape_text(x.shape, x.ndim - 1) + "; give one entry a row");
    }
    const auto merged_rows = merged(tensor_.shape, tensor_.strides, tensor_.ndim, 1);
    if (!merged_rows || (merged_rows->count > 1 && merged_rows->stride != 1)) {
      raise("skim.InvalidRequest",
            std::string(name) + " is not contiguous; copy it to contiguous memory");
    }
    count_ = merged_rows->count;
    tensor_.ndim = 1;
    tensor_.shape = &count_;
    tensor_.strides = nullptr;
    given_ = true;
  }
  RowVector(const RowVector&) = delete;
  RowVector& operator=(const RowVector&) = delete;

  DLTensor* get() { return given_ ? &tensor_ : nullptr; }

 private:
  DLTensor tensor_{};
  std::int64_t count_ = 0;
  bool given_ = false;
};

}  // namespace skim_ffi
