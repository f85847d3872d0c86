#include "support/index_form.h"

#include <cstring>
#include <limits>

#include "inputs/element_bits.h"
#include "inputs/random.h"

namespace skim::test {
namespace {

std::int64_t some_page_size(std::int64_t cols, std::uint64_t seed) {
  const std::int64_t choices[] = {1, 64, 3, cols + 5, 16, std::numeric_limits<std::int32_t>::max()};
  return choices[seed / 2 % std::size(choices)];
}

}  // namespace

std::string name_of(IndexTransform transform) {
  switch (transform) {
    case IndexTransform::none:
      return "";
    case IndexTransform::page_table:
      return " by a page table";
    case IndexTransform::row_offsets:
      return " by row offsets";
  }
  return " unknown";
}

IndexForm::IndexForm(IndexTransform transform, std::int64_t rows, std::int64_t cols,
                     std::uint64_t seed)
    : transform_(transform), rows_(rows) {
  if (transform == IndexTransform::none) return;
  std::int64_t numbers = rows;
  if (transform == IndexTransform::page_table) {
    page_size_ = some_page_size(cols, seed);
    pages_ = (cols + page_size_ - 1) / page_size_ + (seed % 3 == 0 ? 2 : 0);
    stride_ = seed % 5 == 0 ? 0 : pages_ + static_cast<std::int64_t>(seed % 2);
    numbers = rows == 0 ? 0 : (rows - 1) * stride_ + pages_;
  } else if (seed % 2 == 0) {
    dtype_ = DType::i64;
  }
  memory_ = GuardedBuffer(static_cast<std::size_t>(numbers) * size_of(dtype_), size_of(dtype_));
  bench::Random random(seed, 1);
  for (std::int64_t i = 0; i < numbers; ++i) {
    if (dtype_ == DType::i64) {
      bench::store_bits(memory_.data(), i, static_cast<std::int64_t>(random.next()));
    } else {
      bench::store_bits(memory_.data(), i, static_cast<std::int32_t>(random.next()));
    }
  }
  pristine_.assign(memory_.data(), memory_.data() + memory_.size());
}

IndexTransformView IndexForm::view(const std::byte* data, DeviceId device) const {
  IndexTransformView view;
  if (transform_ == IndexTransform::page_table)
    view.page_table = {{data, DType::i32, rows_, pages_, stride_, device}, page_size_};
  if (transform_ == IndexTransform::row_offsets) view.row_offsets = {data, dtype_, rows_, device};
  return view;
}

bool IndexForm::unchanged() const {
  return memory_.guards_intact() &&
         (pristine_.empty() || std::memcmp(pristine_.data(), memory_.data(), memory_.size()) == 0);
}

std::int64_t IndexForm::number(std::int64_t at) const {
  const std::byte* const place = memory_.data() + at * static_cast<std::int64_t>(size_of(dtype_));
  std::int32_t narrow = 0;
  std::int64_t wide = 0;
  if (dtype_ == DType::i64) {
    std::memcpy(&wide, place, sizeof(wide));
    return wide;
  }
  std::memcpy(&narrow, place, sizeof(narrow));
  return narrow;
}

std::int64_t IndexForm::written(std::int64_t row, std::int64_t column) const {
  switch (transform_) {
    case IndexTransform::none:
      return column;
    case IndexTransform::page_table:
      return number(row * stride_ + column / page_size_) * page_size_ + column % page_size_;
    case IndexTransform::row_offsets:
      break;
  }
  std::int64_t sum = 0;
  (void)__builtin_add_overflow(number(row), column, &sum);  // wraps around
  return sum;
}

}  // namespace skim::test
