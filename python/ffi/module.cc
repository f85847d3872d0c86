// The tvm-ffi module of the Python package: tensors of any rank in, the C API of skim underneath.
// Python calls it through libtvm_ffi, so nothing here depends on a version of CPython. This file is
// top-k and what both operations need; sample.cc is sampling.
#include <tvm/ffi/extra/c_env_api.h>
#include <tvm/ffi/tvm_ffi.h>

#include <cstdint>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "current_stream.h"
#include "errors.h"
#include "host_tensor.h"
#include "matrix_beside.h"
#include "row_matrix.h"
#include "row_vector.h"
#include "skim/skim.h"

namespace skim_ffi {
namespace {

// The library's sentence with `x` for what C calls `in` and C++ `input`.
std::string sentence_about_x(const char* sentence) {
  return std::regex_replace(sentence, std::regex(R"(^in\b|\binput\b)"), "x");
}

void check_topk(skim_status status) { check(status, sentence_about_x); }

RowMatrix input_matrix(const DLTensor& x, const Rows& rows) {
  return {x, rows.count, x.shape[x.ndim - 1], rows.stride};
}

// `values` or `indices`: the shape of `x` with the last dimension k, and rows of one stride.
RowMatrix output_matrix(const char* name, const DLTensor& output, const DLTensor& x) {
  const auto rows = rows_of(output);
  if (output.ndim != x.ndim || !same_leading_shape(output, x, x.ndim - 1)) {
    raise("skim.InvalidRequest", std::string(name) + " has shape " +
                                     shape_text(output.shape, output.ndim) +
                                     ", but the rows of x have shape " +
                                     shape_text(x.shape, x.ndim - 1) + "; give it that and k more");
  }
  if (!rows) {
    raise("skim.InvalidRequest",
          std::string(name) + " has no single row stride; pass contiguous memory");
  }
  return {output, rows->count, output.shape[output.ndim - 1], rows->stride};
}

// The workspace of one run from the allocator of the framework whose tensors were passed. The
// framework reuses the memory only for what it puts on the same stream later, so it may go as soon
// as the run is enqueued, and it may be allocated while the stream is captured.
class FrameworkWorkspace {
 public:
  FrameworkWorkspace(const DLTensor& matrix, std::int64_t k, const skim_topk_options& options,
                     const DLTensor& indices) {
    // The CPU, or a framework that lends no allocator: the library allocates for itself.
    if (matrix.device.device_type != kDLCUDA) return;
    if (TVMFFIEnvGetDLPackManagedTensorAllocator() == nullptr) return;
    check_topk(skim_topk_workspace(&matrix, k, &options, &indices, &bytes_));
    if (bytes_ == 0) return;
    const auto length = static_cast<std::int64_t>(bytes_);
    memory_ = ffi::Tensor::FromEnvAlloc(TVMFFIEnvTensorAlloc, ffi::ShapeView(&length, 1),
                                        DLDataType{kDLUInt, 8, 1}, matrix.device);
  }

  void* data() const { return memory_ ? memory_->data_ptr() : nullptr; }
  std::size_t bytes() const { return bytes_; }

