// What is written in place of an index: the index itself, or its transform.
#pragma once

#include <cstdint>

#include "skim/topk.h"

namespace skim::cpu {

// Of one row.
class WrittenIndex {
 public:
  WrittenIndex(const BoundTopk& bound, std::int64_t row)
      : page_size_(bound.plan.problem.page_size) {
    const auto& [page_table, row_offsets] = bound.buffers.transform;
    if (page_table.given()) {
      const TensorView& pages = page_table.pages;
      pages_ = static_cast<const std::int32_t*>(pages.data) + row * pages.row_stride;
    }
    if (row_offsets.given()) offset_ = offset_of(row_offsets, row);
  }

  // What 64 bits do not hold wraps around, as on a GPU.
  std::int64_t operator()(std::int64_t index) const {
    if (pages_ != nullptr) return pages_[index / page_size_] * page_size_ + index % page_size_;
    return static_cast<std::int64_t>(offset_ + static_cast<std::uint64_t>(index));
  }

 private:
  static std::uint64_t offset_of(const RowOffsetsView& offsets, std::int64_t row) {
    return static_cast<std::uint64_t>(
        offsets.dtype == DType::i32
            ? std::int64_t{static_cast<const std::int32_t*>(offsets.data)[row]}
            : static_cast<const std::int64_t*>(offsets.data)[row]);
  }

  std::int64_t page_size_;
  const std::int32_t* pages_ = nullptr;
  std::uint64_t offset_ = 0;
};

}  // namespace skim::cpu
