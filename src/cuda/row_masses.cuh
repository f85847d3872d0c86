// One token of every row, whatever its parameters are: a CTA or a cluster of them a row, which look
// at its tiles together and are told by one hop what all of them have found.
//   1. The maximum, and whether there is a NaN: with temperature 0 the first token that has it,
//   else
//      from maxima of groups. While these are on their way, tiles are added up.
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
      : arguments_(arguments),
        row_(row),
        tiles_(tiles),
        team_(team),
        room_(room),
        settings_(settings_of(arguments.parameters, row, tiles.row().length())) {}

  __device__ __forceinline__ void run() {
    if (settings_.greedy) {
      take_first();
    } else {
      draw();
    }
  }

 private:
  static constexpr float kInfinity = std::numeric_limits<float>::infinity();

  __device__ bool is_first() const { return team_.warp() == 0 && lane_id() == 0; }

  static __device__ std::int32_t key_of(float logit) {
    return order_key<DType::f32, true>(__float_as_int(logit));
  }

  // False where the row has no token to draw.
  __device__ bool has_maximum(std::int32_t key) {
    constexpr std::int32_t kInfiniteKey = 0x7f800000;
    maximum_ = key > kInfiniteKey ? std::numeric_limits<float>::quiet_NaN()
                                  : bound_at(Packing<std::int64_t>::pack(key, 0)).value;
    const bool has = maximum_ > -kInfinity;
    if (!has && is_first()) store(-1, maximum_);
    return has;
  }

  __device__ __forceinline__ void take_first() {
    tiles_.find_maxima();
    const float own = tiles_.greatest();
    const std::int32_t key = key_of(own);
    // Only where it is the warp's, too.
    std::int64_t place = INT64_MIN;
    if (key == __reduce_max_sync(~0u, key))
      place = Packing<std::int64_t>::pack(key, first_token_of(own));
    team_.meet();
    place = team_.greatest(place);
    if (!has_maximum(static_cast<std::int32_t>(Packing<std::int64_t>::key(place)))) return;
    finish({{static_cast<std::uint32_t>(Packing<std::int64_t>::index(place)), maximum_}});
  }

  __device__ __forceinline__ void draw() {
    RowWeights<Tiles, Team> weights(tiles_, team_, settings_.scale);
    tiles_.find_maxima();
    const int bits = settings_.top_k > 0 ? group_bits(threads(), settings_.top_k) : 5;
    const std::int32_t own = key_of(tiles_.greatest());
    team_.meet();
    team_.send_maxima(own, bits);
    const bool weighs_all = asks_for_all();
    if (weighs_all) weights.add_up_all();
    const RandomPair random = random_pair(settings_.seed, settings_.offset, 0);
    team_.wait_for_maxima();
    if (!has_maximum(team_.greatest_maximum())) return;
    weights.set_maximum(maximum_);
    const SearchedRow row{arguments_, row_, settings_, random, maximum_};
    RowDraw draw = RowDrawing<Tiles, Team>(weights, tiles_, team_, row, room_).draw(weighs_all);
    if (arguments_.kind == LogprobKind::processed && draw.limit > 0)
      draw = found_by(search_nucleus<Tiles::kDType, Team>, row, team_, draw);
    finish(draw);
  }

  // Of the row.
  __device__ std::uint32_t threads() const {
    return static_cast<std::uint32_t>(team_.warps()) * 32;
  }

  // Whether the masses of all tiles will be asked for.
  __device__ bool asks_for_all() const {
    if (is_raw_mass_of_row()) return true;
    const bool share_of_all = settings_.top_p < 1.0F && arguments_.order != FilterOrder::sequential;
    if (settings_.top_k > 0) return share_of_all && arguments_.order == FilterOrder::joint;
    return share_of_all || !(settings_.min_p > 0.0F);
  }
  // Whether they serve the log-probability as they are.
  __device__ bool is_raw_mass_of_row() const {
    return arguments_.kind == LogprobKind::raw && !settings_.greedy && !tiles_.row().is_biased() &&
           settings_.scale.factor == mass_scale(1.0F).factor;
  }

  // Of this thread's.
  __device__ __forceinline__ std::uint32_t first_token_of(float logit) {
    std::uint32_t first = UINT32_MAX;
    tiles_.for_each_unrolled([&](int, float greatest, const auto& read) {
      if (greatest != logit) return;
      const Tile& tile = read();
#pragma unroll
      for (int i = 0; i < kTileTokens; ++i)
        if (tile.x(i) == logit) first = min(first, tile.token(i));
    });
    return first;
  }

  __device__ __forceinline__ void finish(const RowDraw& draw) {
    // Found by one warp, or known to all threads of the first CTA at least.
    const bool everyone = settings_.greedy || settings_.top_k > 0 || settings_.top_p < 1.0F;
    const bool writes = everyone ? is_first() : draw.drawn.is_here() && lane_id() == 0;
    const std::uint32_t token = draw.drawn.token;
    switch (arguments_.kind) {
      case LogprobKind::none:
        if (writes) store(token, 0.0F);
        return;
      case LogprobKind::processed:
        if (writes) store(token, processed_logprob(draw));
        return;
      case LogprobKind::raw:
        const RawMass raw = raw_mass(draw);
        if (writes) store(token, raw_logprob(tiles_.row().plain_logit(token), raw));
        return;
    }
  }

  __device__ float processed_logprob(const RowDraw& draw) const {
    if (settings_.greedy) return 0.0F;
    return logprob_of(draw.drawn.logit, maximum_, settings_.scale, draw.total);
  }

  // Of softmax over the logits of the allowed tokens.
  __device__ __forceinline__ RawMass raw_mass(const RowDraw& draw) {
    if (draw.of_row > 0 && is_raw_mass_of_row()) return {maximum_, draw.of_row};
    if (tiles_.row().is_biased() || maximum_ == kInfinity) {
      const SearchedRow row{arguments_, row_, settings_, {}, maximum_};
      return found_by(search_raw_mass<Tiles::kDType, Team>, row, team_, RawMass{});
    }
    RowWeights<Tiles, Team> weights(tiles_, team_, mass_scale(1.0F));
    weights.set_maximum(maximum_);
    weights.add_up_all();
    return {maximum_, weights.all_tiles()};
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
  RowSettings settings_;
  float maximum_ = 0.0F;
};

// `kTiles` of a thread are held in registers; 0: they are read again for each question.
template <DType kDType, int kTiles, bool kCluster>
__global__ void __launch_bounds__(kMostMassThreads)
    row_masses_kernel(const __grid_constant__ SampleArguments arguments) {
  using Tiles = RowTiles<kDType, kTiles>;
  using Team = RowTeam<kCluster>;
  extern __shared__ __align__(16) unsigned char dynamic_memory[];
  __shared__ RowTeamShared shared;
  __shared__ BestShared best;
  Team team(shared, arguments.ctas);
  const std::int64_t row = arguments.first_row + blockIdx.x;
  wait_for_previous_kernel();
  // Of the k best, the order of tokens is no matter.
  const bool is_dealt = value_at(arguments.parameters.top_k, row) > 0;
  Tiles tiles(arguments, row,
              is_dealt ? TilePlaces::dealt(team.warp(), team.warps())
                       : TilePlaces::in_order(team.warp(), arguments.tiles));
  team.begin();
  const BestRoom room{best, dynamic_memory, arguments.candidates};
  RowSampling<Tiles, Team>(arguments, row, tiles, team, room).run();
}

}  // namespace skim::cuda
