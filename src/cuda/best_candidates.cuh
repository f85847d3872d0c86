// The k best tokens of a row in order, with the mass before each, in every CTA of the row: three
// questions to all of them where a search for the k-th asks tens.
//   1. Each CTA ranks the maxima of groups of its threads and tells some of these: how many of its
//      tokens reach which logit, at least.
//   2. From what all have told follows a logit that k tokens reach, and few more. Those are sent to
//      every CTA.
//   3. How many are larger than one, and their masses together, are its rank and the mass before
//   it.
// Where more tokens reach the logit than there is room for, there are no candidates.
#pragma once

#include <cstdint>

#include "cuda/block.cuh"
#include "cuda/layout.h"
#include "cuda/row_masses_layout.h"
#include "cuda/row_weights.cuh"
#include "cuda/threshold.cuh"
#include "random/mass.h"
#include "random/token_bound.h"

namespace skim::cuda {

static_assert(kReachedLevels == kGathered);

struct BestShared {
  alignas(16) std::int32_t groups[kMostMassThreads];
  std::int32_t reached[kReachedLevels];
  std::int32_t threshold;
  std::uint32_t count;
  std::int64_t drawn;
};

// One of the k best, the mass before it and its own.
struct RankedToken {
  std::int64_t place;
  std::uint64_t before;
  std::uint64_t mass;
};
static_assert(sizeof(RankedToken) == kRankedTokenBytes);

template <class Tiles, class Team>
class BestCandidates {
 public:
  // `memory` of best_bytes(capacity of all CTAs).
  __device__ BestCandidates(RowWeights<Tiles, Team>& weights, Tiles& tiles, Team& team,
                            BestShared& shared, void* memory, std::uint32_t capacity,
                            std::uint32_t k)
      : weights_(weights),
        tiles_(tiles),
        team_(team),
        shared_(shared),
        lists_(static_cast<std::int64_t*>(memory)),
        candidates_(reinterpret_cast<Candidate*>(static_cast<unsigned char*>(memory) +
                                                 best_list_bytes(capacity))),
        capacity_(capacity / static_cast<std::uint32_t>(team.ctas())),
        k_(k) {}

  // False where there are too many. All threads call these, and get the same answers.
  __device__ bool find() {
    choose_threshold();
    const std::uint32_t own = collect();
    count_ = team_.exchange_lists(lists_, capacity_, own);
    if (count_ > kMostCandidates) return false;
    gather();
    rank();
    return true;
  }

  // k of them; fewer where other tokens are at -inf.
  __device__ std::uint32_t count() const { return min(k_, count_); }
  __device__ const RankedToken& token(std::uint32_t rank) const {
    return reinterpret_cast<const RankedToken*>(lists_)[rank];
  }

  // How many of the first `among` have it.
  template <class Has>
  __device__ std::uint32_t count_if(std::uint32_t among, Has has) const {
    return static_cast<std::uint32_t>(
        __syncthreads_count(threadIdx.x < among && has(token(threadIdx.x))));
  }
  __device__ std::uint64_t mass_of(std::uint32_t first) const {
    return token(first - 1).before + token(first - 1).mass;
  }
  // The place of that which holds a unit of the mass of all; of its own rank each.
  __device__ std::int64_t holder_of(std::uint64_t unit) const {
    if (threadIdx.x < count()) {
      const RankedToken& mine = token(threadIdx.x);
      if (unit >= mine.before && unit - mine.before < mine.mass) shared_.drawn = mine.place;
    }
    __syncthreads();
    return shared_.drawn;
  }

 private:
  struct alignas(16) Candidate {
    std::int64_t place;
    std::uint64_t mass;
  };

  static constexpr std::int32_t kLowest =
      order_key<DType::f32, true>(KeyOrder<DType::f32>::negative_infinity);

