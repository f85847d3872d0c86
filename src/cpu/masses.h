// Masses of a row's tiles (random/mass.h), one compiled copy a dtype and SIMD target.
#pragma once

#include <cstddef>
#include <cstdint>

#include "order/key_order.h"
#include "random/mass.h"
#include "random/token_bound.h"
#include "skim/device.h"

namespace skim::cpu {

// Arrays of one value a tile have this many spare ones behind them, because vectors are stored and
// read whole.
inline constexpr std::int64_t kTilePadding = 64;

struct RowFold {
  float maximum;
  bool has_nan;
};

// The tokens of a row between two places in the order.
struct TokensBetween {
  static constexpr std::int64_t kMostListed = 64;

  std::int64_t count = 0;
  float greatest = 0.0F;  // of their values; where there are any
  float least = 0.0F;
  std::int64_t tokens[kMostListed] = {};  // the first of them, in ascending order
};

// Those before `to`, but not before `from`.
template <class Element>
using FindBetween = void (*)(const Element* row, std::int64_t cols, const TokenBound& from,
                             const TokenBound& to, TokensBetween& found);

template <DType kDType>
struct MassFunctions {
  using Element = typename KeyOrder<kDType>::Key;

  // The maximum of each tile of row[0, cols), and the sum of its masses relative to it, or 0 where
  // tile_mass is 0 whatever it is; with `sums` null only maxima. No sums where there is a NaN.
  RowFold (*fold)(const Element* row, std::int64_t cols, const MassScale& scale, float* maxima,
                  float* sums);

  // The same sums over the tokens before the bound.
  void (*sums_before)(const Element* row, std::int64_t cols, const MassScale& scale,
                      const float* maxima, float row_maximum, const TokenBound& bound, float* sums);

  // tile_mass of each of so many tiles; returns their sum. With `sums` null they count as 1, which
  // makes the result candidate_mass of tokens whose logits are `maxima`.
  std::uint64_t (*masses)(const float* maxima, const float* sums, std::int64_t count,
                          float row_maximum, const MassScale& scale, std::uint64_t* masses);

  FindBetween<Element> find_between;

  // `to` has room for a whole vector behind the last.
  void (*to_float)(const Element* row, std::int64_t cols, float* to);
};

template <DType kDType>
MassFunctions<kDType> mass_functions(SimdTarget target);

template <>
MassFunctions<DType::f32> mass_functions<DType::f32>(SimdTarget target);
template <>
MassFunctions<DType::f16> mass_functions<DType::f16>(SimdTarget target);
template <>
MassFunctions<DType::bf16> mass_functions<DType::bf16>(SimdTarget target);

}  // namespace skim::cpu
