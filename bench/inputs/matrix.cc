#include <cstring>
#include <limits>
#include <new>
#include <stdexcept>

#include "inputs/inputs.h"

namespace skim::bench {
namespace {

constexpr std::align_val_t kAlignment{64};

std::size_t byte_count(DType dtype, std::int64_t rows, std::int64_t cols) {
  const auto limit =
      std::numeric_limits<std::int64_t>::max() / static_cast<std::int64_t>(size_of(dtype));
  if (rows < 0 || cols < 0 || (cols != 0 && rows > limit / cols)) {
    throw std::length_error(
        "a matrix of " + std::to_string(rows) + " x " + std::to_string(cols) +
        " elements has no size in bytes; make both sizes non-negative and smaller");
  }
  return static_cast<std::size_t>(rows) * static_cast<std::size_t>(cols) * size_of(dtype);
}

}  // namespace

Matrix::Matrix(DType dtype, std::int64_t rows, std::int64_t cols)
    : dtype_(dtype), rows_(rows), cols_(cols), bytes_(byte_count(dtype, rows, cols)) {
  storage_.reset(static_cast<std::byte*>(::operator new(bytes_, kAlignment)));
  std::memset(storage_.get(), 0, bytes_);
}

void Matrix::Free::operator()(std::byte* storage) const { ::operator delete(storage, kAlignment); }

}  // namespace skim::bench
