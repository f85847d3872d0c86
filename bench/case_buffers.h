// The memory of one case: inputs that are rotated over, the oracle's answers, and a path's outputs.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "cases.h"
#include "gpu.h"
#include "inputs/inputs.h"
#include "sampling/survivors.h"
#include "skim/dlpack.h"

namespace skim::bench {

// The oracle's answer for one input: (rows, k), best first; so the first ones of each row are the
// answer for a smaller k.
struct Truth {
  std::int64_t k = 0;
  std::vector<std::int64_t> indices;
  std::vector<std::byte> values;  // the input's own bits
  std::vector<RowTruth> draws;    // of sampling, in place of these
};

// How many of `count` inputs of a GPU hold elements of their own, `host_bytes` together; the others
// are copies. Making and solving gigabytes on the host would take longer than measuring.
inline constexpr std::int64_t kHostBytes = std::int64_t{1} << 30;
std::int32_t distinct_inputs(std::int32_t count, std::int64_t matrix_bytes,
                             std::int64_t host_bytes = kHostBytes);

// Writes row `row` of input number `input`; the same bits whenever it is asked again.
using FillRow = std::function<void(Matrix& matrix, std::int32_t input, std::int64_t row)>;

class CaseInputs {
 public:
  // `real_logits` serves cases without a distribution; input i starts at its row i * rows. With a
  // GPU the paths see copies in its memory.
  CaseInputs(const Case& bench_case, std::int32_t count, std::uint64_t seed,
             const Matrix* real_logits, Gpu* gpu = nullptr, std::int64_t host_bytes = kHostBytes);
  // Of other rows than the case says.
  CaseInputs(const Case& bench_case, std::int32_t count, FillRow fill, Gpu* gpu,
             std::int64_t host_bytes);
  CaseInputs(const CaseInputs&) = delete;
  CaseInputs& operator=(const CaseInputs&) = delete;

  std::int32_t count() const { return static_cast<std::int32_t>(tensors_.size()); }
  std::int32_t distinct() const { return static_cast<std::int32_t>(matrices_.size()); }
  const Matrix& matrix(std::int64_t i) const { return matrices_[place(i)]; }
  const Truth& truth(std::int64_t i) const { return truths_[place(i)]; }
  const DLTensor* tensors() const { return tensors_.data(); }

  // Whether the input, or all of them, still have their bits. All are read in the order of rotation
  // from `first` on, so that what the next sample starts with is the first to leave the caches.
  bool unchanged(std::int32_t i) const;
  bool all_unchanged(std::int64_t first) const;
  void restore();

 private:
  std::size_t place(std::int64_t i) const { return static_cast<std::size_t>(i % distinct()); }
  std::size_t slot_bytes() const;
  std::byte* slot(std::int32_t i);
  void fill_all();
  void solve_all();
  void solve_all_draws();
  void upload();

  Case case_;
  FillRow fill_row_;
  Gpu* gpu_;
  std::array<std::int64_t, 2> shape_;
  std::array<std::int64_t, 2> strides_;
  std::vector<Matrix> matrices_;
  GpuMemory gpu_memory_;  // every input, one after the other
  std::vector<DLTensor> tensors_;
  std::vector<std::uint64_t> fingerprints_;  // of each input; on a GPU one of all
  std::vector<Truth> truths_;
};

class CaseOutputs {
 public:
  explicit CaseOutputs(const Case& bench_case, Gpu* gpu = nullptr);
  CaseOutputs(const CaseOutputs&) = delete;
  CaseOutputs& operator=(const CaseOutputs&) = delete;

  const Matrix& values() const { return values_; }
  const std::int64_t* indices() const { return indices_.data(); }
  DLTensor* values_tensor() { return &values_tensor_; }
  DLTensor* indices_tensor() { return &indices_tensor_; }

  // So that an output that was never written cannot look right. Enqueued on a GPU.
  void poison();
  // Brings to values() and indices() what a path left in its tensors, once it is done.
  void fetch();

 private:
  std::size_t indices_bytes() const { return indices_.size() * sizeof(std::int64_t); }

  Gpu* gpu_;
  std::array<std::int64_t, 2> shape_;
  std::array<std::int64_t, 2> strides_;
  Matrix values_;
  std::vector<std::int64_t> indices_;
  GpuMemory gpu_values_;
  GpuMemory gpu_indices_;
  DLTensor values_tensor_;
  DLTensor indices_tensor_;
};

}  // namespace skim::bench
