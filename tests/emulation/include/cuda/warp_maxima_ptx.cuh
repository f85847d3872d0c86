// Takes the place of src/cuda/warp_maxima_ptx.cuh: the same arithmetic, by way of float.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "cuda/shared.cuh"
#include "cuda/words.cuh"
#include "skim/dtype.h"

namespace skim::cuda::ptx {

template <DType>
struct FloatWord;

template <>
struct FloatWord<DType::f32> {
  static std::uint32_t max_or_nan(std::uint32_t a, std::uint32_t b) {
    return canonical(emulated::max_or_nan(number(a), number(b)));
  }
  static std::uint32_t min_or_other(std::uint32_t a, std::uint32_t b) {
    return canonical(emulated::min_or_other(number(a), number(b)));
  }
  static std::uint32_t at_least_or_nan(std::uint32_t a, std::uint32_t b) {
    return one_if(!(number(a) < number(b)));
  }
  static std::uint32_t above_or_nan(std::uint32_t a, std::uint32_t b) {
    return one_if(!(number(a) <= number(b)));
  }
  static std::uint32_t at_most(std::uint32_t a, std::uint32_t b) {
    return one_if(number(a) <= number(b));
  }
  static std::uint32_t multiply_add(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
    return std::bit_cast<std::uint32_t>(std::fma(number(a), number(b), number(c)));
  }

 private:
  static float number(std::uint32_t bits) { return std::bit_cast<float>(bits); }
  static std::uint32_t canonical(float value) {
    return std::isnan(value) ? 0x7fffffffu : std::bit_cast<std::uint32_t>(value);
  }
  static std::uint32_t one_if(bool holds) { return holds ? 0x3f800000u : 0; }
};

// Sums are of powers of two: the format holds them.
template <DType kDType, class Format, int kMantissaBits, std::uint32_t kOne>
struct PairWord {
  using Words = WordOf<kDType>;

  static std::uint32_t max_or_nan(std::uint32_t a, std::uint32_t b) {
    return std::bit_cast<std::uint32_t>(Words::max_or_nan(Words::from(a), Words::from(b)));
  }
  static std::uint32_t min_or_other(std::uint32_t a, std::uint32_t b) {
    return std::bit_cast<std::uint32_t>(Words::min_or_other(Words::from(a), Words::from(b)));
  }
  static std::uint32_t at_least_or_nan(std::uint32_t a, std::uint32_t b) {
    return halves(a, b, [](float x, float y) { return !(x < y) ? kOne : 0; });
  }
  static std::uint32_t above_or_nan(std::uint32_t a, std::uint32_t b) {
    return halves(a, b, [](float x, float y) { return !(x <= y) ? kOne : 0; });
  }
  static std::uint32_t at_most(std::uint32_t a, std::uint32_t b) {
    return halves(a, b, [](float x, float y) { return x <= y ? kOne : 0; });
  }
  static std::uint32_t multiply_add(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
    return sum(a, b, c, 0) | sum(a, b, c, 16) << 16;
  }

 private:
  static float number(std::uint32_t word, int shift) {
    return Format::to_float(static_cast<std::uint16_t>(word >> shift));
  }
  template <class Compare>
  static std::uint32_t halves(std::uint32_t a, std::uint32_t b, Compare compare) {
    return compare(number(a, 0), number(b, 0)) | compare(number(a, 16), number(b, 16)) << 16;
  }
  static std::uint32_t sum(std::uint32_t a, std::uint32_t b, std::uint32_t c, int shift) {
    const float value = number(a, shift) * number(b, shift) + number(c, shift);
    const int exponent = std::ilogb(value);
    const auto scaled = static_cast<std::uint32_t>(std::ldexp(value, kMantissaBits - exponent));
    const std::uint32_t ones_exponent = kOne >> kMantissaBits;
    return ((ones_exponent + static_cast<std::uint32_t>(exponent)) << kMantissaBits) +
           (scaled - (1u << kMantissaBits));
  }
};
template <>
struct FloatWord<DType::f16> : PairWord<DType::f16, emulated::Half, 10, 0x3c00> {};
template <>
struct FloatWord<DType::bf16> : PairWord<DType::bf16, emulated::Brain, 7, 0x3f80> {};

inline std::uint32_t max_of_16(std::uint32_t a, std::uint32_t b) { return __vmaxs2(a, b); }
inline std::uint32_t min_of_16(std::uint32_t a, std::uint32_t b) { return __vmins2(a, b); }

inline std::uint32_t sum_through(std::uint32_t value) {
  for (unsigned offset = 1; offset < 32; offset *= 2) {
    const std::uint32_t before = __shfl_up_sync(~0u, value, offset);
    if (threadIdx.x % 32 >= offset) value += before;
  }
  return value;
}

inline void store_if(bool wanted, std::uint32_t address, std::uint32_t value) {
  if (wanted) shared::store(address, static_cast<std::int32_t>(value));
}

}  // namespace skim::cuda::ptx
