// The bytes that a strided matrix touches, and whether two of them share any.
#pragma once

#include <cstdint>

#include "skim/tensor_view.h"

namespace skim {

struct Extent {
  std::uintptr_t begin = 0;      // first byte touched
  std::uintptr_t end = 0;        // one past the last; begin == end where there are no elements
  std::uintptr_t row_bytes = 0;  // of one row
  std::uintptr_t stride = 0;     // bytes between neighbouring rows, without sign
};

template <class Pointer>
Extent extent_of(const BasicTensorView<Pointer>& view) {
  const auto size = static_cast<std::int64_t>(size_of(view.dtype));
  const auto base = reinterpret_cast<std::uintptr_t>(view.data);
  if (view.rows == 0 || view.cols == 0) return {base, base, 0, 0};
  const std::int64_t row_bytes = view.cols * size;
  const std::int64_t stride = (view.rows > 1 ? view.row_stride : view.cols) * size;
  const std::int64_t reach = (view.rows - 1) * stride;  // from the first row to the last
  return {base + static_cast<std::uintptr_t>(reach < 0 ? reach : 0),
          base + static_cast<std::uintptr_t>((reach > 0 ? reach : 0) + row_bytes),
          static_cast<std::uintptr_t>(row_bytes),
          static_cast<std::uintptr_t>(stride < 0 ? -stride : stride)};
}

inline Extent extent_of(const void* data, std::size_t bytes) {
  const auto base = reinterpret_cast<std::uintptr_t>(data);
  return {base, base + bytes, bytes, 0};
}

// Exact for matrices of the same stride (column ranges of one buffer may interleave without
// touching); otherwise true as soon as the ranges of bytes meet.
inline bool may_overlap(const Extent& a, const Extent& b) {
  if (a.begin == a.end || b.begin == b.end) return false;
  if (a.end <= b.begin || b.end <= a.begin) return false;
  if (a.stride == 0 || a.stride != b.stride) return true;
  const std::uintptr_t stride = a.stride;
  if (a.row_bytes > stride || b.row_bytes > stride) return true;
  const std::uintptr_t offset = (b.begin % stride + stride - a.begin % stride) % stride;
  return offset < a.row_bytes || offset + b.row_bytes > stride;
}

}  // namespace skim
