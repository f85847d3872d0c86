// What each distribution puts into a row.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "inputs/dispatch.h"
#include "inputs/element_bits.h"
#include "inputs/inputs.h"
#include "inputs/random.h"

namespace skim::bench {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

template <class T>
class RowFiller {
 public:
  RowFiller(std::byte* row, std::int64_t cols, Random random)
      : row_(row), cols_(cols), random_(random) {}

  void fill(Distribution distribution) {
    switch (distribution) {
      case Distribution::normal:
        return numbers([this](std::int64_t) { return random_.normal(); });
      case Distribution::normal_with_head:
        return normal_with_head();
      case Distribution::zipf:
        return zipf();
      case Distribution::bf16_quantised:
        return numbers([this](std::int64_t) {
          return bfloat16_to_float(to_bfloat16_bits(static_cast<float>(random_.normal())));
        });
      case Distribution::all_equal:
        return numbers([](std::int64_t) { return 1.25; });
      case Distribution::ascending:
        return numbers([this](std::int64_t column) { return ramp(column); });
      case Distribution::descending:
        return numbers([this](std::int64_t column) { return ramp(cols_ - 1 - column); });
      case Distribution::masked_half:
        return masked(0.5);
      case Distribution::masked_most:
        return masked(0.999);
      case Distribution::few_distinct:
        return numbers([this](std::int64_t) {
          return std::array{-1.5, 0.0, 0.25, 3.0}[random_.below(4)];
        });
      case Distribution::one_hot:
        return one_hot();
      case Distribution::narrow_range:
        return elements([this](std::int64_t) { return one_and_a_few_steps(); });
      case Distribution::nan_spots:
        return elements([this](std::int64_t) { return nan_or_number(); });
      case Distribution::mixed_zeros:
        return elements([this](std::int64_t) { return zero_or_smallest(); });
      case Distribution::both_signs:
        return both_signs();
      case Distribution::relu_zeros:
        return numbers([this](std::int64_t) { return std::max(random_.normal() - 1.5, 0.0); });
      case Distribution::one_of_each:
        break;  // fill_row chose one
    }
  }

 private:
  using Bits = BitsOf<T>;
  static constexpr bool kIsFloat = kInfinityBits<T> != 0;
  static constexpr Bits kSignBit =
      static_cast<Bits>(Bits{1} << (std::numeric_limits<Bits>::digits - 1));

  template <class BitsOfColumn>
  void elements(BitsOfColumn&& bits_of_column) {
    for (std::int64_t column = 0; column < cols_; ++column) {
      store_bits<Bits>(row_, column, bits_of_column(column));
    }
  }

  template <class NumberOfColumn>
  void numbers(NumberOfColumn&& number_of_column) {
    elements([&](std::int64_t column) { return bits_from<T>(number_of_column(column)); });
  }

  void normal_with_head() {
    numbers([this](std::int64_t) { return random_.normal(); });
    for (int i = 0; i < 5 && cols_ > 0; ++i) {
      const double head = random_.normal() + 5 + 15 * random_.uniform();
      store_bits<Bits>(row_, random_column(), bits_from<T>(head));
    }
  }

  // The probability of rank r (from 1) is 1 / (r H), H the harmonic number of cols.
  void zipf() {
    const double log_harmonic =
        portable_log(portable_log(static_cast<double>(cols_ + 1)) + 0.5772156649015329);
    numbers([&](std::int64_t column) {
      return -portable_log(static_cast<double>(column + 1)) - log_harmonic;
    });
    shuffle();
  }

