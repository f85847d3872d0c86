#include "case_buffers.h"

#include <cstring>

#include "dlpack_dtype.h"
#include "inputs/dispatch.h"
#include "inputs/element_bits.h"
#include "inputs/number.h"

namespace skim::bench {
namespace {

std::size_t bytes_of(std::int64_t count, DType dtype) {
  return static_cast<std::size_t>(count) * size_of(dtype);
}

DLTensor describe(void* data, DType dtype, std::array<std::int64_t, 2>& shape,
                  std::array<std::int64_t, 2>& strides) {
  return {data, {kDLCPU, 0}, 2, dlpack_dtype(dtype), shape.data(), strides.data(), 0};
}

// FNV-1a over 64-bit words; four lanes, because one multiplication has to wait for the other.
std::uint64_t fingerprint(const Matrix& matrix) {
  constexpr std::uint64_t kPrime = 0x100000001b3;
  std::array<std::uint64_t, 4> lanes = {0xcbf29ce484222325, 1, 2, 3};
  const auto* bytes = static_cast<const std::byte*>(matrix.data());
  std::size_t at = 0;
  for (; at + sizeof(lanes) <= matrix.bytes(); at += sizeof(lanes)) {
    std::array<std::uint64_t, 4> words;
    std::memcpy(words.data(), bytes + at, sizeof(words));
    for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
      lanes[lane] = (lanes[lane] ^ words[lane]) * kPrime;
    }
  }
  std::array<std::uint64_t, 4> rest{};
  if (at < matrix.bytes()) std::memcpy(rest.data(), bytes + at, matrix.bytes() - at);
  std::uint64_t result = 0;
  for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
    result = (result ^ lanes[lane] ^ (rest[lane] * 3)) * kPrime;
  }
  return result;
}

double real_value(const Matrix& logits, std::size_t at) {
  return dispatch(logits.dtype(), [&]<class T>() {
    return static_cast<double>(number_of(static_cast<const T*>(logits.data())[at]));
  });
}

void copy_real_rows(Matrix& matrix, const Matrix& logits, std::int64_t first_row) {
  const auto cols = static_cast<std::size_t>(matrix.cols());
  dispatch(matrix.dtype(), [&]<class T>() {
    auto* to = static_cast<BitsOf<T>*>(matrix.data());
    for (std::int64_t row = first_row; row < first_row + matrix.rows(); ++row) {
      const auto from = static_cast<std::size_t>(row % logits.rows()) * cols;
      for (std::size_t col = 0; col < cols; ++col) {
        *to++ = bits_from<T>(real_value(logits, from + col));
      }
    }
  });
}

Truth solve(const Matrix& matrix, std::int64_t k) {
  const std::size_t size = size_of(matrix.dtype());
  const auto* data = static_cast<const std::byte*>(matrix.data());
  Truth truth;
  truth.values.resize(bytes_of(matrix.rows() * k, matrix.dtype()));
  for (std::int64_t row = 0; row < matrix.rows(); ++row) {
    const std::byte* elements = data + bytes_of(row * matrix.cols(), matrix.dtype());
    for (const std::int64_t index :
         oracle_indices(matrix.dtype(), elements, matrix.cols(), k, true)) {
      std::memcpy(truth.values.data() + truth.indices.size() * size,
                  elements + static_cast<std::size_t>(index) * size, size);
      truth.indices.push_back(index);
    }
  }
  return truth;
}

}  // namespace

CaseInputs::CaseInputs(const Case& bench_case, std::int32_t count, std::uint64_t seed,
                       const Matrix* real_logits)
    : case_(bench_case),
      seed_(seed),
      real_logits_(real_logits),
      shape_{bench_case.rows, bench_case.cols},
      strides_{bench_case.cols, 1} {
  for (std::int32_t i = 0; i < count; ++i) {
    matrices_.emplace_back(bench_case.dtype, bench_case.rows, bench_case.cols);
  }
  fill_all();
  for (Matrix& matrix : matrices_) {
    tensors_.push_back(describe(matrix.data(), bench_case.dtype, shape_, strides_));
    fingerprints_.push_back(fingerprint(matrix));
    truths_.push_back(solve(matrix, bench_case.k));
  }
}

void CaseInputs::fill_all() {
  for (std::size_t i = 0; i < matrices_.size(); ++i) {
    if (case_.distribution) {
      fill(matrices_[i], *case_.distribution, seed_ + i);
    } else {
      copy_real_rows(matrices_[i], *real_logits_, static_cast<std::int64_t>(i) * case_.rows);
    }
  }
}

bool CaseInputs::unchanged(std::int32_t i) const {
  return fingerprint(matrix(i)) == fingerprints_[static_cast<std::size_t>(i)];
}

bool CaseInputs::all_unchanged(std::int64_t first) const {
  bool same = true;
  for (std::int64_t i = first; i < first + count(); ++i) {
    same &= unchanged(static_cast<std::int32_t>(i % count()));
  }
  return same;
}

void CaseInputs::restore() { fill_all(); }

CaseOutputs::CaseOutputs(const Case& bench_case)
    : shape_{bench_case.rows, bench_case.k},
      strides_{bench_case.k, 1},
      values_(bench_case.dtype, bench_case.rows, bench_case.k),
      indices_(static_cast<std::size_t>(bench_case.rows * bench_case.k)),
      values_tensor_(describe(values_.data(), bench_case.dtype, shape_, strides_)),
      indices_tensor_(describe(indices_.data(), DType::i64, shape_, strides_)) {}

void CaseOutputs::poison() {
  std::memset(values_.data(), 0xA5, values_.bytes());
  std::memset(indices_.data(), 0xA5, indices_.size() * sizeof(std::int64_t));
}

}  // namespace skim::bench
