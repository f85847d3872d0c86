// What the plan and the kernel row_masses agree on.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "random/mass.h"
#include "skim/sample.h"

namespace skim::cuda {

inline constexpr int kMostMassThreads = 512;

// Tiles that a thread holds in registers; compiled, each once more.
inline constexpr int kHeldTiles[] = {2, 4};
inline constexpr int kMostHeldTiles = 4;

// Tiles of a row up to the last that holds a token.
constexpr std::int64_t used_tiles(std::int64_t cols) {
  const std::int64_t whole = cols / kTileBlockTokens;
  const std::int64_t rest = std::min(cols % kTileBlockTokens, kTileQuarterTokens);
  return whole * (kTileBlockTokens / kTileTokens) + (rest + 3) / 4;
}

// Of the k best: so many groups of lanes for each, so many candidates that can be ranked, of which
// so many are kept, in lists with so much room altogether.
inline constexpr std::int64_t kGroupsOfBest = 8;
inline constexpr std::uint32_t kMostCandidates = 384;
inline constexpr std::uint32_t kMostBest = 256;
inline constexpr int kRoomOfLists = 2048;

inline constexpr std::size_t kRankedTokenBytes = 24;

// The lists of all CTAs, where later the ranked tokens are.
constexpr std::size_t best_list_bytes(std::size_t candidates) {
  return std::max(candidates * sizeof(std::int64_t), kMostBest * kRankedTokenBytes);
}

constexpr std::size_t best_bytes(int candidates) {
  constexpr std::size_t kCandidateBytes = 16;
  if (candidates == 0) return 0;
  return best_list_bytes(static_cast<std::size_t>(candidates)) + kMostCandidates * kCandidateBytes;
}

}  // namespace skim::cuda
