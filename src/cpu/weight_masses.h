// The masses of one row of probabilities: their total, the total of the tokens before a bound, and
// the token that holds a unit of all.
#pragma once

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstdint>
#include <limits>

#include "cpu/row_passes.h"
#include "order/float_of.h"
#include "random/mass.h"

namespace skim::cpu {

template <DType kDType>
class WeightMasses {
 public:
  using Element = typename KeyOrder<kDType>::Key;

  WeightMasses(const RowPasses<kDType>& passes, const Element* row, std::int64_t cols)
      : passes_(passes), row_(row), cols_(cols) {
    const RowFold fold = passes_.fold(row, cols);
    maximum_ = fold.maximum;
    has_nan_ = fold.has_nan;
    if (has_any()) units_ = units_a_weight(maximum_);
  }

  bool has_nan() const { return has_nan_; }
  bool has_any() const { return !has_nan_ && maximum_ > 0.0F; }  // else nothing below means much
  float maximum() const { return maximum_; }
  double units() const { return units_; }

  // The least weight that counts: beside one at +inf, others have no share.
  float least() const {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    return maximum_ == kInfinity ? kInfinity : std::numeric_limits<float>::denorm_min();
  }
  TokenBound all() const { return {least(), cols_}; }

  std::uint64_t total() { return total_before(all()); }
  std::uint64_t total_before(const TokenBound& bound) {
    total_ = passes_.weigh(row_, 0, cols_, bound, units_);
    return total_;
  }

  // total_before(bound), where that of a bound without `token` was asked for last and nothing else
  // lies between the two.
  std::uint64_t total_with(std::int64_t token, const TokenBound& /*bound*/) {
    total_ += weight_mass(value_of(token), units_);
    return total_;
  }

  void find_between(const TokenBound& from, const TokenBound& to, TokensBetween& found) const {
    passes_.find_between(row_, cols_, from, to, found);
  }

  float value_of(std::int64_t token) const { return float_of<kDType>(row_[token]); }

  // Such a share of the way in their logarithms, which the bits of positive numbers nearly are.
  static float value_between(float greatest, float least, double share) {
    const auto from = static_cast<double>(std::bit_cast<std::int32_t>(greatest));
    const auto to = static_cast<double>(std::bit_cast<std::int32_t>(least));
    return std::bit_cast<float>(static_cast<std::int32_t>(from + (to - from) * share));
  }

  // Of all tokens in their order by number.
  std::int64_t token_of(std::uint64_t unit) const {
    constexpr std::int64_t kStep = 4096;
    std::int64_t from = 0;
    for (; from + kStep < cols_; from += kStep) {
      const std::uint64_t sum = passes_.weigh(row_, from, from + kStep, all(), units_);
      if (unit < sum) break;
      unit -= sum;
    }
    return token_from(from, std::min(from + kStep, cols_), unit);
  }

 private:
  std::int64_t token_from(std::int64_t from, std::int64_t to, std::uint64_t unit) const {
    for (std::int64_t token = from; token < to; ++token) {
      const float weight = value_of(token);
      const std::uint64_t mass = all().has_before(weight, token) ? weight_mass(weight, units_) : 0;
      if (unit < mass) return token;
      unit -= mass;
    }
    assert(false && "the tokens hold the unit");
    return from;
  }

  const RowPasses<kDType>& passes_;
  const Element* row_;
  std::int64_t cols_;
  float maximum_ = 0.0F;
  bool has_nan_ = false;
  double units_ = 0.0;
  std::uint64_t total_ = 0;  // of what was weighed last
};

}  // namespace skim::cpu
