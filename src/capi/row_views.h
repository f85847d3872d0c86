// Views of DLPack tensors that hold something for each row beside the matrix itself.
#pragma once

#include <fmt/format.h>

#include <cstdint>

#include "capi/dlpack_view.h"
#include "skim/sample.h"

namespace skim {

// A result of one entry a row.
inline MutableTensorView column_view(const char* name, const DLTensor* tensor) {
  if (tensor == nullptr) throw InvalidRequest(fmt::format("{} is null; pass a tensor", name));
  if (tensor->ndim != 1) {
    throw InvalidRequest(
        fmt::format("{} has {} dimensions; pass one entry a row", name, tensor->ndim));
  }
  if (tensor->shape == nullptr)
    throw InvalidRequest(fmt::format("{} has a null shape; fill it in", name));
  std::int64_t shape[] = {tensor->shape[0], 1};
  std::int64_t strides[] = {tensor->strides == nullptr ? 1 : tensor->strides[0], 1};
  DLTensor column = *tensor;
  column.ndim = 2;
  column.shape = shape;
  column.strides = strides;
  return output_view(name, &column);
}

// A matrix beside one of so many rows: one row of it, or a vector, is for all of them.
inline TensorView view_for_rows(const char* name, const DLTensor& tensor, std::int64_t rows) {
  TensorView view = input_view(name, &tensor);
  if (view.rows == 1) {
    view.rows = rows;
    view.row_stride = 0;
  }
  return view;
}

// How a parameter of a row lies in memory; uint64 may come as the same bits in int64, which is what
// frameworks without unsigned integers have.
template <class T>
constexpr DType stored_as = dtype_of<T>;
template <>
inline constexpr DType stored_as<std::uint64_t> = DType::i64;

// `rows_name` is what errors call the rows.
template <class T>
RowParameter<T> row_parameter(const char* name, T value, const DLTensor* each,
                              const char* rows_name, const TensorView& rows) {
  if (each == nullptr) return {value, nullptr};
  DLTensor stored = *each;
  const bool is_unsigned = stored.dtype.code == kDLUInt && stored.dtype.bits == 64;
  if (stored_as<T> == DType::i64 && is_unsigned) stored.dtype.code = kDLInt;
  const TensorView view = vector_view(name, stored);
  if (view.dtype != stored_as<T>) {
    throw InvalidRequest(
        fmt::format("{} has dtype {}, but it is made of {}; convert it", name, name_of(view.dtype),
                    stored_as<T> == DType::i64 ? "uint64 or int64" : name_of(stored_as<T>)));
  }
  if (view.cols != rows.rows) {
    throw InvalidRequest(fmt::format("{} has {} entries for rows = {}; give one value a row", name,
                                     view.cols, rows.rows));
  }
  if (view.device != rows.device) {
    throw InvalidRequest(fmt::format("{} is on {} but {} is on {}; move it to the same device",
                                     name, to_string(view.device), rows_name,
                                     to_string(rows.device)));
  }
  if (view.data == nullptr && view.cols > 0) {
    throw InvalidRequest(fmt::format(
        "{} has a null data pointer for {} elements; pass allocated memory", name, view.cols));
  }
  return {value, static_cast<const T*>(view.data)};
}

}  // namespace skim
