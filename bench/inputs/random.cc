#include "inputs/random.h"

#include <cmath>

namespace skim::bench {
namespace {

constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15ULL;

std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

}  // namespace

// log(m 2^e) = e log 2 + 2 atanh((m - 1) / (m + 1)); the series has converged to a double after
// eleven terms for m in [sqrt(1/2), sqrt(2)).
double portable_log(double x) {
  int exponent = 0;
  double mantissa = std::frexp(x, &exponent);
  if (mantissa < 0.70710678118654752) {
    mantissa *= 2;
    --exponent;
  }
  const double z = (mantissa - 1) / (mantissa + 1);
  const double z2 = z * z;
  double sum = 0;
  for (int n = 21; n >= 1; n -= 2) sum = sum * z2 + 1.0 / n;
  return exponent * 0.69314718055994531 + 2 * z * sum;
}

Random::Random(std::uint64_t seed, std::uint64_t stream) : state_(mix(seed + kGolden * stream)) {}

std::uint64_t Random::next() {
  state_ += kGolden;
  return mix(state_);
}

double Random::uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }

std::uint64_t Random::below(std::uint64_t bound) {
  return static_cast<std::uint64_t>(uniform() * static_cast<double>(bound));
}

double Random::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  double x = 0;
  double y = 0;
  double square = 0;
  do {
    x = 2 * uniform() - 1;
    y = 2 * uniform() - 1;
    square = x * x + y * y;
  } while (square >= 1 || square == 0);
  const double scale = std::sqrt(-2 * portable_log(square) / square);
  spare_ = y * scale;
  has_spare_ = true;
  return x * scale;
}

}  // namespace skim::bench
