#include "case_buffers.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "dlpack_dtype.h"
#include "real_logits.h"

namespace skim::bench {
namespace {

std::size_t bytes_of(std::int64_t count, DType dtype) {
  return static_cast<std::size_t>(count) * size_of(dtype);
}

DLTensor describe(void* data, bool on_gpu, DType dtype, std::array<std::int64_t, 2>& shape,
                  std::array<std::int64_t, 2>& strides) {
  return {
      data, {on_gpu ? kDLCUDA : kDLCPU, 0}, 2, dlpack_dtype(dtype), shape.data(), strides.data(),
      0};
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

const std::byte* row_of(const Matrix& matrix, std::int64_t row) {
  return static_cast<const std::byte*>(matrix.data()) +
         bytes_of(row * matrix.cols(), matrix.dtype());
}

void solve_row(const Matrix& matrix, std::int64_t row, std::int64_t k, Truth& truth) {
  const std::size_t size = size_of(matrix.dtype());
  const std::byte* elements = row_of(matrix, row);
  auto at = static_cast<std::size_t>(row * k);
  for (const std::int64_t index :
       oracle_indices(matrix.dtype(), elements, matrix.cols(), k, true)) {
    truth.indices[at] = index;
    std::memcpy(truth.values.data() + at * size, elements + static_cast<std::size_t>(index) * size,
                size);
    ++at;
  }
}

// Calls work(matrix, row) for every row of `matrices` equal matrices, on all processors.
template <class Work>
void for_each_row(std::size_t matrices, std::int64_t rows, const Work& work) {
  const auto all = static_cast<std::int64_t>(matrices) * rows;
#pragma omp parallel for schedule(dynamic)
  for (std::int64_t i = 0; i < all; ++i) work(static_cast<std::size_t>(i / rows), i % rows);
}

// Log-probabilities where tokens are drawn.
DType dtype_of_values(const Case& bench_case) {
  return bench_case.sampling ? DType::f32 : bench_case.dtype;
}

FillRow rows_of(const Case& bench_case, std::uint64_t seed, const Matrix* real_logits) {
  if (bench_case.distribution) {
    return [seed, distribution = *bench_case.distribution](Matrix& matrix, std::int32_t input,
                                                           std::int64_t row) {
      fill_row(matrix, row, distribution, seed + static_cast<std::uint64_t>(input));
    };
  }
  return [real_logits](Matrix& matrix, std::int32_t input, std::int64_t row) {
    fill_real_row(matrix, row, *real_logits, input * matrix.rows() + row);
  };
}

std::size_t aligned(std::size_t bytes) {
  return (bytes + kGpuAlignment - 1) / kGpuAlignment * kGpuAlignment;
}

}  // namespace

std::int32_t distinct_inputs(std::int32_t count, std::int64_t matrix_bytes,
                             std::int64_t host_bytes) {
  const std::int64_t affordable = host_bytes / std::max<std::int64_t>(matrix_bytes, 1);
  return static_cast<std::int32_t>(
      std::clamp<std::int64_t>(affordable, 1, std::max<std::int32_t>(count, 1)));
}

CaseInputs::CaseInputs(const Case& bench_case, std::int32_t count, std::uint64_t seed,
                       const Matrix* real_logits, Gpu* gpu, std::int64_t host_bytes)
    : CaseInputs(bench_case, count, rows_of(bench_case, seed, real_logits), gpu, host_bytes) {}

CaseInputs::CaseInputs(const Case& bench_case, std::int32_t count, FillRow fill, Gpu* gpu,
                       std::int64_t host_bytes)
    : case_(bench_case),
      fill_row_(std::move(fill)),
      gpu_(gpu),
      shape_{bench_case.rows, bench_case.cols},
      strides_{bench_case.cols, 1} {
  const std::int32_t distinct =
      gpu == nullptr ? count : distinct_inputs(count, bench::bytes_of(bench_case), host_bytes);
  for (std::int32_t i = 0; i < distinct; ++i) {
    matrices_.emplace_back(bench_case.dtype, bench_case.rows, bench_case.cols);
  }
  fill_all();
  solve_all();
  if (gpu_ != nullptr) {
    gpu_memory_ = GpuMemory(*gpu_, static_cast<std::size_t>(count) * slot_bytes());
    gpu_->fill(gpu_memory_.data(), 0, gpu_memory_.bytes());  // between the inputs
  }
  for (std::int32_t i = 0; i < count; ++i) {
    tensors_.push_back(describe(slot(i), gpu_ != nullptr, bench_case.dtype, shape_, strides_));
  }
  if (gpu_ != nullptr) {
    upload();
    fingerprints_.push_back(gpu_->fingerprint(gpu_memory_.data(), gpu_memory_.bytes()));
  } else {
    for (const Matrix& matrix : matrices_) fingerprints_.push_back(fingerprint(matrix));
  }
}

std::size_t CaseInputs::slot_bytes() const { return aligned(matrices_.front().bytes()); }

std::byte* CaseInputs::slot(std::int32_t i) {
  const auto at = static_cast<std::size_t>(i);
  if (gpu_ != nullptr) return gpu_memory_.data() + at * slot_bytes();
  return static_cast<std::byte*>(matrices_[at].data());
}

void CaseInputs::fill_all() {
  for_each_row(matrices_.size(), case_.rows, [&](std::size_t i, std::int64_t row) {
    fill_row_(matrices_[i], static_cast<std::int32_t>(i), row);
  });
}

void CaseInputs::solve_all_draws() {
  for (std::size_t i = 0; i < matrices_.size(); ++i) {
    truths_.emplace_back().draws.resize(static_cast<std::size_t>(case_.rows));
  }
  for_each_row(matrices_.size(), case_.rows, [&](std::size_t i, std::int64_t row) {
    const Matrix& matrix = matrices_[i];
    truths_[i].draws[static_cast<std::size_t>(row)] =
        solve_sampling(matrix.dtype(), row_of(matrix, row), matrix.cols(), *case_.sampling);
  });
}

void CaseInputs::solve_all() {
  if (case_.sampling) return solve_all_draws();
  const std::int64_t results = case_.rows * case_.k;
  for (std::size_t i = 0; i < matrices_.size(); ++i) {
    Truth& truth = truths_.emplace_back();
    truth.k = case_.k;
    truth.indices.resize(static_cast<std::size_t>(results));
    truth.values.resize(bytes_of(results, case_.dtype));
  }
  for_each_row(matrices_.size(), case_.rows, [&](std::size_t i, std::int64_t row) {
    solve_row(matrices_[i], row, case_.k, truths_[i]);
  });
}

void CaseInputs::upload() {
  for (std::int32_t i = 0; i < count(); ++i) {
    const Matrix& from = matrix(i);
    if (i < distinct()) {
      gpu_->to_gpu(slot(i), from.data(), from.bytes());
    } else {
      gpu_->copy(slot(i), slot(i % distinct()), from.bytes());
    }
  }
  gpu_->synchronise();
}

bool CaseInputs::unchanged(std::int32_t i) const {
  if (gpu_ != nullptr) return all_unchanged(i);
  return fingerprint(matrix(i)) == fingerprints_[static_cast<std::size_t>(i)];
}

bool CaseInputs::all_unchanged(std::int64_t first) const {
  if (gpu_ != nullptr) {
    return gpu_->fingerprint(gpu_memory_.data(), gpu_memory_.bytes()) == fingerprints_.front();
  }
  bool same = true;
  for (std::int64_t i = first; i < first + count(); ++i) {
    same &= unchanged(static_cast<std::int32_t>(i % count()));
  }
  return same;
}

void CaseInputs::restore() {
  if (gpu_ == nullptr) return fill_all();
  gpu_->fill(gpu_memory_.data(), 0, gpu_memory_.bytes());
  upload();
}

CaseOutputs::CaseOutputs(const Case& bench_case, Gpu* gpu)
    : gpu_(gpu),
      shape_{bench_case.rows, bench_case.k},
      strides_{bench_case.k, 1},
      values_(dtype_of_values(bench_case), bench_case.rows, bench_case.k),
      indices_(static_cast<std::size_t>(bench_case.rows * bench_case.k)) {
  void* values = values_.data();
  void* indices = indices_.data();
  if (gpu_ != nullptr) {
    gpu_values_ = GpuMemory(*gpu_, values_.bytes());
    gpu_indices_ = GpuMemory(*gpu_, indices_bytes());
    values = gpu_values_.data();
    indices = gpu_indices_.data();
  }
  values_tensor_ = describe(values, gpu_ != nullptr, values_.dtype(), shape_, strides_);
  indices_tensor_ = describe(indices, gpu_ != nullptr, DType::i64, shape_, strides_);
}

void CaseOutputs::poison() {
  constexpr int kPoison = 0xA5;
  if (gpu_ != nullptr) {
    gpu_->fill(gpu_values_.data(), kPoison, values_.bytes());
    gpu_->fill(gpu_indices_.data(), kPoison, indices_bytes());
    return;
  }
  std::memset(values_.data(), kPoison, values_.bytes());
  std::memset(indices_.data(), kPoison, indices_bytes());
}

void CaseOutputs::fetch() {
  if (gpu_ == nullptr) return;
  gpu_->to_host(values_.data(), gpu_values_.data(), values_.bytes());
  gpu_->to_host(indices_.data(), gpu_indices_.data(), indices_bytes());
}

}  // namespace skim::bench
