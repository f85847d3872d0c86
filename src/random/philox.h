// The only source of randomness: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel Random
// Numbers: As Easy as 1, 2, 3; SC 2011), a function of a key and a counter without a state.
#pragma once

#include <array>
#include <cstdint>

#include "order/key_order.h"

namespace skim {

using PhiloxCounter = std::array<std::uint32_t, 4>;
using PhiloxKey = std::array<std::uint32_t, 2>;

SKIM_HOST_DEVICE constexpr PhiloxCounter philox_round(const PhiloxCounter& counter,
                                                      const PhiloxKey& key) {
  const std::uint64_t first = std::uint64_t{0xD2511F53} * counter[0];
  const std::uint64_t second = std::uint64_t{0xCD9E8D57} * counter[2];
  return {static_cast<std::uint32_t>(second >> 32) ^ counter[1] ^ key[0],
          static_cast<std::uint32_t>(second),
          static_cast<std::uint32_t>(first >> 32) ^ counter[3] ^ key[1],
          static_cast<std::uint32_t>(first)};
}

SKIM_HOST_DEVICE constexpr PhiloxCounter philox(PhiloxCounter counter, PhiloxKey key) {
  constexpr int kRounds = 10;
  for (int i = 0; i < kRounds; ++i) {
    counter = philox_round(counter, key);
    key[0] += 0x9E3779B9;  // the golden ratio
    key[1] += 0xBB67AE85;  // sqrt(3) - 1
  }
  return counter;
}

// Two words of 64 random bits.
struct RandomPair {
  std::uint64_t first;
  std::uint64_t second;
};

// The words of one draw of a row. A row that has to draw again takes the next round.
SKIM_HOST_DEVICE constexpr RandomPair random_pair(std::uint64_t seed, std::uint64_t offset,
                                                  std::uint32_t round) {
  constexpr std::uint32_t kOfRows = 1;  // leaves the other values to numbers of single tokens
  const PhiloxCounter words =
      philox({static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(offset >> 32), round,
              kOfRows},
             {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
  return {std::uint64_t{words[1]} << 32 | words[0], std::uint64_t{words[3]} << 32 | words[2]};
}

}  // namespace skim
