// cpu/masses.h in portable vectors against the scalar definition in random/mass.h. Other vectors
// are what the library is built with, whose results the contract tests compare.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "cpu/masses.h"
#include "inputs/inputs.h"
#include "order/float_of.h"
#include "random/mass.h"
#include "support/settings.h"

namespace skim::test {
namespace {

using cpu::kTilePadding;
using cpu::MassFunctions;
using cpu::RowFold;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::vector<std::int64_t> sizes() {
  if (short_sizes()) return {1, 9, 259, 4099};
  return {1, 3, 4, 9, 64, 259, 4099, 8195, 12301, 16384, 16401};
}

// The sum over one tile that random/mass.h describes, of the tokens before a bound.
float sum_of_tile(const std::vector<float>& row, std::int64_t tile, float maximum,
                  const MassScale& scale, const TokenBound& bound) {
  float of_neighbour[4] = {};
  for (int i = 0; i < kTileTokens; ++i) {
    const std::int64_t token = token_of_tile(tile, i);
    if (token >= std::ssize(row)) continue;
    const float x = row[static_cast<std::size_t>(token)];
    if (!bound.has_before(x, token)) continue;
    of_neighbour[i % 4] += relative_mass(x, finite_reference(maximum), scale);
  }
  return (of_neighbour[0] + of_neighbour[1]) + (of_neighbour[2] + of_neighbour[3]);
}

float maximum_of_tile(const std::vector<float>& row, std::int64_t tile) {
  float maximum = -kInfinity;
  for (int i = 0; i < kTileTokens; ++i) {
    const std::int64_t token = token_of_tile(tile, i);
    if (token < std::ssize(row)) maximum = std::max(maximum, row[static_cast<std::size_t>(token)]);
  }
  return maximum;
}

template <DType kDType>
class MassesOfRow {
 public:
  using Element = typename KeyOrder<kDType>::Key;

  explicit MassesOfRow(const std::vector<Element>& elements)
      : elements_(elements),
        tiles_(tile_of(std::min(cols() - 1, cols() / kTileBlockTokens * kTileBlockTokens +
                                                kTileQuarterTokens - 1)) +
               1) {
    for (const Element element : elements) row_.push_back(float_of<kDType>(element));
  }

  void check(const MassScale& scale) {
    check_floats();
    std::vector<float> maxima = values();
    std::vector<float> sums = values();
    const RowFold fold =
        functions_.fold(elements_.data(), cols(), scale, maxima.data(), sums.data());
    ASSERT_EQ(fold.has_nan,
              std::any_of(row_.begin(), row_.end(), [](float x) { return std::isnan(x); }));
    if (fold.has_nan) return;
    const float maximum = *std::max_element(row_.begin(), row_.end());
    ASSERT_EQ(fold.maximum, maximum);
    check_tiles(scale, maximum, maxima, sums, {-kInfinity, cols()});
    check_candidates(scale, maximum);
    for (const std::int64_t token : {std::int64_t{0}, cols() / 2, cols() - 1}) {
      const TokenBound here{row_[static_cast<std::size_t>(token)], token};
      for (const TokenBound& bound : {here, TokenBound{maximum, token}, TokenBound{0.0F, cols()}}) {
        functions_.sums_before(elements_.data(), cols(), scale, maxima.data(), maximum, bound,
                               sums.data());
        check_tiles(scale, maximum, maxima, sums, bound);
      }
    }
  }

 private:
  std::int64_t cols() const { return std::ssize(elements_); }

  static std::vector<float> padded(std::int64_t count) {
    return std::vector<float>(static_cast<std::size_t>(count + kTilePadding));
  }
  std::vector<float> values() const { return padded(tiles_of_row(cols())); }

  void check_floats() const {
    std::vector<float> numbers = padded(cols());
    functions_.to_float(elements_.data(), cols(), numbers.data());
    for (std::size_t i = 0; i < row_.size(); ++i) {
      if (std::isnan(row_[i]) && std::isnan(numbers[i])) continue;
      ASSERT_EQ(std::bit_cast<std::uint32_t>(numbers[i]), std::bit_cast<std::uint32_t>(row_[i]));
    }
  }

