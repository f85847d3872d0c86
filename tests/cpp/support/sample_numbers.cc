#include "support/sample_numbers.h"

#include <bit>
#include <cmath>
#include <limits>

namespace skim::test {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr int kUnitBits = 40;  // of the mass 1

std::uint32_t high_word(std::uint64_t product) { return static_cast<std::uint32_t>(product >> 32); }
std::uint32_t low_word(std::uint64_t product) { return static_cast<std::uint32_t>(product); }

float without_infinity(float x) {
  return std::fmax(std::fmin(x, std::numeric_limits<float>::max()),
                   std::numeric_limits<float>::lowest());
}

// ((c0 x + c1) x + c2) x + ...
template <std::size_t size>
float horner(const float (&coefficients)[size], float x) {
  float sum = coefficients[0];
  for (std::size_t i = 1; i < size; ++i) sum = std::fma(sum, x, coefficients[i]);
  return sum;
}

}  // namespace

// Philox4x32-10 as the paper's figure draws it: left and right halves of two lanes.
RandomWords random_words(std::uint64_t seed, std::uint64_t offset, std::uint32_t round) {
  std::uint32_t right0 = low_word(offset);
  std::uint32_t left0 = high_word(offset);
  std::uint32_t right1 = round;
  std::uint32_t left1 = 1;
  for (std::uint32_t i = 0; i < 10; ++i) {
    const std::uint32_t key0 = low_word(seed) + i * 0x9E3779B9U;
    const std::uint32_t key1 = high_word(seed) + i * 0xBB67AE85U;
    const std::uint64_t product0 = std::uint64_t{3528531795U} * right0;
    const std::uint64_t product1 = std::uint64_t{3449720151U} * right1;
    right0 = high_word(product1) ^ left0 ^ key0;
    left0 = low_word(product1);
    right1 = high_word(product0) ^ left1 ^ key1;
    left1 = low_word(product0);
  }
  return {static_cast<std::uint64_t>(left0) << 32 | right0,
          static_cast<std::uint64_t>(left1) << 32 | right1};
}

std::uint64_t unit_of(std::uint64_t random, std::uint64_t total) {
  return static_cast<std::uint64_t>(Wide{random} * total >> 64);
}

// share = mantissa * 2^-shift with 24 bits of mantissa, so the product has at most 88 bits.
std::uint64_t least_mass_of_share(std::uint64_t total, float share) {
  if (!(share > 0.0F) || total == 0) return 0;
  int exponent = 0;
  const auto mantissa = static_cast<std::uint32_t>(std::ldexp(std::frexp(share, &exponent), 24));
  const int shift = 24 - exponent;
  if (shift >= 100) return 1;  // the product is positive and below 1
  const Wide unit = Wide{1} << shift;
  return static_cast<std::uint64_t>((Wide{total} * mantissa + unit - 1) / unit);
}

float factor_of(float temperature) {
  const float factor = 1.44269504F / temperature;
  return std::fmin(std::fmax(factor, std::ldexp(1.0F, -121)), std::ldexp(1.0F, 100));
}

// The product of two floats is exact as a double, and so is what is left of it without its whole
// part: rounding that to a float is one rounding.
float mass_of(float x, float reference, float factor) {
  if (reference == kInfinity && x < kInfinity) return 0.0F;
  const float distance = x - without_infinity(reference);
  const float cut = std::fmin(std::fmax(distance, -120.0F / factor), 0.0F);
  const double exponent = static_cast<double>(cut) * static_cast<double>(factor);
  const double whole = std::nearbyint(exponent);
  const auto fraction = static_cast<float>(exponent - whole);
  constexpr float kPowerOfTwo[] = {0x1.5d5f48p-10F, 0x1.3cbb70p-7F, 0x1.c6b2e8p-5F,
                                   0x1.ebfa58p-3F,  0x1.62e42ep-1F, 1.0F};
  return std::ldexp(horner(kPowerOfTwo, fraction), static_cast<int>(whole));
}

std::uint64_t to_fixed_point(float mass) {
  return static_cast<std::uint64_t>(std::floor(std::ldexp(static_cast<double>(mass), kUnitBits)));
}

float binary_logarithm(float y) {
  const float two_thirds = std::bit_cast<float>(0x3f2aaaabU);
  int exponent = 0;
  float mantissa = std::frexp(y, &exponent);
  if (mantissa < two_thirds) {
    mantissa *= 2.0F;
    --exponent;
  }
  constexpr float kLogarithm[] = {0x1.9a91dep-3F,  -0x1.c4a232p-3F, 0x1.9e90c6p-3F,
                                  -0x1.e57864p-3F, 0x1.2794aap-2F,  -0x1.716e66p-2F,
                                  0x1.ec708ep-2F,  -0x1.715460p-1F, 0x1.715476p+0F};
  const float f = mantissa - 1.0F;
  return std::fma(f, horner(kLogarithm, f), static_cast<float>(exponent));
}

float share_logarithm(float x, float maximum, float factor, std::uint64_t total) {
  if (maximum == kInfinity && x < kInfinity) return -kInfinity;
  const float distance = std::fmin(x - without_infinity(maximum), 0.0F);
  const float of_total = binary_logarithm(static_cast<float>(total)) - kUnitBits;
  return (distance * factor - of_total) * 0.693147182F;
}

float least_logit(float min_p, float maximum, float factor) {
  const float share = std::fmax(min_p, std::numeric_limits<float>::min());
  return maximum + binary_logarithm(share) / factor;
}

}  // namespace skim::test