 private:
  std::optional<ffi::Tensor> memory_;
  std::size_t bytes_ = 0;
};

skim_topk_options plain_options(bool largest, bool sorted, RowVector& row_lengths,
                                std::int64_t num_threads) {
  skim_topk_options options = SKIM_TOPK_OPTIONS_INIT;
  options.smallest = largest ? 0 : 1;
  options.unsorted = sorted ? 0 : 1;
  options.num_threads = nearest_int32(num_threads);
  options.row_lengths = row_lengths.get();
  return options;
}

void select_rows(const DLTensor& x, const Rows& rows, std::int64_t k, const DLTensor& values,
                 const DLTensor& indices, const skim_topk_options& options) {
  RowMatrix input = input_matrix(x, rows);
  RowMatrix values_matrix = output_matrix("values", values, x);
  RowMatrix indices_matrix = output_matrix("indices", indices, x);
  const FrameworkWorkspace workspace(*input.get(), k, options, *indices_matrix.get());
  check_topk(skim_topk(input.get(), k, &options, values_matrix.get(), indices_matrix.get(),
                       workspace.data(), workspace.bytes(), current_stream(x)));
}

ffi::Tensor new_result(const DLTensor& x, std::int64_t k, DLDataType dtype) {
  if (x.device.device_type == kDLCUDA) {
    raise("skim.InvalidRequest", "x is on a GPU, where skim makes no results; pass some to fill");
  }
  std::vector<std::int64_t> shape(x.shape, x.shape + x.ndim);
  shape.back() = k;
  return new_host_tensor(ffi::ShapeView(shape.data(), shape.size()), dtype);
}

// ---- what Python sees ----

// Whether `x` can be read in place; else Python makes the one copy.
bool is_row_matrix(DLTensor* x) { return rows_of(*x).has_value(); }

// Refuses a k or an `x` that cannot be, before k sizes anything.
void validate_rows(const DLTensor& x, const Rows& rows, std::int64_t k) {
  RowMatrix input = input_matrix(x, rows);
  std::size_t workspace_bytes = 0;
  check_topk(skim_topk_workspace(input.get(), k, nullptr, nullptr, &workspace_bytes));
}

// Refuses a GPU that this process does not have.
void check_cuda(std::int64_t ordinal) {
  std::int64_t shape[] = {0, 0};
  const DLDevice device{kDLCUDA, static_cast<std::int32_t>(ordinal)};
  const DLTensor nothing{nullptr, device, 2, DLDataType{kDLFloat, 32, 1}, shape, nullptr, 0};
  std::size_t workspace_bytes = 0;
  check_topk(skim_topk_workspace(&nothing, 0, nullptr, nullptr, &workspace_bytes));
}

void validate(DLTensor* x, std::int64_t k) { validate_rows(*x, rows_of(*x).value(), k); }

// Uninitialised values for the k best of every row, or nothing where `x` is no row matrix.
ffi::Optional<ffi::Tensor> new_values(DLTensor* x, std::int64_t k) {
  const auto rows = rows_of(*x);
  if (!rows) return std::nullopt;
  validate_rows(*x, *rows, k);
  return new_result(*x, k, x->dtype);
}

// The k best of every row into `values` and `indices`, on a GPU by the current stream; false, and
// nothing done, where `x` is no row matrix.
bool select(DLTensor* x, std::int64_t k, DLTensor* values, DLTensor* indices, bool largest,
            bool sorted, const OptionalTensor& row_lengths, std::int64_t num_threads) {
  const auto rows = rows_of(*x);
  if (!rows) return false;
  RowVector lengths("row_lengths", row_lengths, "x", *x);
  select_rows(*x, *rows, k, *values, *indices,
              plain_options(largest, sorted, lengths, num_threads));
  return true;
}

// As select, in the order in which XLA passes them: arrays first, results next, numbers last.
void select_for_xla(DLTensor* x, DLTensor* values, DLTensor* indices, std::int64_t k, bool largest,
                    bool sorted, std::int64_t num_threads) {
  select(x, k, values, indices, largest, sorted, std::nullopt, num_threads);
}

void select_of_lengths_for_xla(DLTensor* x, DLTensor* row_lengths, DLTensor* values,
                               DLTensor* indices, std::int64_t k, bool largest, bool sorted,
                               std::int64_t num_threads) {
  select(x, k, values, indices, largest, sorted, row_lengths, num_threads);
}

// As select, with values from new_values and indices made here: a call less from Python, where a
// function returns one tensor cheaply and two only in a slow container.
ffi::Tensor select_new_indices(DLTensor* x, std::int64_t k, DLTensor* values,
                               DLDataType index_dtype, bool largest, bool sorted,
                               const OptionalTensor& row_lengths, std::int64_t num_threads) {
  ffi::Tensor indices = new_result(*x, k, index_dtype);
  RowVector lengths("row_lengths", row_lengths, "x", *x);
  select_rows(*x, rows_of(*x).value(), k, *values, *indices.GetDLTensorPtr(),
              plain_options(largest, sorted, lengths, num_threads));
  return indices;
}

// Uninitialised indices for the k best of every row.
ffi::Tensor new_indices(DLTensor* x, std::int64_t k, DLDataType dtype) {
  return new_result(*x, k, dtype);
}

// As select, with all options.
void select_with(DLTensor* x, std::int64_t k, DLTensor* values, DLTensor* indices, bool largest,
                 bool sorted, const OptionalTensor& row_lengths, std::int64_t num_threads,
                 bool by_index, const OptionalTensor& page_table, std::int64_t page_size,
                 const OptionalTensor& row_offsets) {
  RowVector lengths("row_lengths", row_lengths, "x", *x);
  MatrixBeside pages("page_table", page_table, "x", *x);
  RowVector offsets("row_offsets", row_offsets, "x", *x);
  skim_topk_options options = plain_options(largest, sorted, lengths, num_threads);
  options.by_index = by_index ? 1 : 0;
  options.page_table = pages.get();
  options.page_size = page_size;
  options.row_offsets = offsets.get();
  select_rows(*x, rows_of(*x).value(), k, *values, *indices, options);
}

struct Borrowed {
  ffi::Tensor owner;

  void AllocData(DLTensor* tensor) {
    tensor->data = static_cast<char*>(owner.data_ptr()) + owner.byte_offset();
  }
  void FreeData(DLTensor*) {}
};

// The memory of a 16-bit tensor as bfloat16, which NumPy cannot export by itself.
ffi::Tensor as_bfloat16(ffi::Tensor bits) {
  const ffi::ShapeView shape = bits.shape();
  const ffi::ShapeView strides = bits.strides();
  return ffi::Tensor::FromNDAllocStrided(Borrowed{bits}, shape, strides,
                                         DLDataType{kDLBfloat, 16, 1}, bits.device());
}

ffi::String version() { return skim_version(); }

}  // namespace

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"  // in the macro's own code
TVM_FFI_DLL_EXPORT_TYPED_FUNC(is_row_matrix, is_row_matrix)
TVM_FFI_DLL_EXPORT_TYPED_FUNC(check_cuda, check_cuda)
TVM_FFI_DLL_EXPORT_TYPED_FUNC(validate, validate)
TVM_FFI_DLL_EXPORT_TYPED_FUNC(new_values, new_values)
TVM_FFI_DLL_EXPORT_TYPED_FUNC(select, select)
TVM_FFI_DLL_EXPORT_TYPED_FUNC(select_for_xla, select_for_xla)
TVM_FFI_DLL_EXPORT_TYPED_FUNC(select_of_lengths_for_xla, select_of_lengths_for_xla)
TVM_FFI_DLL_EXPORT_TYPED_FUNC(select_new_indices, select_new_indices)
TVM_FFI_DLL_EXPORT_TYPED_FUNC(new_indices, new_indices)
TVM_FFI_DLL_EXPORT_TYPED_FUNC(select_with, select_with)
TVM_FFI_DLL_EXPORT_TYPED_FUNC(as_bfloat16, as_bfloat16)
TVM_FFI_DLL_EXPORT_TYPED_FUNC(version, version)
#pragma GCC diagnostic pop
}  // namespace skim_ffi