  // As many tokens as a level is of: from a few of the k to all of them.
  __device__ std::uint32_t level(std::uint32_t i) const {
    return (k_ * (i + 1) * (i + 1) + kReachedLevels * kReachedLevels - 1) /
           (kReachedLevels * kReachedLevels);
  }

  // So few lanes share a group that there are several groups for each of the CTA's share of the k.
  __device__ std::uint32_t lanes_of_group() const {
    const std::uint32_t wanted = max(4 * k_ / static_cast<std::uint32_t>(team_.ctas()), 64u);
    std::uint32_t lanes = 8;
    while (lanes > 1 && blockDim.x / lanes < wanted) lanes /= 2;
    return lanes;
  }

  // What a CTA's groups reach, told to all; then a logit that k tokens of the row reach.
  __device__ void choose_threshold() {
    const std::uint32_t lanes = lanes_of_group();
    const auto lane = static_cast<std::uint32_t>(lane_id());
    std::int32_t maximum = order_key<DType::f32, true>(__float_as_int(tiles_.greatest()));
#pragma unroll 1
    for (std::uint32_t offset = 1; offset < lanes; offset *= 2)
      maximum = max(maximum, __shfl_xor_sync(~0u, maximum, offset));
    const std::uint32_t group = threadIdx.x / lanes;
    const std::uint32_t part = lane % lanes;
    const std::int32_t mine = Number::of(maximum, group);
    if (part == 0) shared_.groups[group] = mine;
    if (threadIdx.x < kReachedLevels) shared_.reached[threadIdx.x] = INT32_MIN;
    if (threadIdx.x == 0) shared_.count = 0;
    __syncthreads();
    const std::uint32_t groups = blockDim.x / lanes;
    std::uint32_t larger =
        larger_of_share(shared::address_of(shared_.groups), groups, mine, part, lanes);
#pragma unroll 1
    for (std::uint32_t offset = 1; offset < lanes; offset *= 2)
      larger += __shfl_xor_sync(~0u, larger, offset);
    if (part == 0) {
#pragma unroll
      for (std::uint32_t i = 0; i < kReachedLevels; ++i)
        if (larger + 1 == level(i)) shared_.reached[i] = Number::key(mine);
    }
    __syncthreads();
    const std::int32_t* const reached = team_.gather(shared_.reached);
    if (warp_id() == 0) {
      const std::int32_t bound = bound_of(reached);
      if (lane == 0) shared_.threshold = max(bound, kLowest + 1);
    }
    __syncthreads();
  }

  // `reached`: what reaches the levels of each CTA.
  __device__ std::int32_t bound_of(const std::int32_t* reached) const {
    const auto number = static_cast<std::uint32_t>(team_.ctas()) * kReachedLevels;
    // Keys of a lane have one level, as there are at least so many lanes.
    const auto lane = static_cast<std::uint32_t>(lane_id());
    const std::uint32_t i = lane % kReachedLevels;
    const std::uint32_t more = level(i) - (i == 0 ? 0 : level(i - 1));
    std::int32_t mine[kMostClusterCtas * kReachedLevels / 32];
    std::int32_t low = INT32_MAX;
    std::int32_t high = INT32_MIN;
#pragma unroll
    for (std::uint32_t j = 0; j < kMostClusterCtas * kReachedLevels / 32; ++j) {
      const std::uint32_t at = j * 32 + lane;
      mine[j] = at < number ? reached[at] : INT32_MIN;
      low = min(low, mine[j]);
      high = max(high, mine[j]);
    }
    const auto reaching = [&](std::int32_t key) {
      std::uint32_t tokens = 0;
#pragma unroll
      for (const std::int32_t one : mine) tokens += one >= key ? more : 0;
      return __reduce_add_sync(~0u, tokens);
    };
    low = __reduce_min_sync(~0u, low);
    if (reaching(low) < k_) return INT32_MIN;
    return bound_between(low, __reduce_max_sync(~0u, high), k_, k_ / 8,
                         [&](std::int32_t first, std::int32_t second, std::int32_t third) {
                           return ThreeCounts{reaching(first), reaching(second), reaching(third)};
                         });
  }

