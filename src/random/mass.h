// The only exp and log behind a decision, and masses in fixed point: the same bits on every
// instruction set and backend, because each is a fixed sequence of correctly rounded operations
// and sums are sums of integers.
//
// A row's tokens have two kinds of mass. Where a few candidates are in order, each has
// candidate_mass relative to the row's maximum. Where the whole row takes part, it is cut into
// tiles of 16 tokens that depend on the token alone (tile_of): inside one, masses relative to its
// own maximum are added up as floats in one order; tile_mass then is an integer relative to the
// row's maximum. So a tile's exponentials need not wait for the maximum of the row. Rows that hold
// probabilities instead of logits have weight_mass.
#pragma once

#include <bit>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <limits>

#include "order/key_order.h"

namespace skim {

// The unit of fixed-point masses: the likeliest token has 2^40 of them. Sums of kMaxVocabulary
// tokens fit.
inline constexpr int kMassBits = 40;

struct MassScale {
  float factor;  // log2(e) / temperature
  float least;   // differences below it count as it: 2^-120
};

// For a temperature above 0. Those outside 1.14e-30 .. 3.83e36, at which rows are as good as greedy
// or uniform, act as the nearest inside.
SKIM_HOST_DEVICE constexpr MassScale mass_scale(float temperature) {
  constexpr float kLog2OfE = 1.44269504F;
  constexpr float kLeastFactor = 0x1p-121F;  // -120 / factor stays finite
  constexpr float kMostFactor = 0x1p100F;
  float factor = kLog2OfE / temperature;
  factor = factor < kLeastFactor ? kLeastFactor : factor;
  factor = factor > kMostFactor ? kMostFactor : factor;
  return {factor, -120.0F / factor};
}

// The Ops policy of mass_formula.inc for one float; the SIMD counterpart is MassOps in
// src/cpu/mass_ops-inl.h.
struct ScalarMassOps {
  using Value = float;

  SKIM_HOST_DEVICE static constexpr float set(float value) { return value; }
  SKIM_HOST_DEVICE static float sub(float a, float b) { return a - b; }
  SKIM_HOST_DEVICE static float min(float a, float b) {
#if defined(__CUDA_ARCH__)
    return fminf(a, b);  // one instruction; it may take the other zero, which no mass depends on
#else
    return a < b ? a : b;
#endif
  }
  SKIM_HOST_DEVICE static float max(float a, float b) {
#if defined(__CUDA_ARCH__)
    return fmaxf(a, b);
#else
    return a > b ? a : b;
#endif
  }
  SKIM_HOST_DEVICE static float multiply_add(float a, float b, float c) {
    return std::fma(a, b, c);
  }
  SKIM_HOST_DEVICE static float multiply_sub(float a, float b, float c) {
    return std::fma(a, b, -c);
  }
  // The low bits of `rounded` are the whole number that was added.
  SKIM_HOST_DEVICE static float add_to_exponent(float power, float rounded) {
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(power) +
                                (std::bit_cast<std::uint32_t>(rounded) << 23));
  }
};

#include "random/mass_formula.inc"

SKIM_HOST_DEVICE inline float relative_mass(float x, float reference, const MassScale& scale) {
  return relative_mass(ScalarMassOps{}, x, reference, scale.factor, scale.least);
}

// +inf as a reference, and -inf where all is -inf.
SKIM_HOST_DEVICE constexpr float finite_reference(float maximum) {
  constexpr float kMost = std::numeric_limits<float>::max();
  return maximum > kMost ? kMost : maximum < -kMost ? -kMost : maximum;
}

// floor(2^40 * mass), for masses below 2^12.
SKIM_HOST_DEVICE constexpr std::uint64_t fixed_mass(float mass) {
  return static_cast<std::uint64_t>(static_cast<double>(mass) *
                                    static_cast<double>(std::uint64_t{1} << kMassBits));
}

// Of one token whose logit is x; the row's maximum is 2^40.
SKIM_HOST_DEVICE inline std::uint64_t candidate_mass(float x, float row_maximum,
                                                     const MassScale& scale) {
  return fixed_mass(relative_mass(x, finite_reference(row_maximum), scale));
}

// ---- tiles ----

inline constexpr int kTileTokens = 16;
inline constexpr std::int64_t kTileBlockTokens = 16384;   // a block of 1024 tiles
inline constexpr std::int64_t kTileQuarterTokens = 4096;  // a tile has 4 neighbours in each quarter

SKIM_HOST_DEVICE constexpr std::int64_t tile_of(std::int64_t token) {
  return token / kTileBlockTokens * (kTileBlockTokens / kTileTokens) +
         token % kTileQuarterTokens / 4;
}

// Token `i` of a tile, 0 <= i < kTileTokens.
SKIM_HOST_DEVICE constexpr std::int64_t token_of_tile(std::int64_t tile, int i) {
  constexpr std::int64_t kTilesOfBlock = kTileBlockTokens / kTileTokens;
  return tile / kTilesOfBlock * kTileBlockTokens + i / 4 * kTileQuarterTokens +
         tile % kTilesOfBlock * 4 + i % 4;
}

// Tiles of a row: whole blocks.
SKIM_HOST_DEVICE constexpr std::int64_t tiles_of_row(std::int64_t cols) {
  return (cols + kTileBlockTokens - 1) / kTileBlockTokens * (kTileBlockTokens / kTileTokens);
}

