// A strided matrix in guarded memory, and the true order of each of its rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "inputs/inputs.h"
#include "skim/tensor_view.h"
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
};
std::string to_string(const InputSpec& spec);

class InputImage {
 public:
  explicit InputImage(const InputSpec& spec);

  const InputSpec& spec() const { return spec_; }
  TensorView view() const { return view_; }
  const std::byte* row(std::int64_t number) const;
  bool unchanged() const;

  // All columns of a row, best first, as the oracle orders them.
  std::span<const std::int64_t> order(std::int64_t row) const;

 private:
  InputSpec spec_;
  GuardedBuffer memory_;
  std::vector<std::byte> pristine_;
  TensorView view_;
  std::vector<std::vector<std::int64_t>> orders_;  // one, where all rows are the same memory
};

}  // namespace skim::test
