// One row of logits or probabilities that a CTA asks about, and reads anew for each question. Every
// thread calls, in the same order, and gets the answer.
#pragma once

#include <cstdint>
#include <limits>

#include "cuda/block_answers.cuh"
#include "cuda/logit_row.cuh"
#include "random/mass.h"
#include "random/token_bound.h"

namespace skim::cuda {

template <DType kDType>
class AskedRow {
  static constexpr float kInfinity = std::numeric_limits<float>::infinity();

 public:
  __device__ AskedRow(const SampleArguments& arguments, std::int64_t row, BlockAnswers& answers)
      : row_(arguments, row), answers_(answers) {}

  __device__ std::uint32_t length() const { return row_.length(); }
  __device__ const LogitRow<kDType>& logits() const { return row_; }
  __device__ void drop_bias() { row_.drop_bias(); }

  // The first place behind another, or behind none: INT64_MIN where there is none. A NaN comes
  // before all others.
  __device__ std::int64_t first_behind(std::int64_t place) {
    std::int64_t first = INT64_MIN;
    for_each([&](float x, std::uint32_t token) {
      const std::int64_t other = place_of({x, token});
      if (other < place) first = max(first, other);
    });
    return answers_.greatest(first);
  }

  // Its logit is NaN where the row has one. The row has tokens.
  __device__ TokenBound first() {
    const std::int64_t place = first_behind(INT64_MAX);
    if (Packing<std::int64_t>::key(place) > kInfiniteKey)
      return {std::numeric_limits<float>::quiet_NaN(), 0};
    return bound_at(place);
  }

  // Of the tokens before a bound: mass_of(x) of each, added up, and their number.
  template <class MassOf>
  __device__ BlockTotal before(const TokenBound& bound, MassOf mass_of) {
    std::uint64_t mass = 0;
    std::uint32_t count = 0;
    for_each([&](float x, std::uint32_t token) {
      if (!bound.has_before(x, token)) return;
      mass += mass_of(x);
      ++count;
    });
    return answers_.total(mass, count);
  }

  // The same with the masses of tiles.
  __device__ BlockTotal tiles_before(const TokenBound& bound, float maximum,
                                     const MassScale& scale) {
    std::uint64_t mass = 0;
    std::uint32_t count = 0;
    for_each_tile([&](const Tile& tile) {
      const float greatest = tile.greatest();
      const float reference = finite_reference(greatest);
      float sums[4] = {};
#pragma unroll
      for (int i = 0; i < kTileTokens; ++i) {
        if (!bound.has_before(tile.x(i), tile.token(i))) continue;
        sums[i % 4] += relative_mass(tile.x(i), reference, scale);
        ++count;
      }
      mass += tile_mass((sums[0] + sums[1]) + (sums[2] + sums[3]), greatest, maximum, scale);
    });
    return answers_.total(mass, count);
  }
  // Of all; beside a logit at +inf, others have no probability.
  __device__ std::uint64_t mass_of_tiles(float maximum, const MassScale& scale) {
    return tiles_before({maximum == kInfinity ? kInfinity : -kInfinity, length()}, maximum, scale)
        .mass;
  }

  // The bound behind the tokens that have less than `limit` before them, the first always, or
  // `outside` where it comes before. `weigh(bound)` is one of the sums above; it never falls from
  // one place to the next.
  template <class Weigh>
  __device__ TokenBound end_of(std::uint64_t limit, const TokenBound& first, std::int64_t outside,
                               Weigh weigh) {
    limit = max(limit, std::uint64_t{1});
    BlockTotal before_outside = weigh(bound_at(outside));
    if (before_outside.mass < limit) return bound_at(outside);
    std::int64_t inside = place_of(first);
    std::uint32_t before_inside = 0;
    // One token that is left between the places has before it what is before `inside`.
#pragma unroll 1
    while (outside + 1 < inside && before_outside.count > before_inside + 1) {
      const auto apart = static_cast<std::uint64_t>(inside) - static_cast<std::uint64_t>(outside);
      const std::int64_t middle = outside + static_cast<std::int64_t>(apart / 2);
      const BlockTotal before = weigh(bound_at(middle));
      if (before.mass < limit) {
        inside = middle;
        before_inside = before.count;
      } else {
        outside = middle;
        before_outside = before;
      }
    }
    return bound_at(outside);
  }

  // That behind the k first.
  __device__ TokenBound end_of_best(std::uint32_t k, const TokenBound& first) {
    const std::int64_t behind_all = place_of({-kInfinity, length()});
    return end_of(k, first, behind_all, [&](const TokenBound& bound) {
      return before(bound, [](float) { return std::uint64_t{1}; });
    });
  }

  // visit(logit, token) for this thread's.
  template <class Visit>
  __device__ void for_each(Visit visit) {
    for_each_tile([&](const Tile& tile) {
#pragma unroll
      for (int i = 0; i < kTileTokens; ++i)
        if (tile.token(i) < length()) visit(tile.x(i), tile.token(i));
    });
  }

 private:
  static constexpr std::int64_t kInfiniteKey = 0x7f800000;

  // Up to the last that holds a token.
  __device__ std::uint32_t used_tiles() const {
    constexpr std::uint32_t kBlock = kTileBlockTokens;
    constexpr std::uint32_t kQuarter = kTileQuarterTokens;
    const std::uint32_t rest = min(length() % kBlock, kQuarter);
    return length() / kBlock * (kBlock / kTileTokens) + (rest + 3) / 4;
  }

  // visit(tile) for this thread's.
  template <class Visit>
  __device__ void for_each_tile(Visit visit) {
#pragma unroll 1
    for (std::uint32_t number = threadIdx.x; number < used_tiles(); number += blockDim.x) {
      Tile tile[1] = {Tile(number)};
      row_.load(tile);
      visit(tile[0]);
    }
  }

  LogitRow<kDType> row_;
  BlockAnswers& answers_;
};

}  // namespace skim::cuda
