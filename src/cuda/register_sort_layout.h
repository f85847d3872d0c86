// The shapes that register_sort is compiled in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "cuda/layout.h"

namespace skim::cuda {

// `lanes` a row, each with `vectors` of 16 bytes; `results`, at least k; `group` elements whose
// best one stands for all of them at first, 1 where all elements are sorted at once.
struct RegisterSortShape {
  int lanes;
  int vectors;
  int results;
  int group;

  constexpr std::int64_t cols(std::size_t element_bytes) const {
    return std::int64_t{lanes} * vectors * (16 / static_cast<std::int64_t>(element_bytes));
  }

  // As the plan names it; what a network keeps is its capacity.
  constexpr bool is_of(const CudaGeometry& geometry) const {
    return lanes == geometry.lanes && vectors == geometry.vectors && results == geometry.capacity;
  }
};

// Few results first, then few columns: the first that is enough for a problem is the least work. Of
// 16-bit elements groups of 4 cost less where many are read again, and more than 32 of 256 elements
// are sorted at once as soon.
inline constexpr RegisterSortShape kRegisterSortShapes4[] = {
    {8, 4, 8, 4},  {8, 8, 8, 4},   {8, 16, 8, 4}, {8, 32, 8, 4},
    {8, 8, 16, 4}, {8, 16, 16, 4}, {8, 8, 32, 4},
};
inline constexpr RegisterSortShape kRegisterSortShapes2[] = {
    {8, 2, 8, 8},  {8, 4, 8, 8},   {8, 8, 8, 8},   {8, 16, 8, 8},  {8, 4, 16, 4},
    {8, 8, 16, 8}, {8, 16, 16, 8}, {8, 4, 32, 1},  {8, 8, 32, 4},  {8, 16, 32, 4},
    {8, 4, 64, 1}, {8, 8, 64, 4},  {8, 16, 64, 4}, {8, 4, 128, 1},
};

constexpr std::span<const RegisterSortShape> register_sort_shapes(DType dtype) {
  if (!has_lanes(dtype)) return {};
  if (dtype == DType::f32) return kRegisterSortShapes4;
  return kRegisterSortShapes2;
}

inline constexpr int kMostRegisterSortThreads = 128;

}  // namespace skim::cuda
