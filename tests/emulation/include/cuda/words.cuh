// Takes the place of src/cuda/words.cuh: the same arithmetic, by way of float.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "skim/dtype.h"

namespace skim::cuda {

template <DType kDType>
struct WordOf;

namespace emulated {

inline float max_or_nan(float a, float b) {
  if (std::isnan(a) || std::isnan(b)) return std::numeric_limits<float>::quiet_NaN();
  return a > b || (a == b && !std::signbit(a)) ? a : b;
}
inline float min_or_other(float a, float b) {
  if (std::isnan(a)) return b;
  if (std::isnan(b)) return a;
  return a < b || (a == b && std::signbit(a)) ? a : b;
}

// float16 and bfloat16 from and to their bits; to: of numbers that one of them holds.
struct Half {
  static float to_float(std::uint16_t bits) {
    const int exponent = bits >> 10 & 0x1f;
    const float fraction = static_cast<float>(bits & 0x3ff);
    const float sign = (bits & 0x8000) != 0 ? -1.0f : 1.0f;
    if (exponent == 31) {
      if (fraction != 0) return std::numeric_limits<float>::quiet_NaN();
      return sign * std::numeric_limits<float>::infinity();
    }
    if (exponent == 0) return sign * std::ldexp(fraction, -24);
    return sign * std::ldexp(1024 + fraction, exponent - 25);
  }
  static constexpr std::uint16_t kNan = 0x7fff;
};
struct Brain {
  static float to_float(std::uint16_t bits) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
  }
  static constexpr std::uint16_t kNan = 0x7fff;
};

template <class Format>
struct Pair {
  std::uint16_t low;
  std::uint16_t high;
};

template <class Format>
struct PairOf16 {
  using Word = Pair<Format>;
  static Word from(std::uint32_t bits) {
    return {static_cast<std::uint16_t>(bits), static_cast<std::uint16_t>(bits >> 16)};
  }
  static Word both(std::int16_t bits) {
    return {static_cast<std::uint16_t>(bits), static_cast<std::uint16_t>(bits)};
  }
  static Word max_or_nan(Word a, Word b) {
    return {greater(a.low, b.low), greater(a.high, b.high)};
  }
  static Word min_or_other(Word a, Word b) {
    return {lesser(a.low, b.low), lesser(a.high, b.high)};
  }
  static std::uint32_t above_or_nan(Word a, Word b) {
    return mask(!(number(a.low) <= number(b.low)), !(number(a.high) <= number(b.high)));
  }
  static std::uint32_t at_most(Word a, Word b) {
    return mask(number(a.low) <= number(b.low), number(a.high) <= number(b.high));
  }
  template <class Better>
  static std::int16_t best_bits(Word a, Better better) {
    return static_cast<std::int16_t>(better(a, Word{a.high, a.low}).low);
  }

 private:
  static float number(std::uint16_t bits) { return Format::to_float(bits); }
  static std::uint32_t mask(bool low, bool high) {
    return (low ? 0xffffu : 0u) | (high ? 0xffff0000u : 0u);
  }
  static std::uint16_t greater(std::uint16_t a, std::uint16_t b) {
    const float best = emulated::max_or_nan(number(a), number(b));
    if (std::isnan(best)) return Format::kNan;
    return best == number(a) && std::signbit(best) == std::signbit(number(a)) ? a : b;
  }
  static std::uint16_t lesser(std::uint16_t a, std::uint16_t b) {
    const float best = emulated::min_or_other(number(a), number(b));
    if (std::isnan(best)) return Format::kNan;
    return best == number(a) && std::signbit(best) == std::signbit(number(a)) ? a : b;
  }
};

}  // namespace emulated

template <>
struct WordOf<DType::f32> {
  using Word = float;
  static Word from(std::uint32_t bits) { return std::bit_cast<float>(bits); }
  static Word both(std::int32_t bits) { return std::bit_cast<float>(bits); }
  static Word max_or_nan(Word a, Word b) { return emulated::max_or_nan(a, b); }
  static Word min_or_other(Word a, Word b) { return emulated::min_or_other(a, b); }
  static std::uint32_t above_or_nan(Word a, Word b) { return !(a <= b) ? ~0u : 0u; }
  static std::uint32_t at_most(Word a, Word b) { return a <= b ? ~0u : 0u; }
  template <class Better>
  static std::int32_t best_bits(Word a, Better) {
    return std::bit_cast<std::int32_t>(a);
  }
};
template <>
struct WordOf<DType::f16> : emulated::PairOf16<emulated::Half> {};
template <>
struct WordOf<DType::bf16> : emulated::PairOf16<emulated::Brain> {};

}  // namespace skim::cuda
