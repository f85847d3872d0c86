// Takes the place of src/cuda/bucket_select_ptx.cuh.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "cuda/shared.cuh"
#include "cuda/words.cuh"

namespace skim::cuda {

inline void store_if(bool wanted, shared::Address address, std::int64_t value) {
  if (wanted) shared::store(address, value);
}
inline void store_four(shared::Address address, uint4 four) {
  *shared::pointer<uint4>(address) = four;
}

inline void renew(float&) {}

inline std::int32_t bits_plus_zero(float number) {
  constexpr std::int32_t kNan = 0x7fffffff;
  return std::isnan(number) ? kNan : std::bit_cast<std::int32_t>(number + 0.0f);
}
inline float approximate_reciprocal(float number) { return 1 / number; }

// For a sum from 2^23 to 2^24, where floats are whole numbers; beyond, the caller has a limit.
inline float multiply_add_up(float a, float b, float c) {
  return c + static_cast<float>(std::ceil(static_cast<double>(a) * static_cast<double>(b)));
}

inline float float_of_half(std::uint16_t bits) { return emulated::Half::to_float(bits); }
inline std::uint16_t half_of_float(float number) {
  const std::uint16_t sign = std::signbit(number) ? 0x8000 : 0;
  const float magnitude = std::fabs(number);
  if (std::isinf(magnitude)) return sign | 0x7c00;
  int exponent = 0;
  std::frexp(magnitude, &exponent);
  // The bits of halves grow with their values: their number below this one's power of two, then in
  // it; steps are of 2^-24 up to 2^-14.
  const int step = std::max(exponent - 11, -24);
  const auto steps = static_cast<std::uint16_t>(std::ldexp(magnitude, -step));
  return static_cast<std::uint16_t>(sign | ((step + 24) * 1024 + steps));
}

inline std::uint16_t half_not_above(float number) {
  constexpr std::uint16_t kNegative = 0x8000;
  constexpr float kMost = 65504;
  if (number == 0) return 0;
  if (number < -kMost) return 0xfc00;
  if (number > kMost && !std::isinf(number)) return half_of_float(kMost);
  const std::uint16_t towards_zero = half_of_float(number);
  const bool is_below = emulated::Half::to_float(towards_zero) <= number;
  // The bits of a negative number are its magnitude's.
  return is_below ? towards_zero : static_cast<std::uint16_t>((towards_zero | kNegative) + 1);
}

}  // namespace skim::cuda
