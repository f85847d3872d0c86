// Conversions between float and the two 16-bit formats, by their bits.
#include <bit>
#include <cmath>
#include <cstdint>

#include "inputs/inputs.h"

namespace skim::bench {
namespace {

// Drops the lowest `count` (1 to 31) bits, rounding to the nearest, ties to even.
std::uint32_t round_shift(std::uint32_t value, std::uint32_t count) {
  const std::uint32_t half = 1U << (count - 1);
  const std::uint32_t odd = (value >> count) & 1U;
  return (value + half - 1U + odd) >> count;
}

// What a NaN keeps of its payload may be zero, which would make it an infinity: set the quiet bit.
std::uint16_t nan_bits(std::uint32_t sign, std::uint32_t payload, std::uint32_t quiet_nan) {
  return static_cast<std::uint16_t>(sign | quiet_nan | payload);
}

}  // namespace

std::uint16_t to_bfloat16_bits(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if (std::isnan(value)) return nan_bits((bits >> 16) & 0x8000U, (bits >> 16) & 0x7fU, 0x7fc0U);
  return static_cast<std::uint16_t>(round_shift(bits, 16));
}

float bfloat16_to_float(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

std::uint16_t to_float16_bits(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 16) & 0x8000U;
  const std::uint32_t magnitude = bits & 0x7fffffffU;
  if (std::isnan(value)) return nan_bits(sign, (bits >> 13) & 0x3ffU, 0x7e00U);
  if (magnitude >= 0x477ff000U) return static_cast<std::uint16_t>(sign | 0x7c00U);  // >= 65520
  if (magnitude >= 0x38800000U) {  // normal: rebias the exponent from 127 to 15
    return static_cast<std::uint16_t>(sign | round_shift(magnitude - 0x38000000U, 13));
  }
  if (magnitude < 0x33000000U) return static_cast<std::uint16_t>(sign);  // below half the smallest
  const std::uint32_t mantissa = (magnitude & 0x7fffffU) | 0x800000U;
  return static_cast<std::uint16_t>(sign | round_shift(mantissa, 126U - (magnitude >> 23)));
}

float float16_to_float(std::uint16_t bits) {
  const std::uint32_t sign = (bits & 0x8000U) << 16;
  const std::uint32_t exponent = (bits >> 10) & 0x1fU;
  const std::uint32_t mantissa = bits & 0x3ffU;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000U | (mantissa << 13));
  if (exponent != 0)
    return std::bit_cast<float>(sign | ((exponent + 112U) << 23) | (mantissa << 13));
  const float magnitude = static_cast<float>(mantissa) * 0x1p-24F;
  return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(magnitude));
}

}  // namespace skim::bench
