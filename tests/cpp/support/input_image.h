// A strided matrix in guarded memory, of the host or mirrored on the GPU, and the true order of
// each of its rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "inputs/inputs.h"
#include "skim/tensor_view.h"
#include "support/gpu_mirror.h"
#include "support/guarded_buffer.h"

namespace skim::test {

enum class Stride : std::uint8_t { contiguous, padded, broadcast, overlapping, negative };
inline constexpr Stride kAllStrides[] = {Stride::contiguous, Stride::padded, Stride::broadcast,
                                         Stride::overlapping, Stride::negative};
std::string_view name_of(Stride stride);

struct InputSpec {
  DType dtype = DType::f32;
  bench::Distribution distribution = bench::Distribution::normal;
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  Stride stride = Stride::contiguous;
  bool largest = true;
  std::uint64_t seed = 0;  // also decides how far the data is from an aligned address
  bool any_bits = false;   // random bits instead of the distribution
  DeviceId device = {};    // where the matrix is selected from: the CPU, or kGpu
  std::optional<std::int64_t> offset = {};  // elements past an aligned address, not by the seed
  bool rectified = false;                   // what is below zero becomes zero
  std::int64_t equal_tops = 0;  // so many of a row, spread evenly, become the best value there is
};
std::string to_string(const InputSpec& spec);

class InputImage {
 public:
  explicit InputImage(const InputSpec& spec);
  InputImage(const InputImage&) = delete;  // its mirror knows where it is
  InputImage& operator=(const InputImage&) = delete;

  const InputSpec& spec() const { return spec_; }
  TensorView view() const;  // on the device
  const std::byte* row(std::int64_t number) const;
  bool unchanged() const;

  // On the GPU only: what must still be there after a run, and bringing home what is there.
  GpuRegion gpu_region() const { return gpu_->region(); }
  void copy_back() const { gpu_->copy_back(); }

  // All columns of a row, best first, as the oracle orders them.
  std::span<const std::int64_t> order(std::int64_t row) const;

 private:
  InputSpec spec_;
  GuardedBuffer memory_;
  std::vector<std::byte> pristine_;
  TensorView view_;
  std::unique_ptr<const GpuMirror> gpu_;
  std::vector<std::vector<std::int64_t>> orders_;  // one, where all rows are the same memory
};

}  // namespace skim::test
