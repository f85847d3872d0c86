// Plan + memory -> bound: what can be refused only with the pointers at hand.
#include <cstdint>

#include "problem/checks.h"
#include "problem/extent.h"
#include "skim/topk.h"

namespace skim {
namespace {

// A data pointer that rows * cols elements will be read from or written to.
template <class Pointer>
void check_pointer(const char* name, const BasicTensorView<Pointer>& view) {
  if (view.rows == 0 || view.cols == 0) return;
  if (view.data == nullptr) {
    refuse("{} has a null data pointer for {} x {} elements; pass allocated memory", name,
           view.rows, view.cols);
  }
  if (reinterpret_cast<std::uintptr_t>(view.data) % size_of(view.dtype) != 0) {
    refuse("{} at {} is not aligned to its element size of {} bytes; pass an aligned pointer", name,
           fmt::ptr(view.data), size_of(view.dtype));
  }
}

template <class Pointer>
void check_matches(const char* name, const BasicTensorView<Pointer>& view, std::int64_t rows,
                   std::int64_t cols, DType dtype, DeviceId device) {
  if (view.rows != rows || view.cols != cols) {
    refuse("{} has shape {} x {}, but the plan needs {} x {}; pass a tensor of that shape", name,
           view.rows, view.cols, rows, cols);
  }
  if (view.dtype != dtype) {
    refuse("{} has dtype {}, but the plan needs {}; pass a tensor of that dtype", name,
           is_known(view.dtype) ? name_of(view.dtype) : "unknown", name_of(dtype));
  }
  if (view.device != device) {
    refuse("{} is on {}, but the plan is for {}; move it there or plan for its device", name,
           to_string(view.device), to_string(device));
  }
}

void check_input(const TopkProblem& problem, const TensorView& input) {
  check_matches("input", input, problem.rows, problem.cols, problem.dtype, problem.device);
  if (input.rows > 1 && input.row_stride != problem.row_stride) {
    refuse("input has row_stride {}, but the plan was made for {}; plan again for this tensor",
           input.row_stride, problem.row_stride);
  }
  check_pointer("input", input);
  if (input.rows == 0 || input.cols == 0) return;
  if (reinterpret_cast<std::uintptr_t>(input.data) %
          static_cast<std::uintptr_t>(problem.alignment) !=
      0) {
    refuse(
        "input at {} is aligned to less than the {} bytes that the plan was made for; "
        "plan again for this tensor",
        fmt::ptr(input.data), problem.alignment);
  }
}

void check_output(const char* name, const TopkProblem& problem, const MutableTensorView& output,
                  DType dtype) {
  check_matches(name, output, problem.rows, problem.k, dtype, problem.device);
  check_pointer(name, output);
  if (output.rows > 1 && output.row_stride < output.cols) {
    refuse(
        "{} has row_stride {}, but rows of k = {} elements may not overlap; give a stride of at "
        "least {}",
        name, output.row_stride, output.cols, output.cols);
  }
  if (output.rows <= 1) return;
  std::int64_t bytes = 0;
  const auto size = static_cast<std::int64_t>(size_of(dtype));
  if (__builtin_mul_overflow(output.rows, output.row_stride, &bytes) ||
      __builtin_mul_overflow(bytes, size, &bytes)) {
    refuse(
        "{} with {} rows and row_stride {} spans more bytes than a 64-bit address reaches; "
        "check the stride",
        name, output.rows, output.row_stride);
  }
}

void check_row_lengths(const TopkProblem& problem, const RowLengthsView& lengths) {
  if (!problem.has_row_lengths) {
    if (!lengths.given()) return;
    refuse("row_lengths was given, but the plan was made without; plan again with row_lengths");
  }
  const BasicTensorView<const void*> view{lengths.data,  lengths.dtype, lengths.rows, 1, 1,
                                          lengths.device};
  check_matches("row_lengths", view, problem.rows, 1, problem.row_lengths_dtype, problem.device);
  check_pointer("row_lengths", view);
}

void check_workspace(const TopkPlan& plan, const TopkBuffers& buffers) {
  if (plan.workspace_bytes == 0) return;
  if (buffers.workspace_bytes < plan.workspace_bytes) {
    refuse("workspace has {} bytes, but the plan needs {}; allocate that many",
           buffers.workspace_bytes, plan.workspace_bytes);
  }
  if (buffers.workspace == nullptr) {
    refuse("workspace is null, but the plan needs {} bytes; pass allocated memory",
           plan.workspace_bytes);
  }
  if (reinterpret_cast<std::uintptr_t>(buffers.workspace) % kWorkspaceAlignment != 0) {
    refuse("workspace at {} is not aligned to {} bytes; allocate it with that alignment",
           fmt::ptr(buffers.workspace), kWorkspaceAlignment);
  }
}

void check_apart(const char* name, const Extent& written, const char* other_name,
                 const Extent& other) {
  if (may_overlap(written, other)) {
    refuse("{} overlaps {} in memory; pass memory of its own for each", name, other_name);
  }
}

void check_overlap(const TopkPlan& plan, const TopkBuffers& buffers) {
  const Extent input = extent_of(buffers.input);
  const Extent values = extent_of(buffers.values);
  const Extent indices = extent_of(buffers.indices);
  const Extent workspace = extent_of(buffers.workspace, plan.workspace_bytes);
  const std::size_t lengths_bytes =
      !buffers.row_lengths.given()
          ? 0
          : static_cast<std::size_t>(buffers.row_lengths.rows) * size_of(buffers.row_lengths.dtype);
  const Extent lengths = extent_of(buffers.row_lengths.data, lengths_bytes);
  check_apart("values", values, "input", input);
  check_apart("indices", indices, "input", input);
  check_apart("indices", indices, "values", values);
  check_apart("values", values, "row_lengths", lengths);
  check_apart("indices", indices, "row_lengths", lengths);
  check_apart("workspace", workspace, "input", input);
  check_apart("workspace", workspace, "values", values);
  check_apart("workspace", workspace, "indices", indices);
  check_apart("workspace", workspace, "row_lengths", lengths);
}

}  // namespace

BoundTopk bind(const TopkPlan& plan, const TopkBuffers& buffers) {
  const TopkProblem& problem = plan.problem;
  check_input(problem, buffers.input);
  check_output("values", problem, buffers.values, problem.dtype);
  check_output("indices", problem, buffers.indices, problem.index_dtype);
  check_row_lengths(problem, buffers.row_lengths);
  check_workspace(plan, buffers);
  check_overlap(plan, buffers);
  return {plan, buffers};
}

}  // namespace skim
