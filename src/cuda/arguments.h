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

  // What is written in place of an index (IndexTransformView): where `transforms`, by the pages of
  // the row, or by its offset if there are none.
  bool transforms = false;
  bool long_offsets = false;  // int64, else int32
  std::uint32_t page_size = 0;
  const std::int32_t* pages = nullptr;
  std::int64_t pages_stride = 0;
  const void* row_offsets = nullptr;

  std::byte* workspace = nullptr;
  int ctas = 1;              // that share a row
  int cta_bits = 0;          // of a cluster: ctas is 2 to this power
  int lane_bits = 0;         // cluster_maxima: a group is of 2 to this power lanes
  int group_vectors = 1;     // bucket_select: of a lane that a group has; 0: each element is one
  int thread_groups = 1;     // cluster_buckets: maxima of a thread
  std::uint32_t wanted = 0;  // cluster_maxima: of its maxima, that a CTA lets pass
  int groups_per_warp = 0;   // group_maxima
  std::uint32_t capacity = 0;
};

}  // namespace skim::cuda
