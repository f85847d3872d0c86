// Random words, masses and their logarithms (src/random/) against published vectors, double, wide
// integers, and the second implementation behind the oracle.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <set>
#include <vector>

#include "inputs/random.h"
#include "random/mass.h"
#include "random/philox.h"
#include "support/sample_numbers.h"
#include "support/settings.h"

namespace skim::test {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kMost = std::numeric_limits<float>::max();
constexpr float kTemperatures[] = {1.0F, 0.7F, 5.0F, 0.1F, 1e-30F, 1e30F, 1e-44F, kMost, kInfinity};

int many(int usual) { return short_sizes() ? usual / 20 : usual; }

// Random123's kat_vectors, "philox4x32 10".
TEST(Philox, MatchesThePublishedVectors) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}),
            (PhiloxCounter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({~0U, ~0U, ~0U, ~0U}, {~0U, ~0U}),
            (PhiloxCounter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (PhiloxCounter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomPair, IsWhatTheOracleSaysOfEverySeedOffsetAndRound) {
  bench::Random random(1, 0);
  for (int i = 0; i < many(100000); ++i) {
    const std::uint64_t seed = random.next();
    const std::uint64_t offset = random.next();
    const auto round = static_cast<std::uint32_t>(random.next());
    const RandomPair pair = random_pair(seed, offset, round);
    const RandomWords words = random_words(seed, offset, round);
    ASSERT_EQ(pair.first, words.first);
    ASSERT_EQ(pair.second, words.second);
  }
}

TEST(RandomPair, HangsOnEachBitOfSeedOffsetAndRound) {
  const RandomPair plain = random_pair(0, 0, 0);
  std::set<std::uint64_t> firsts = {plain.first};
  std::set<std::uint64_t> seconds = {plain.second};
  for (int bit = 0; bit < 64; ++bit) {
    std::vector<RandomPair> pairs = {random_pair(std::uint64_t{1} << bit, 0, 0),
                                     random_pair(0, std::uint64_t{1} << bit, 0)};
    if (bit < 32) pairs.push_back(random_pair(0, 0, 1U << bit));
    for (const RandomPair& pair : pairs) {
      EXPECT_TRUE(firsts.insert(pair.first).second) << bit;
      EXPECT_TRUE(seconds.insert(pair.second).second) << bit;
    }
  }
}

// Relative to a logit of 0, by the scale's own numbers: how they are rounded is not the formula's.
double exact_mass(float x, const MassScale& scale) {
  const double distance = static_cast<double>(std::max(x, scale.least));
  return std::exp2(distance * static_cast<double>(scale.factor));
}

TEST(RelativeMass, IsWithinItsErrorOfDoubles) {
  bench::Random random(2, 0);
  double worst = 0;
  for (int i = 0; i < many(2000000); ++i) {
    const MassScale scale = mass_scale(static_cast<float>(std::exp(4 * random.normal())));
    const auto x = static_cast<float>(-random.uniform() * 125 / static_cast<double>(scale.factor));
    const auto mass = static_cast<double>(relative_mass(x, 0.0F, scale));
    worst = std::max(worst, std::fabs(mass / exact_mass(x, scale) - 1));
  }
  EXPECT_LE(worst, 3e-7);
  EXPECT_GT(worst, 1e-8) << "an error this small was not measured";
}

TEST(RelativeMass, IsTheOraclesToTheBit) {
  bench::Random random(3, 0);
  for (int i = 0; i < many(1000000); ++i) {
    const float temperature = std::bit_cast<float>(
        static_cast<std::uint32_t>(random.below(0x7f800000)));  // positive and finite
    const MassScale scale = mass_scale(temperature);
    const auto reference = static_cast<float>(random.normal() * 10);
    const auto part = static_cast<float>(random.uniform() * 130);
    const float x = random.below(4) == 0
                        ? reference - std::fabs(static_cast<float>(random.normal()))
                        : reference - part / scale.factor;
    ASSERT_EQ(scale.factor, factor_of(temperature)) << temperature;
    ASSERT_EQ(relative_mass(x, reference, scale), mass_of(x, reference, scale.factor))
        << x << " below " << reference << " at temperature " << temperature;
  }
}

TEST(RelativeMass, IsExactlyOneAtTheReference) {
  for (const float temperature : kTemperatures) {
    const MassScale scale = mass_scale(temperature);
    for (const float x : {0.0F, -0.0F, 1.0F, -3e38F, 3e38F, 1e-45F}) {
      EXPECT_EQ(relative_mass(x, x, scale), 1.0F) << x;
    }
    EXPECT_EQ(relative_mass(kInfinity, finite_reference(kInfinity), scale), 1.0F);
  }
}

TEST(RelativeMass, OfMinusInfinityIsNothing) {
  for (const float temperature : kTemperatures) {
    const MassScale scale = mass_scale(temperature);
    for (const float maximum : {0.0F, 1e38F, -kMost, kMost, kInfinity, -kInfinity}) {
      const float mass = relative_mass(-kInfinity, finite_reference(maximum), scale);
      EXPECT_GT(mass, 0.0F) << maximum;
      EXPECT_LT(mass, 1e-36F) << maximum;
      EXPECT_EQ(candidate_mass(-kInfinity, maximum, scale), 0U) << maximum;
    }
  }
}

// Where the exponent changes, two ends of the polynomial meet that are each a little off.
TEST(RelativeMass, FallsByNoMoreThanALastPlaceAsTheLogitRises) {
  constexpr float kLastPlace = 0x1p-23F;
  bench::Random random(4, 0);
  for (const float temperature : kTemperatures) {
    const MassScale scale = mass_scale(temperature);
    std::vector<float> logits = {-kInfinity, -kMost};
    for (int i = 0; i < many(200000); ++i) {
      const double distance = random.uniform() * 130 / static_cast<double>(scale.factor);
      logits.push_back(static_cast<float>(-std::min(distance, static_cast<double>(kMost))));
    }
    for (int step = 0; step < 1000; ++step) {  // neighbours, around a change of the exponent
      logits.push_back(std::bit_cast<float>(std::bit_cast<std::uint32_t>(-0.5F / scale.factor) -
                                            500 + static_cast<std::uint32_t>(step)));
    }
    std::sort(logits.begin(), logits.end());
    float last = 0.0F;
    for (const float x : logits) {
      const float mass = relative_mass(x, 0.0F, scale);
      ASSERT_GE(mass, last * (1 - kLastPlace)) << x << " at temperature " << temperature;
      last = mass;
    }
  }
}

TEST(FixedMass, IsTheFlooredMassInUnitsOf2ToTheMinus40) {
  EXPECT_EQ(fixed_mass(1.0F), std::uint64_t{1} << 40);
  EXPECT_EQ(fixed_mass(0.0F), 0U);
  EXPECT_EQ(fixed_mass(0x1p-40F), 1U);
  EXPECT_EQ(fixed_mass(0x1.fffffep-41F), 0U);
  EXPECT_EQ(fixed_mass(0x1.8p-39F), 3U);
  EXPECT_EQ(fixed_mass(0x1.4p-38F), 5U);
  EXPECT_EQ(fixed_mass(0x1.fffffep-40F), 1U);
  EXPECT_EQ(fixed_mass(4095.9995F), to_fixed_point(4095.9995F));
  EXPECT_GT(fixed_mass(4095.9995F), std::uint64_t{4095} << 40);
  bench::Random random(5, 0);
  for (int i = 0; i < many(100000); ++i) {
    const auto mass = static_cast<float>(std::exp2(random.uniform() * -60));
    ASSERT_EQ(fixed_mass(mass), to_fixed_point(mass)) << mass;
  }
}

// A token is in the nucleus iff the mass before it is below total * share, of which doubles and
// 64-bit integers lose bits.
TEST(NucleusLimit, IsTheCeilingOfTheShare) {
  bench::Random random(6, 0);
  for (int i = 0; i < many(500000); ++i) {
    const std::uint64_t total = random.next() >> (1 + random.below(40));
    const auto share = static_cast<float>(std::exp2(-random.uniform() * 40) * 0.9999999);
    ASSERT_EQ(nucleus_limit(total, share), least_mass_of_share(total, share)) << total << share;
  }
  const std::uint64_t even = std::uint64_t{1} << 41;
  EXPECT_EQ(nucleus_limit(even, 0.5F), even / 2);  // whole: no more
  EXPECT_EQ(nucleus_limit(even + 1, 0.5F), even / 2 + 1);
  EXPECT_EQ(nucleus_limit(even, std::nextafter(1.0F, 0.0F)), even - (even >> 24));
}

TEST(NucleusLimit, HasEnds) {
  constexpr std::uint64_t kTotal = 123456789012345;
  EXPECT_EQ(nucleus_limit(kTotal, 0.0F), 0U);
  EXPECT_EQ(nucleus_limit(kTotal, 1.0F), kTotal);
  EXPECT_EQ(nucleus_limit(kTotal, 2.0F), kTotal);
  EXPECT_EQ(nucleus_limit(kTotal, kInfinity), kTotal);
  EXPECT_EQ(nucleus_limit(kTotal, std::numeric_limits<float>::quiet_NaN()), kTotal);
  EXPECT_EQ(nucleus_limit(0, 0.9F), 0U);
  // Less than the likeliest token's mass: which number it is decides nothing.
  for (const float share : {0x1p-41F, 0x1.fffffep-60F, 1e-30F, 1e-44F}) {
    EXPECT_LT(nucleus_limit(kTotal, share), std::uint64_t{1} << 40) << share;
  }
}

TEST(DrawnUnit, CoversTheTotalFromEndToEnd) {
  constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();
  for (const std::uint64_t total : {std::uint64_t{1}, std::uint64_t{3}, std::uint64_t{1} << 40,
                                    (std::uint64_t{1} << 63) - 1, std::uint64_t{1} << 63}) {
    EXPECT_EQ(drawn_unit(0, total), 0U);
    EXPECT_EQ(drawn_unit(kAll, total), total - 1);
  }
  EXPECT_EQ(drawn_unit(kAll / 3, 3), 0U);  // the last random number of the first third
  EXPECT_EQ(drawn_unit(kAll / 3 + 1, 3), 1U);
}

TEST(Holder, IsTheItemWhoseMassesReachTheUnit) {
  const std::uint64_t masses[] = {0, 3, 0, 1, 2, 100};
  const std::int64_t holders[] = {1, 1, 1, 3, 4, 4};
  for (std::uint64_t unit = 0; unit < 6; ++unit) {
    EXPECT_EQ(holder_of(unit, masses, 5), holders[unit]) << unit;
  }
}

TEST(Holder, OfMoreThanThereIsStaysInside) {
  const std::uint64_t masses[] = {0, 3, 100};
  std::int64_t item = 0;
  EXPECT_DEBUG_DEATH(item = holder_of(3, masses, 2), "the masses hold the unit");
  EXPECT_EQ(item, 0);
  EXPECT_DEBUG_DEATH(item = holder_of(0, masses, 1), "the masses hold the unit");
  EXPECT_EQ(item, 0);
}

TEST(Tiles, HoldEveryTokenOnce) {
  const std::int64_t cols = 3 * kTileBlockTokens;
  ASSERT_EQ(tiles_of_row(cols), cols / kTileTokens);
  for (std::int64_t token = 0; token < cols; ++token) {
    const std::int64_t tile = tile_of(token);
    ASSERT_GE(tile, 0);
    ASSERT_LT(tile, tiles_of_row(token + 1));
    int found = 0;
    for (int i = 0; i < kTileTokens; ++i) found += token_of_tile(tile, i) == token ? 1 : 0;
    ASSERT_EQ(found, 1) << token;
  }
  for (std::int64_t tile = 0; tile < tiles_of_row(cols); ++tile) {
    for (int i = 0; i < kTileTokens; ++i) ASSERT_EQ(tile_of(token_of_tile(tile, i)), tile);
  }
}

TEST(Tiles, AreOfWholeBlocks) {
  EXPECT_EQ(tiles_of_row(0), 0);
  EXPECT_EQ(tiles_of_row(1), 1024);
  EXPECT_EQ(tiles_of_row(16384), 1024);
  EXPECT_EQ(tiles_of_row(16385), 2048);
  const std::int64_t last = (std::int64_t{1} << 32) - 1;
  EXPECT_EQ(tile_of(last), tiles_of_row(last + 1) - 1);
  EXPECT_EQ(token_of_tile(tile_of(last), 15), last);
}

TEST(MassScale, StaysFiniteAtExtremeTemperatures) {
  for (const float temperature : {1e-45F, 1e-38F, 1e-30F, 1.0F, 1e30F, 3e38F, kMost, kInfinity}) {
    const MassScale scale = mass_scale(temperature);
    EXPECT_GT(scale.factor, 0.0F) << temperature;
    EXPECT_TRUE(std::isfinite(scale.factor)) << temperature;
    EXPECT_LT(scale.least, 0.0F) << temperature;
    EXPECT_TRUE(std::isfinite(scale.least)) << temperature;
    EXPECT_FLOAT_EQ(scale.least * scale.factor, -120.0F) << temperature;
  }
  EXPECT_EQ(mass_scale(1e-45F).factor, mass_scale(0x1p-100F).factor);
  EXPECT_EQ(mass_scale(kInfinity).factor, mass_scale(0x1p127F).factor);
  EXPECT_EQ(mass_scale(1.0F).factor, static_cast<float>(1 / std::log(2.0)));
}

TEST(FiniteReference, ReplacesInfinitiesOnly) {
  EXPECT_EQ(finite_reference(kInfinity), kMost);
  EXPECT_EQ(finite_reference(-kInfinity), -kMost);
  for (const float x : {kMost, -kMost, 0.0F, 1.5F}) EXPECT_EQ(finite_reference(x), x);
}

TEST(Log2, IsWithinItsErrorOfDoubles) {
  bench::Random random(7, 0);
  double worst = 0;
  for (int i = 0; i < many(2000000); ++i) {
    const float y = std::bit_cast<float>(
        0x00800000 + static_cast<std::uint32_t>(random.below(0x7f800000 - 0x00800000)));
    const double exact = std::log2(static_cast<double>(y));
    const double error = std::fabs(static_cast<double>(log2_of(y)) - exact);
    worst = std::max(worst, error / std::max(1.0, std::fabs(exact)));
    ASSERT_EQ(log2_of(y), binary_logarithm(y)) << y;
  }
  EXPECT_LE(worst, 6.4e-8);
}

TEST(Log2, IsExactForPowersOfTwo) {
  for (int exponent = -126; exponent <= 127; ++exponent) {
    EXPECT_EQ(log2_of(std::ldexp(1.0F, exponent)), static_cast<float>(exponent));
  }
}

TEST(Logprob, OfTheOnlyTokenIsZero) {
  for (const float temperature : kTemperatures) {
    const MassScale scale = mass_scale(temperature);
    for (const float x : {0.0F, -5.0F, kMost, kInfinity}) {
      const float logprob = logprob_of(x, x, scale, std::uint64_t{1} << kMassBits);
      EXPECT_EQ(std::bit_cast<std::uint32_t>(logprob), 0U) << x;
    }
    EXPECT_EQ(logprob_of(-kInfinity, 0.0F, scale, std::uint64_t{1} << kMassBits), -kInfinity);
  }
}

TEST(MinPBound, KeepsWhatDoublesKeep) {
  bench::Random random(8, 0);
  for (int i = 0; i < many(200000); ++i) {
    const auto temperature = static_cast<float>(std::exp(2 * random.normal()));
    const MassScale scale = mass_scale(temperature);
    const auto maximum = static_cast<float>(random.normal() * 10);
    const auto share = static_cast<float>(std::exp2(-random.uniform() * 30));
    const double exact = static_cast<double>(maximum) +
                         std::log(static_cast<double>(share)) * static_cast<double>(temperature);
    const double tolerance =
        1e-6 * (std::fabs(exact) + std::fabs(static_cast<double>(maximum)) + 1);
    ASSERT_NEAR(static_cast<double>(min_p_bound(share, maximum, scale)), exact, tolerance);
  }
}

TEST(MinPBound, HasEnds) {
  for (const float temperature : kTemperatures) {
    const MassScale scale = mass_scale(temperature);
    EXPECT_EQ(min_p_bound(1.0F, 3.5F, scale), 3.5F);
    EXPECT_EQ(min_p_bound(0.1F, kInfinity, scale), kInfinity);
    EXPECT_LE(min_p_bound(1e-44F, 3.5F, scale), 3.5F);
    EXPECT_FALSE(std::isnan(min_p_bound(1e-44F, kMost, scale)));
  }
}

}  // namespace
}  // namespace skim::test
