// The k best tokens of a row in order, with the mass before each, in the first CTA of the row.
//   1. From maxima of groups of lanes, which every CTA has, follows a logit that k tokens reach,
//      and few more.
//   2. Those are stored into the first CTA as they are found, and their number is told to all.
//   3. How many are larger than one, and their masses together, are its rank and the mass before
//      it.
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

struct BestShared {
  std::int32_t threshold;
  std::uint32_t count;
  std::int64_t drawn;
};

// Where candidates are put.
struct BestRoom {
  BestShared& shared;
  void* memory;
  std::uint32_t capacity;  // of the lists of all CTAs
};

// One of the k best, the mass before it and its own.
struct RankedToken {
  std::int64_t place;
  std::uint64_t before;
  std::uint64_t mass;
};
static_assert(sizeof(RankedToken) == kRankedTokenBytes);

// Groups are of 2^bits lanes: several of them for each of the k, so that the best tokens are the
// maxima of groups of their own.
__device__ inline int group_bits(std::uint32_t threads, std::int64_t k) {
  const auto wanted = static_cast<std::uint32_t>(min(kGroupsOfBest * k, std::int64_t{kMostGroups}));
  int bits = 0;
  while (bits < 5 && (threads >> bits > kMostGroups || threads >> (bits + 1) >= wanted)) ++bits;
  return bits;
}

template <class Tiles, class Team>
class BestCandidates {
 public:
  // `room.memory` of best_bytes(room.capacity).
  __device__ BestCandidates(RowWeights<Tiles, Team>& weights, Tiles& tiles, Team& team,
                            const BestRoom& room, std::uint32_t k)
      : weights_(weights),
        tiles_(tiles),
        team_(team),
        shared_(room.shared),
        lists_(static_cast<std::int64_t*>(room.memory)),
        candidates_(reinterpret_cast<Candidate*>(static_cast<unsigned char*>(room.memory) +
                                                 best_list_bytes(room.capacity))),
        capacity_(room.capacity / static_cast<std::uint32_t>(team.ctas())),
        k_(k) {}

  // False where there are too many, to all threads of the row. `mass` of them all is added up
  // besides. Then only the first CTA may ask for anything else, by all its threads together.
  __device__ __forceinline__ bool find(std::uint64_t mass) {
    choose_threshold();
    team_.note_mass(mass);
    collect();
    __syncthreads();
    const RowLists lists = team_.exchange_lists(shared_.count, capacity_);
    noted_mass_ = lists.mass();
    count_ = lists.length();
    if (count_ > kMostCandidates || lists.is_any_longer(capacity_)) return false;
    if (team_.rank() == 0) {
      gather(lists);
      rank();
    }
    return true;
  }
  __device__ std::uint64_t noted_mass() const { return noted_mass_; }

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

  // A logit that k tokens of the row reach, to the threads of this CTA.
  __device__ void choose_threshold() {
    if (warp_id() == 0) {
      const std::uint32_t groups = team_.groups();
      std::uint32_t padded = 32;
      while (padded < groups) padded *= 2;
      for (std::uint32_t i = groups + static_cast<std::uint32_t>(lane_id()); i < padded; i += 32)
        team_.maxima()[i] = INT32_MIN;
      __syncwarp();
      const std::int32_t bound =
          groups < k_ ? INT32_MIN
                      : bound_of_maxima(shared::address_of(team_.maxima()), padded, k_, k_ / 8);
      if (lane_id() == 0) {
        shared_.threshold = max(bound, kLowest + 1);
        shared_.count = 0;
      }
    }
    __syncthreads();
  }

  // The places of this CTA's tokens that reach the threshold; as many as there is room for.
  __device__ __forceinline__ void collect() {
    const float threshold = bound_at(Packing<std::int64_t>::pack(shared_.threshold, 0)).value;
    tiles_.for_each_unrolled([&](int, float greatest, const auto& read) {
      if (!(greatest >= threshold)) return;
      const Tile& tile = read();
      std::uint32_t hits = 0;
#pragma unroll
      for (int i = 0; i < kTileTokens; ++i) hits |= tile.x(i) >= threshold ? 1u << i : 0;
      const bool is_alone = (hits & (hits - 1)) == 0;
#pragma unroll 1
      for (; hits != 0; hits &= hits - 1) {
        const std::uint32_t token = tile.token(__ffs(static_cast<int>(hits)) - 1);
        const float x = is_alone ? greatest : tiles_.row().logit(token);
        const std::uint32_t slot = atomicAdd(&shared_.count, 1u);
        if (slot < capacity_) team_.list(lists_, capacity_, slot, place_of({x, token}));
      }
    });
  }

  // The lists behind each other, with masses; a list a warp.
  __device__ void gather(const RowLists& lists) {
#pragma unroll 1
    for (int cta = warp_id(); cta < team_.ctas(); cta += warp_count()) {
      const std::uint32_t length = lists.length_of(cta);
      const std::uint32_t before = lists.length_before(cta);
#pragma unroll 1
      for (auto i = static_cast<std::uint32_t>(lane_id()); i < length; i += 32) {
        const std::int64_t place = lists_[static_cast<std::uint32_t>(cta) * capacity_ + i];
        candidates_[before + i] = {
            place, candidate_mass(bound_at(place).value, weights_.maximum(), weights_.scale())};
      }
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
  std::uint64_t noted_mass_ = 0;
};

}  // namespace skim::cuda
