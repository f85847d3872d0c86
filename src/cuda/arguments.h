// What every selection kernel is handed: plain values and pointers, by value.
#pragma once

#include <cstddef>
#include <cstdint>

namespace skim::cuda {

struct TopkArguments {
  const void* input = nullptr;
  std::int64_t row_stride = 0;  // elements
  std::int64_t cols = 0;
  std::int64_t k = 0;
  std::int64_t first_row = 0;  // of this launch
  std::int64_t rows = 0;       // of the problem

  const void* row_lengths = nullptr;  // null: every row has `cols` columns
  bool long_lengths = false;          // int64, else int32

  void* values = nullptr;
  std::int64_t values_stride = 0;
  void* indices = nullptr;
  std::int64_t indices_stride = 0;
  bool long_indices = true;  // int64, else int32

  std::byte* workspace = nullptr;
  int ctas = 1;  // that share a row
  int groups_per_warp = 0;
  int writers = 1;
  std::uint32_t capacity = 0;
};

}  // namespace skim::cuda
