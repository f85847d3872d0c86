// A page table or row offsets in guarded memory, and what they make of an index.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "skim/topk.h"
#include "support/gpu_mirror.h"
#include "support/guarded_buffer.h"

namespace skim::test {

inline constexpr IndexTransform kAllTransforms[] = {
    IndexTransform::none, IndexTransform::page_table, IndexTransform::row_offsets};
std::string name_of(IndexTransform transform);  // " by a page table", or "" for none

class IndexForm {
 public:
  // `seed` decides on the size of a page, room between rows, the type of offsets and all numbers.
  IndexForm(IndexTransform transform, std::int64_t rows, std::int64_t cols, std::uint64_t seed);

  const std::byte* data() const { return memory_.data(); }
  MirroredBuffer mirrored() { return {&memory_, pristine_}; }
  IndexTransformView view(const std::byte* data, DeviceId device) const;
  bool unchanged() const;

  std::int64_t written(std::int64_t row, std::int64_t column) const;  // by the definition

 private:
  std::int64_t number(std::int64_t at) const;

  IndexTransform transform_;
  std::int64_t rows_;
  std::int64_t page_size_ = 0;
  std::int64_t pages_ = 0;
  std::int64_t stride_ = 1;
  DType dtype_ = DType::i32;
  GuardedBuffer memory_{0};
  std::vector<std::byte> pristine_;
};

}  // namespace skim::test
