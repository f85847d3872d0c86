// What requests of several operations have in common: a matrix of rows, and their lengths.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>

#include "problem/checks.h"
#include "skim/topk.h"

namespace skim {

inline constexpr std::int64_t kMostBytes =
    std::numeric_limits<std::int64_t>::max() / 4;  // sums of a few stay exact

inline void check_rows_and_cols(const TensorView& input) {
  if (input.rows < 0) refuse("rows = {} is negative; give a row count of 0 or more", input.rows);
  if (input.cols < 0) refuse("cols = {} is negative; give a column count of 0 or more", input.cols);
  if (input.cols > kMaxColumns) {
    refuse(
        "cols = {} is above the longest row of {} elements; split the rows and merge the results",
        input.cols, kMaxColumns);
  }
}

inline void check_reach(const char* name, const TensorView& input) {
  const auto size = static_cast<std::int64_t>(size_of(input.dtype));
  const std::int64_t steps = std::max<std::int64_t>(input.rows - 1, 0);
  const auto reach = checked_product(steps, input.row_stride);
  const auto bytes = reach ? checked_product(*reach, size) : reach;
  if (!bytes || *bytes > kMostBytes || *bytes < -kMostBytes) {
    refuse(
        "{} with rows = {} and row_stride = {} spans more bytes than a 64-bit address reaches; "
        "check the stride or split the rows",
        name, input.rows, input.row_stride);
  }
}

inline void check_same_device(const char* name, DeviceId device, const char* input_name,
                              DeviceId input_device) {
  if (device == input_device) return;
  refuse("{} is on {} but {} is on {}; move it to the same device", name, to_string(device),
         input_name, to_string(input_device));
}

// `what` is one of them.
inline void check_row_integers(const char* name, const char* what, const char* input_name,
                               const TensorView& input, const RowIntegersView& integers) {
  if (!is_index_dtype(integers.dtype)) {
    refuse("{} has dtype {}, but {}s are int32 or int64; convert them", name,
           is_known(integers.dtype) ? name_of(integers.dtype) : "unknown", what);
  }
  if (integers.rows != input.rows) {
    refuse("{} has {} entries for rows = {}; give one {} a row", name, integers.rows, input.rows,
           what);
  }
  check_same_device(name, integers.device, input_name, input.device);
}

inline void check_row_lengths(const char* input_name, const TensorView& input,
                              const RowLengthsView& lengths) {
  check_row_integers("row_lengths", "length", input_name, input, lengths);
}

inline std::int32_t guaranteed_alignment(const TensorView& input) {
  constexpr std::int64_t kMaxAlignment = 16;  // of the widest vector load of any backend
  const auto stride =
      static_cast<std::uint64_t>(input.rows > 1 ? input.row_stride : 0) * size_of(input.dtype);
  const std::uint64_t bits = reinterpret_cast<std::uintptr_t>(input.data) | stride;
  if (bits == 0) return kMaxAlignment;
  return static_cast<std::int32_t>(std::min<std::int64_t>(
      kMaxAlignment, std::int64_t{1} << std::min(62, std::countr_zero(bits))));
}

}  // namespace skim