  void check_tiles(const MassScale& scale, float maximum, const std::vector<float>& maxima,
                   const std::vector<float>& sums, const TokenBound& bound) const {
    std::vector<std::uint64_t> masses(maxima.size());
    const std::uint64_t total =
        functions_.masses(maxima.data(), sums.data(), tiles_, maximum, scale, masses.data());
    std::uint64_t expected_total = 0;
    for (std::int64_t tile = 0; tile < tiles_; ++tile) {
      const float of_tile = maximum_of_tile(row_, tile);
      ASSERT_EQ(maxima[static_cast<std::size_t>(tile)], of_tile) << tile;
      const float sum = sum_of_tile(row_, tile, of_tile, scale, bound);
      const std::uint64_t expected = tile_mass(sum, of_tile, maximum, scale);
      ASSERT_EQ(masses[static_cast<std::size_t>(tile)], expected)
          << "tile " << tile << " before " << bound.value << " at " << bound.index;
      expected_total += expected;
    }
    ASSERT_EQ(total, expected_total);
  }

  void check_candidates(const MassScale& scale, float maximum) const {
    std::vector<float> logits = row_;
    logits.resize(row_.size() + kTilePadding);
    std::vector<std::uint64_t> masses(logits.size());
    functions_.masses(logits.data(), nullptr, cols(), maximum, scale, masses.data());
    for (std::size_t i = 0; i < row_.size(); ++i) {
      ASSERT_EQ(masses[i], candidate_mass(row_[i], maximum, scale)) << row_[i];
    }
  }

  MassFunctions<kDType> functions_ = cpu::mass_functions<kDType>(SimdTarget::scalar);
  const std::vector<Element>& elements_;
  std::int64_t tiles_;  // that hold tokens
  std::vector<float> row_;
};

template <class DTypeConstant>
class PortableMasses : public testing::Test {
 protected:
  static constexpr DType kDType = DTypeConstant::value;
  using Element = typename KeyOrder<kDType>::Key;

  static void check(const std::vector<Element>& elements) {
    for (const float temperature : {1.0F, 0.05F, 30.0F, 1e-30F, 1e30F}) {
      SCOPED_TRACE(std::to_string(elements.size()) + " tokens at temperature " +
                   std::to_string(temperature));
      MassesOfRow<kDType>(elements).check(mass_scale(temperature));
      if (testing::Test::HasFatalFailure()) return;
    }
  }
};

using DTypes = testing::Types<std::integral_constant<DType, DType::f32>,
                              std::integral_constant<DType, DType::f16>,
                              std::integral_constant<DType, DType::bf16>>;
TYPED_TEST_SUITE(PortableMasses, DTypes);

TYPED_TEST(PortableMasses, AreThoseOfTheDefinition) {
  for (const std::int64_t cols : sizes()) {
    for (std::size_t i = 0; i < bench::kDistributionCount; ++i) {
      const auto distribution = bench::distribution_at(i);
      SCOPED_TRACE(bench::name_of(distribution));
      const bench::Matrix matrix =
          bench::make_matrix(this->kDType, 1, cols, distribution, static_cast<std::uint64_t>(cols));
      const auto* const first = static_cast<const typename TestFixture::Element*>(matrix.data());
      this->check({first, first + cols});
      if (this->HasFatalFailure()) return;
    }
  }
}

TYPED_TEST(PortableMasses, OfOneValueInARowOfInfinities) {
  using Order = KeyOrder<TestFixture::kDType>;
  using Bits = typename TestFixture::Element;
  const auto lowest = static_cast<Bits>(Order::negative_infinity - 1);  // finite
  for (const std::int64_t cols : sizes()) {
    const auto count = static_cast<std::size_t>(cols);
    for (const Bits value : {Order::negative_infinity, lowest, Bits{0}, Order::infinity}) {
      SCOPED_TRACE(float_of<TestFixture::kDType>(value));
      for (const Bits others : {value, Order::negative_infinity}) {
        std::vector<Bits> elements(count, others);
        elements[count * 2 / 3] = value;
        this->check(elements);
        if (this->HasFatalFailure()) return;
      }
    }
  }
}

}  // namespace
}  // namespace skim::test