  // The places of this CTA's that reach the threshold; as many as there is room for.
  __device__ std::uint32_t collect() {
    const float threshold = bound_at(Packing<std::int64_t>::pack(shared_.threshold, 0)).value;
    std::int64_t* const list = lists_ + static_cast<std::uint32_t>(team_.rank()) * capacity_;
    tiles_.for_each([&](std::uint32_t, float greatest, const auto& read) {
      if (__any_sync(~0u, greatest >= threshold) == 0) return;
      const Tile tile = read();
      if (greatest < threshold) return;
#pragma unroll
      for (int i = 0; i < kTileTokens; ++i) {
        if (!(tile.x(i) >= threshold)) continue;
        const std::uint32_t slot = atomicAdd(&shared_.count, 1u);
        if (slot < capacity_) list[slot] = place_of({tile.x(i), tile.token(i)});
      }
    });
    __syncthreads();
    return shared_.count;
  }

  // The lists behind each other, with masses.
  __device__ void gather() {
    std::uint32_t first = 0;
#pragma unroll 1
    for (int cta = 0; cta < team_.ctas(); ++cta) {
      const std::uint32_t end = team_.listed(cta);
#pragma unroll 1
      for (std::uint32_t i = threadIdx.x; i < end; i += blockDim.x) {
        const std::int64_t place = lists_[static_cast<std::uint32_t>(cta) * capacity_ + i];
        candidates_[first + i] = {
            place, candidate_mass(bound_at(place).value, weights_.maximum(), weights_.scale())};
      }
      first += end;
    }
    __syncthreads();
  }

  // Several threads a candidate where there are enough. Ranks and masses are added as one number.
  __device__ void rank() {
    constexpr std::uint64_t kOne = std::uint64_t{1} << kRankShift;
    std::uint32_t parts = 8;
    while (parts > 1 && count_ * parts > blockDim.x) parts /= 2;
    auto* const ranked = reinterpret_cast<RankedToken*>(lists_);
    const std::uint32_t part = threadIdx.x % parts;
    const std::uint32_t step = blockDim.x / parts;
#pragma unroll 1
    for (std::uint32_t first = 0; first < count_; first += step) {
      const std::uint32_t i = first + threadIdx.x / parts;
      const Candidate mine = i < count_ ? candidates_[i] : Candidate{INT64_MAX, 0};
      std::uint64_t before = 0;
#pragma unroll 4
      for (std::uint32_t j = part; j < count_; j += parts) {
        const Candidate other = candidates_[j];
        before += other.place > mine.place ? other.mass + kOne : 0;
      }
#pragma unroll 1
      for (std::uint32_t offset = 1; offset < parts; offset *= 2)
        before += lane_value(before, lane_id() ^ static_cast<int>(offset));
      const auto rank = static_cast<std::uint32_t>(before >> kRankShift);
      if (i < count_ && part == 0 && rank < k_)
        ranked[rank] = {mine.place, before & (kOne - 1), mine.mass};
    }
    __syncthreads();
  }

  using Number = GroupNumber<std::int32_t>;
  static constexpr int kRankShift = 52;
  static_assert(kMostCandidates < 1 << (64 - kRankShift));
  static_assert(std::uint64_t{kMostCandidates} << kMassBits < std::uint64_t{1} << kRankShift);

  RowWeights<Tiles, Team>& weights_;
  Tiles& tiles_;
  Team& team_;
  BestShared& shared_;
  std::int64_t* lists_;  // of each CTA; later the ranked tokens
  Candidate* candidates_;
  std::uint32_t capacity_;  // of a CTA
  std::uint32_t k_;
  std::uint32_t count_ = 0;
};

}  // namespace skim::cuda