  void shuffle() {
    for (std::int64_t column = cols_ - 1; column > 0; --column) {
      const auto other =
          static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(column) + 1));
      const Bits kept = load_bits<Bits>(row_, column);
      store_bits<Bits>(row_, column, load_bits<Bits>(row_, other));
      store_bits<Bits>(row_, other, kept);
    }
  }

  double ramp(std::int64_t step) const {
    return (2 * (static_cast<double>(step) + 0.5) / static_cast<double>(cols_) - 1) * kIntegerSpan;
  }

  void masked(double part) {
    numbers([&](std::int64_t) { return random_.uniform() < part ? -kInfinity : random_.normal(); });
  }

  void both_signs() {
    numbers([this](std::int64_t) { return -std::abs(random_.normal()); });
    for (int i = 0; i < 3 && cols_ > 0; ++i) {
      store_bits<Bits>(row_, random_column(), bits_from<T>(random_.uniform() + 0.5));
    }
  }

  void one_hot() {
    numbers([](std::int64_t) { return 0.0; });
    if (cols_ > 0) store_bits<Bits>(row_, random_column(), bits_from<T>(1.0));
  }

  // Adjacent values of one sign have adjacent bits.
  Bits one_and_a_few_steps() {
    const Bits one = kIsFloat ? bits_from<T>(1.0) : Bits{1};
    return static_cast<Bits>(one + random_.below(sizeof(T) > 2 ? 252 : 16));
  }

  Bits nan_or_number() {
    switch (random_.below(64)) {
      case 0:
        return nan();
      case 1:
        return bits_from<T>(kInfinity);
      case 2:
        return bits_from<T>(-kInfinity);
      default:
        return bits_from<T>(random_.normal());
    }
  }

  // Either sign; the smallest payload (signalling), the largest, the quiet bit alone, or any.
  Bits nan() {
    if constexpr (!kIsFloat) return bits_from<T>(kInfinity);
    constexpr Bits lowest_exponent_bit =
        static_cast<Bits>(kInfinityBits<T> & (~kInfinityBits<T> + 1));
    constexpr Bits mantissa = static_cast<Bits>(lowest_exponent_bit - 1);
    const Bits quiet = static_cast<Bits>(lowest_exponent_bit >> 1);
    const Bits any = static_cast<Bits>((random_.next() & mantissa) | 1U);
    const Bits payload = std::array{Bits{1}, mantissa, quiet, any}[random_.below(4)];
    const Bits sign = random_.below(2) == 0 ? Bits{0} : kSignBit;
    return static_cast<Bits>(sign | kInfinityBits<T> | payload);
  }

  // One in 64 is the smallest subnormal (integers: 1), as many its negative (integers: -1).
  Bits zero_or_smallest() {
    const std::uint64_t choice = random_.below(64);
    const Bits minus = kIsFloat ? kSignBit : Bits{0};
    if (choice == 0) return Bits{1};
    if (choice == 1) return kIsFloat ? static_cast<Bits>(minus | 1U) : static_cast<Bits>(-1);
    return choice % 2 == 0 ? Bits{0} : minus;
  }

  std::int64_t random_column() {
    return static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(cols_)));
  }

  std::byte* row_;
  std::int64_t cols_;
  Random random_;
};

}  // namespace

void fill_row(Matrix& matrix, std::int64_t row, Distribution distribution, std::uint64_t seed) {
  const std::size_t row_bytes = static_cast<std::size_t>(matrix.cols()) * size_of(matrix.dtype());
  std::byte* elements =
      static_cast<std::byte*>(matrix.data()) + static_cast<std::size_t>(row) * row_bytes;
  const Random random(seed, static_cast<std::uint64_t>(row));
  const Distribution chosen =
      distribution == Distribution::one_of_each
          ? distribution_at(static_cast<std::size_t>(row) % kDistributionCount)
          : distribution;
  dispatch(matrix.dtype(),
           [&]<class T>() { RowFiller<T>(elements, matrix.cols(), random).fill(chosen); });
}

void fill(Matrix& matrix, Distribution distribution, std::uint64_t seed) {
  for (std::int64_t row = 0; row < matrix.rows(); ++row) fill_row(matrix, row, distribution, seed);
}

Matrix make_matrix(DType dtype, std::int64_t rows, std::int64_t cols, Distribution distribution,
                   std::uint64_t seed) {
  Matrix matrix(dtype, rows, cols);
  fill(matrix, distribution, seed);
  return matrix;
}

}  // namespace skim::bench
