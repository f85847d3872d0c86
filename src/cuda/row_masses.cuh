// One token of every row, whatever its parameters are: a CTA or a cluster of them a row, which look
// at its tiles together and are told by one hop what all of them have found.
//   1. The maximum, and whether there is a NaN; with temperature 0 also where it is.
//   2. The masses (row_weights.cuh), and a token by them (row_draw.cuh).
//   3. Its log-probability.
#pragma once

#include <cstdint>
#include <limits>

#include "cuda/cluster.cuh"
#include "cuda/row_draw.cuh"
#include "cuda/row_masses_layout.h"
#include "cuda/row_team.cuh"
#include "cuda/row_tiles.cuh"
#include "cuda/row_weights.cuh"
#include "random/row_settings.h"

namespace skim::cuda {

template <class Tiles, class Team>
class RowSampling {
 public:
  __device__ RowSampling(const SampleArguments& arguments, std::int64_t row, Tiles& tiles,
                         Team& team, const BestRoom& room)
      : arguments_(arguments), row_(row), tiles_(tiles), team_(team), room_(room) {}

  __device__ void run() {
    const std::uint32_t length = tiles_.row().length();
    const RowSettings settings = settings_of(arguments_.parameters, row_, length);
    const TokenBound first = greatest_token(settings.greedy);
    maximum_ = first.value;
    if (!(maximum_ > -kInfinity)) {
      if (is_first()) store(-1, maximum_);
      return;
    }
    RowDraw draw;
    if (settings.greedy) {
      draw.drawn = {static_cast<std::uint32_t>(first.index), maximum_};
    } else {
      RowWeights<Tiles, Team> weights(tiles_, team_, settings.scale, maximum_);
      draw = RowDrawing<Tiles, Team>(weights, tiles_, team_, settings, arguments_.order, room_)
                 .draw(arguments_.kind == LogprobKind::processed);
    }
    finish(settings, draw);
  }

 private:
  static constexpr float kInfinity = std::numeric_limits<float>::infinity();

  __device__ bool is_first() const { return team_.warp() == 0 && lane_id() == 0; }

  // The greatest logit, NaN where there is one; its first token too where that is asked for.
  __device__ TokenBound greatest_token(bool with_token) {
    constexpr std::int32_t kInfiniteKey = 0x7f800000;
    const float own = tiles_.greatest();
    std::uint32_t token = 0;
    if (with_token) token = first_token_of(own);
    const std::int64_t place = team_.greatest(place_of({own, token}));
    if (Packing<std::int64_t>::key(place) > kInfiniteKey)
      return {std::numeric_limits<float>::quiet_NaN(), 0};
    return bound_at(place);
  }

  // Of this thread's.
  __device__ std::uint32_t first_token_of(float logit) {
    std::uint32_t first = UINT32_MAX;
    tiles_.for_each([&](std::uint32_t, float greatest, const auto& read) {
      if (__any_sync(~0u, greatest == logit) == 0) return;
      const Tile tile = read();
#pragma unroll
      for (int i = 0; i < kTileTokens; ++i)
        if (tile.x(i) == logit) first = min(first, tile.token(i));
    });
    return first;
  }

  __device__ void finish(const RowSettings& settings, const RowDraw& draw) {
    // Found by one warp, or known to all, of which the first then writes.
    const bool everyone = settings.greedy || settings.top_k > 0 || settings.top_p < 1.0F;
    const bool writes = everyone ? is_first() : draw.drawn.is_here() && lane_id() == 0;
    const std::uint32_t token = draw.drawn.token;
    switch (arguments_.kind) {
      case LogprobKind::none:
        if (writes) store(token, 0.0F);
        return;
      case LogprobKind::processed:
        if (writes) store(token, processed_logprob(settings, draw));
        return;
      case LogprobKind::raw:
        const RawMass raw = raw_mass(settings, draw);
        if (writes) store(token, raw_logprob(tiles_.row().logit(token), raw));
        return;
    }
  }

  __device__ float processed_logprob(const RowSettings& settings, const RowDraw& draw) const {
    if (settings.greedy) return 0.0F;
    return logprob_of(draw.drawn.logit, maximum_, settings.scale, draw.total);
  }

  // Of softmax over the logits of the allowed tokens.
  struct RawMass {
    float maximum;
    std::uint64_t total;
  };

  __device__ RawMass raw_mass(const RowSettings& settings, const RowDraw& draw) {
    const MassScale scale = mass_scale(1.0F);
    float maximum = maximum_;
    if (tiles_.row().is_biased()) {
      tiles_.drop_bias();
      maximum = greatest_token(false).value;
    } else if (draw.of_row > 0 && settings.scale.factor == scale.factor) {
      return {maximum, draw.of_row};
    }
    RowWeights<Tiles, Team> weights(tiles_, team_, scale, maximum);
    return {maximum, weights.tiles_before(weights.all()).mass};
  }

  static __device__ float raw_logprob(float logit, const RawMass& raw) {
    // Beside a logit at +inf, others have no probability.
    if (raw.maximum == kInfinity && logit < raw.maximum) return -kInfinity;
    return logprob_of(logit, raw.maximum, mass_scale(1.0F), raw.total);
  }

  __device__ void store(std::int64_t token, float logprob) const {
    const std::int64_t at = row_ * arguments_.tokens_stride;
    if (arguments_.long_tokens) {
      static_cast<std::int64_t*>(arguments_.tokens)[at] = token;
    } else {
      static_cast<std::int32_t*>(arguments_.tokens)[at] = static_cast<std::int32_t>(token);
    }
    if (arguments_.kind != LogprobKind::none)
      arguments_.logprobs[row_ * arguments_.logprobs_stride] = logprob;
  }

  const SampleArguments& arguments_;
  std::int64_t row_;
  Tiles& tiles_;
  Team& team_;
  const BestRoom& room_;
  float maximum_ = 0.0F;
};

template <DType kDType, bool kHeld, bool kCluster>
__global__ void __launch_bounds__(kMostMassThreads, kMassCtas)
    row_masses_kernel(const __grid_constant__ SampleArguments arguments) {
  using Tiles = RowTiles<kDType, kHeld>;
  using Team = RowTeam<kCluster>;
  extern __shared__ __align__(16) unsigned char dynamic_memory[];
  __shared__ RowTeamShared shared;
  __shared__ BestShared best;
  Team team(shared, arguments.ctas);
  const std::int64_t row = arguments.first_row + blockIdx.x;
  wait_for_previous_kernel();
  team.begin();
  Tiles tiles(arguments, row, team.warp(), dynamic_memory);
  const BestRoom room{best, Tiles::rest(dynamic_memory, arguments), arguments.candidates};
  RowSampling<Tiles, Team>(arguments, row, tiles, team, room).run();
}

}  // namespace skim::cuda
