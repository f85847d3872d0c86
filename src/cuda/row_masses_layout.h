// What the plan and the kernel row_masses agree on.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "random/mass.h"
#include "skim/sample.h"

namespace skim::cuda {

inline constexpr int kMostMassThreads = 512;
inline constexpr int kMassCtas = 2;  // of so many threads, that the registers of an SM are for

// Tiles of a row up to the last that holds a token.
constexpr std::int64_t used_tiles(std::int64_t cols) {
  const std::int64_t whole = cols / kTileBlockTokens;
  const std::int64_t rest = std::min(cols % kTileBlockTokens, kTileQuarterTokens);
  return whole * (kTileBlockTokens / kTileTokens) + (rest + 3) / 4;
}

// Of the k best: how many tokens a CTA says what they reach for, so many candidates can be ranked,
// of which so many are kept, in lists with so much room altogether.
inline constexpr int kReachedLevels = 8;
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

// Of a tile that is held: its logits, its mass and its maximum.
inline constexpr std::uint32_t kTileBytes =
    kTileTokens * sizeof(float) + sizeof(std::uint64_t) + sizeof(float);

// Shared memory that the kernel asks for at launch: of each tile that it holds its logits, its mass
// and its maximum; and the lists of candidates.
constexpr std::size_t row_masses_shared_bytes(const CudaSampleGeometry& geometry) {
  const std::size_t of_tiles = static_cast<std::size_t>(geometry.threads) *
                               static_cast<std::size_t>(geometry.tiles) * kTileBytes;
  return (geometry.held ? of_tiles : 0) + best_bytes(geometry.candidates);
}

}  // namespace skim::cuda