// `sum`: masses of the tile's tokens relative to its maximum, added as ((q0 + q1) + q2) + q3 over
// the quarters for each of the 4 neighbours, then (n0 + n1) + (n2 + n3).
SKIM_HOST_DEVICE inline std::uint64_t tile_mass(float sum, float tile_maximum, float row_maximum,
                                                const MassScale& scale) {
  return fixed_mass(sum * relative_mass(tile_maximum, finite_reference(row_maximum), scale));
}

// ---- probabilities ----

// What rows of probabilities are drawn and cut by: integers in units of a power of two, so that of
// weights of 2^-17 times the largest and more nothing is lost. The largest has 2^40 units and more,
// but less than 2^41; sums of kMaxVocabulary tokens fit. `maximum` is above 0.
SKIM_HOST_DEVICE constexpr double units_a_weight(float maximum) {
  constexpr int kBias = 1023;
  constexpr int kFractionBits = 52;
  const auto bits = std::bit_cast<std::uint64_t>(static_cast<double>(finite_reference(maximum)));
  const std::uint64_t exponent = bits >> kFractionBits;  // no double of a float is subnormal
  return std::bit_cast<double>((2 * kBias + kMassBits - exponent) << kFractionBits);
}

// Below 0 counts as 0.
SKIM_HOST_DEVICE constexpr std::uint64_t weight_mass(float weight, double units) {
  const float finite = finite_reference(weight);
  return static_cast<std::uint64_t>(static_cast<double>(finite > 0.0F ? finite : 0.0F) * units);
}

// What makes shares of weights that have so many units together.
SKIM_HOST_DEVICE constexpr double share_a_weight(std::uint64_t total, double units) {
  return units / static_cast<double>(total);
}

// ---- decisions ----

SKIM_HOST_DEVICE constexpr std::uint64_t high_product(std::uint64_t a, std::uint64_t b) {
#if defined(__CUDA_ARCH__)
  return __umul64hi(a, b);
#else
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>(static_cast<Wide>(a) * b >> 64);
#endif
}

// ceil(total * share) for 0 <= share < 1, total for 1 and more: a token is in the nucleus if and
// only if the mass before it in the order is below this.
SKIM_HOST_DEVICE constexpr std::uint64_t nucleus_limit(std::uint64_t total, float share) {
  if (!(share < 1.0F)) return total;
  if (share <= 0.0F) return 0;
  const auto fraction = static_cast<std::uint64_t>(static_cast<double>(share) * 0x1p64);  // exact
  return high_product(total, fraction) + (total * fraction != 0 ? 1 : 0);
}

// 0 <= result < total: what is drawn is the item that holds this unit of mass.
SKIM_HOST_DEVICE constexpr std::uint64_t drawn_unit(std::uint64_t random, std::uint64_t total) {
  return high_product(random, total);
}

// The item, of `count` that follow each other, that holds a unit. They must hold more than that;
// where they do not, the first, so that a caller's mistake stays inside its row.
SKIM_HOST_DEVICE constexpr std::int64_t holder_of(std::uint64_t unit, const std::uint64_t* masses,
                                                  std::int64_t count) {
  for (std::int64_t item = 0; item < count; ++item) {
    if (unit < masses[item]) return item;
    unit -= masses[item];
  }
  assert(false && "the masses hold the unit");
  return 0;
}

// ---- logarithms ----

// Of a positive normal number; the error is at most 7e-8 of max(1, |log2(y)|).
SKIM_HOST_DEVICE inline float log2_of(float y) {
  constexpr std::uint32_t kTwoThirds = 0x3f2aaaab;
  const auto bits = std::bit_cast<std::uint32_t>(y);
  const auto exponent = static_cast<std::int32_t>(bits - kTwoThirds) >> 23;
  const float f = std::bit_cast<float>(bits - (static_cast<std::uint32_t>(exponent) << 23)) - 1.0F;
  float p = 0x1.9a91dep-3F;
  p = std::fma(p, f, -0x1.c4a232p-3F);
  p = std::fma(p, f, 0x1.9e90c6p-3F);
  p = std::fma(p, f, -0x1.e57864p-3F);
  p = std::fma(p, f, 0x1.2794aap-2F);
  p = std::fma(p, f, -0x1.716e66p-2F);
  p = std::fma(p, f, 0x1.ec708ep-2F);
  p = std::fma(p, f, -0x1.715460p-1F);
  p = std::fma(p, f, 0x1.715476p+0F);
  return std::fma(f, p, static_cast<float>(exponent));
}

// Of a token of logit x in a distribution whose masses are `total`; natural logarithm. -inf of
// -inf.
SKIM_HOST_DEVICE inline float logprob_of(float x, float row_maximum, const MassScale& scale,
                                         std::uint64_t total) {
  constexpr float kLn2 = 0.693147182F;
  const float distance = x - finite_reference(row_maximum);
  const float exponent = (distance < 0.0F ? distance : 0.0F) * scale.factor;
  return (exponent - (log2_of(static_cast<float>(total)) - static_cast<float>(kMassBits))) * kLn2;
}

// The least logit that min-p leaves: that of min_p times the likeliest token's probability. 0 <
// min_p
// <= 1; -inf where the maximum is not finite is no bound, and +inf leaves the tokens at +inf.
SKIM_HOST_DEVICE inline float min_p_bound(float min_p, float row_maximum, const MassScale& scale) {
  constexpr float kLeast = std::numeric_limits<float>::min();
  return row_maximum + log2_of(min_p < kLeast ? kLeast : min_p) / scale.factor;
}

}  // namespace skim
