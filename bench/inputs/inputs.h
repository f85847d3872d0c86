// Rows to test and measure on: the hard distributions, and real logits from a .npy file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "skim/dtype.h"

namespace skim::bench {

enum class Distribution : std::uint8_t {
  normal,
  normal_with_head,  // a handful of elements 5 to 20 above the rest
  zipf,              // log-probabilities of a Zipf law, shuffled
  bf16_quantised,    // normal, rounded to bfloat16: many ties
  all_equal,
  ascending,
  descending,
  masked_half,   // 50 % -inf
  masked_most,   // 99.9 % -inf
  few_distinct,  // four values
  one_hot,
  narrow_range,  // adjacent values from 1 up; in float32 1 to 1.00003
  nan_spots,     // NaN of both signs and several payloads, +-inf
  mixed_zeros,   // +0 and -0 among a few of the smallest values
  both_signs,    // three positive elements, so that most results hold both signs
  relu_zeros,    // what a ReLU leaves: 93 % zeros
  one_of_each,   // row r has the distribution number r of those above
};

inline constexpr std::size_t kDistributionCount = 16;  // without one_of_each
Distribution distribution_at(std::size_t index);
std::string_view name_of(Distribution distribution);
bool parse_distribution(std::string_view name, Distribution& out);

// Elements of any dtype, row-major contiguous, 64-byte aligned storage. Movable, not copyable.
class Matrix {
 public:
  Matrix() = default;
  // Zeroed. Throws std::length_error where the size is negative or overflows.
  Matrix(DType dtype, std::int64_t rows, std::int64_t cols);

  DType dtype() const { return dtype_; }
  std::int64_t rows() const { return rows_; }
  std::int64_t cols() const { return cols_; }
  std::size_t bytes() const { return bytes_; }
  void* data() { return storage_.get(); }
  const void* data() const { return storage_.get(); }

 private:
  struct Free {
    void operator()(std::byte* storage) const;
  };

  DType dtype_ = DType::f32;
  std::int64_t rows_ = 0;
  std::int64_t cols_ = 0;
  std::size_t bytes_ = 0;
  std::unique_ptr<std::byte, Free> storage_;
};

// Integers take the distribution's shape over their own range (-inf becomes the lowest value, NaN
// the highest). The same seed gives the same bits on every machine; a row depends on the seed and
// on its own number only.
void fill(Matrix& matrix, Distribution distribution, std::uint64_t seed);
void fill_row(Matrix& matrix, std::int64_t row, Distribution distribution, std::uint64_t seed);
Matrix make_matrix(DType dtype, std::int64_t rows, std::int64_t cols, Distribution distribution,
                   std::uint64_t seed);

// Reads a C-order two-dimensional .npy file of float16 or float32; throws std::runtime_error with
// one sentence on anything else.
Matrix load_npy(const std::string& path);

// Rounds to the nearest, ties to even; used to make inputs of the 16-bit types.
std::uint16_t to_float16_bits(float value);
std::uint16_t to_bfloat16_bits(float value);
float float16_to_float(std::uint16_t bits);
float bfloat16_to_float(std::uint16_t bits);

// The oracle for one row of any dtype: indices best first. `cols` counts from `row`.
std::vector<std::int64_t> oracle_indices(DType dtype, const void* row, std::int64_t cols,
                                         std::int64_t k, bool largest);

}  // namespace skim::bench
