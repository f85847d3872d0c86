// What binding has in common for several operations: memory against what a plan was made for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "problem/checks.h"
#include "problem/extent.h"
#include "skim/topk.h"

namespace skim {

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

// `Problem` is of any operation that reads rows of a matrix.
template <class Problem>
void check_input(const char* name, const Problem& problem, const TensorView& input) {
  check_matches(name, input, problem.rows, problem.cols, problem.dtype, problem.device);
  if (input.rows > 1 && input.row_stride != problem.row_stride) {
    refuse("{} has row_stride {}, but the plan was made for {}; plan again for this tensor", name,
           input.row_stride, problem.row_stride);
  }
  check_pointer(name, input);
  if (input.rows == 0 || input.cols == 0) return;
  if (reinterpret_cast<std::uintptr_t>(input.data) %
          static_cast<std::uintptr_t>(problem.alignment) !=
      0) {
    refuse(
        "{} at {} is aligned to less than the {} bytes that the plan was made for; "
        "plan again for this tensor",
        name, fmt::ptr(input.data), problem.alignment);
  }
}

// A result of so many rows and columns.
inline void check_output(const char* name, const MutableTensorView& output, std::int64_t rows,
                         std::int64_t cols, DType dtype, DeviceId device) {
  check_matches(name, output, rows, cols, dtype, device);
  check_pointer(name, output);
  if (output.rows > 1 && output.row_stride < output.cols) {
    refuse(
        "{} has row_stride {}, but its rows of {} elements may not overlap; give a stride of at "
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

// Integers that the plan was made with (`planned`, of `dtype`) or without.
template <class Problem>
void check_row_integers(const char* name, const Problem& problem, const RowIntegersView& integers,
                        bool planned, DType dtype) {
  if (!planned) {
    if (!integers.given()) return;
    refuse("{} was given, but the plan was made without; plan again with {}", name, name);
  }
  const TensorView view{integers.data, integers.dtype, integers.rows, 1, 1, integers.device};
  check_matches(name, view, problem.rows, 1, dtype, problem.device);
  check_pointer(name, view);
}

template <class Problem>
void check_row_lengths(const Problem& problem, const RowLengthsView& lengths) {
  check_row_integers("row_lengths", problem, lengths, problem.has_row_lengths,
                     problem.row_lengths_dtype);
}

// `Plan` and `Buffers` are of any operation.
template <class Plan, class Buffers>
void check_workspace(const Plan& plan, const Buffers& buffers) {
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

inline void check_apart(const char* name, const Extent& written, const char* other_name,
                        const Extent& other) {
  if (may_overlap(written, other)) {
    refuse("{} overlaps {} in memory; pass memory of its own for each", name, other_name);
  }
}

struct Named {
  const char* name;
  Extent extent;
};

inline void check_all_apart(std::span<const Named> written, std::span<const Named> others) {
  for (const Named& result : written) {
    for (const Named& other : others) {
      check_apart(result.name, result.extent, other.name, other.extent);
    }
  }
}

inline Extent extent_of(const RowIntegersView& integers) {
  if (!integers.given()) return {};
  return extent_of(integers.data,
                   static_cast<std::size_t>(integers.rows) * size_of(integers.dtype));
}

inline Extent extent_of(const PageTableView& table) {
  return table.given() ? extent_of(table.pages) : Extent{};
}

}  // namespace skim
