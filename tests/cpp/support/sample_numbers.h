// The numbers behind the exact oracle, a second time and in another way than src/random/: random
// words, masses in fixed point, their logarithms. All operations are correctly rounded ones.
#pragma once

#include <cstdint>

namespace skim::test {

struct RandomWords {
  std::uint64_t first;
  std::uint64_t second;
};
RandomWords random_words(std::uint64_t seed, std::uint64_t offset, std::uint32_t round);

// floor(random / 2^64 * total).
std::uint64_t unit_of(std::uint64_t random, std::uint64_t total);

// ceil(total * share), 0 <= share < 1.
std::uint64_t least_mass_of_share(std::uint64_t total, float share);

// log2(e) / temperature, inside the limits of what floats can carry on with.
float factor_of(float temperature);

// 2^((x - reference) * factor), at least 2^-120; 0 where the reference is +inf and x is not.
float mass_of(float x, float reference, float factor);

std::uint64_t to_fixed_point(float mass);

float binary_logarithm(float y);

// The natural logarithm of a token's share in `total`.
float share_logarithm(float x, float maximum, float factor, std::uint64_t total);

// The least logit that min-p leaves, 0 < min_p <= 1.
float least_logit(float min_p, float maximum, float factor);

}  // namespace skim::test
