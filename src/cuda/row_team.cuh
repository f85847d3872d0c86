// What the threads of all CTAs of one row find out together: a CTA alone, or a cluster of them
// through each other's shared memory, one hop an answer.
//
// Every thread calls, in the same order, and gets the answer. Two places for what is exchanged
// suffice: who sends the next but one has heard of everyone after that read the last.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/block.cuh"
#include "cuda/cluster.cuh"
#include "cuda/layout.h"
#include "cuda/shared.cuh"
#include "cuda/wide_numbers.cuh"

namespace skim::cuda {

// Numbers of 32 bits that a CTA tells the others, once a row; a multiple of two.
inline constexpr int kGathered = 8;

struct WordPair {
  std::int64_t first;
  std::int64_t second;
};

struct RowTeamShared {
  alignas(16) std::uint64_t barriers[2];
  WordPair of_cta[2][kMostClusterCtas];
  WordPair of_warp[2][kMostWarps];
  std::int32_t gathered[kMostClusterCtas * kGathered];
};

// Of what all threads have.
struct RowSums {
  std::uint64_t mass = 0;
  std::uint32_t count = 0;
  std::uint64_t before = 0;   // the mass of the warps before this one
  std::uint64_t of_warp = 0;  // that of this one
};

template <bool kCluster>
class RowTeam {
  using Address = shared::Address;

 public:
  static constexpr CtaTeam kTeam = kCluster ? CtaTeam::cluster : CtaTeam::grid;

  __device__ RowTeam(RowTeamShared& shared, int ctas)
      : shared_(shared),
        barriers_(shared::address_of(shared.barriers)),
        ctas_(kCluster ? ctas : 1),
        rank_(kCluster ? static_cast<int>(cluster::rank()) : 0) {}

  // Until the first question the row's loads are under way.
  __device__ void begin() const {
    if constexpr (kCluster) {
      if (threadIdx.x == 0) {
        cluster::init_barrier(barriers_, static_cast<std::uint32_t>(ctas_));
        cluster::init_barrier(barriers_ + 8, static_cast<std::uint32_t>(ctas_));
        cluster::publish_barriers();
      }
      cluster::arrive_relaxed();
    }
  }

  // The place of this warp among those of the row.
  __device__ int warp() const { return rank_ * warp_count() + warp_id(); }

  __device__ std::int64_t greatest(std::int64_t own) {
    const WordPair of_lane = words_of_warps({warp_greatest(own), 0}, INT64_MIN);
    std::int64_t best = warp_greatest(of_lane.first);
    if constexpr (kCluster) {
      best = warp_greatest(words_of_ctas({best, 0}, INT64_MIN).first);
    }
    next_turn();
    return best;
  }

  __device__ RowSums sums(std::uint64_t mass, std::uint32_t count) {
    RowSums sums;
    sums.of_warp = warp_sum(mass);
    const std::uint32_t count_of_warp = __reduce_add_sync(~0u, count);
    const WordPair warps = words_of_warps({signed_of(sums.of_warp), count_of_warp}, 0);
    add(warps, warp_id(), sums);
    if constexpr (kCluster) {
      const std::uint64_t before = sums.before;
      add(words_of_ctas({signed_of(sums.mass), sums.count}, 0), rank_, sums);
      sums.before += before;
    }
    next_turn();
    return sums;
  }

  // kGathered numbers of every CTA, one CTA behind the other; once a row. All threads have seen
  // those of their own.
  __device__ const std::int32_t* gather(const std::int32_t* own) {
    if constexpr (!kCluster) return own;
    constexpr std::uint32_t kWords = kGathered / 2;
    const Address barrier = this_barrier();
    const Address here = shared::address_of(shared_.gathered + rank_ * kGathered);
    const std::uint32_t to = threadIdx.x / kWords;
    const std::uint32_t word = threadIdx.x % kWords;
#pragma unroll 1
    for (std::uint32_t cta = to; cta < static_cast<std::uint32_t>(ctas_);
         cta += blockDim.x / kWords) {
      const Address there = cluster::mapped(barrier, cta);
      if (word == 0) cluster::expect_bytes_there(there, kWords * 8);
      const auto both = std::uint64_t{static_cast<std::uint32_t>(own[2 * word + 1])} << 32 |
                        static_cast<std::uint32_t>(own[2 * word]);
      cluster::store(cluster::mapped(here + word * 8, cta), static_cast<std::int64_t>(both), there);
    }
    wait();
    next_turn();
    return shared_.gathered;
  }

  // Sends this CTA's list, of those in `lists` with room for `capacity` each, to every CTA; returns
  // how many entries all have, or UINT32_MAX where one has no room for its own. Once a row; all
  // threads have seen the list.
  __device__ std::uint32_t exchange_lists(std::int64_t* lists, std::uint32_t capacity,
                                          std::uint32_t count) {
    if constexpr (kCluster) {
      const std::uint32_t sent = count <= capacity ? count : 0;
      send_list(lists + static_cast<std::uint32_t>(rank_) * capacity, sent);
      listed_ = static_cast<std::uint32_t>(words_of_ctas({count, 0}, 0, sent * 8).first);
      next_turn();
    } else {
      listed_ = lane_id() == 0 ? count : 0;
    }
    const std::uint32_t all = __reduce_add_sync(~0u, listed_);
    return __any_sync(~0u, listed_ > capacity) != 0 ? UINT32_MAX : all;
  }
  // Of the lists that were exchanged; the lanes of a warp together.
  __device__ std::uint32_t listed(int cta) const { return __shfl_sync(~0u, listed_, cta); }

  __device__ int ctas() const { return ctas_; }
  __device__ int rank() const { return rank_; }

 private:
  static __device__ std::int64_t signed_of(std::uint64_t mass) {
    return static_cast<std::int64_t>(mass);
  }

  // Of what one lane each knows; `before`: those of lanes below `place`.
  static __device__ void add(const WordPair& of_lane, int place, RowSums& sums) {
    const auto mass = static_cast<std::uint64_t>(of_lane.first);
    sums.mass = warp_sum(mass);
    sums.count = __reduce_add_sync(~0u, static_cast<std::uint32_t>(of_lane.second));
    sums.before = warp_sum(lane_id() < place ? mass : 0);
  }

  // Lane i gets what warp i of the CTA has.
  __device__ WordPair words_of_warps(const WordPair& own, std::int64_t others) {
    WordPair* const of_warp = shared_.of_warp[turn_ & 1];
    if (lane_id() == 0) of_warp[warp_id()] = own;
    __syncthreads();
    return lane_id() < warp_count() ? of_warp[lane_id()] : WordPair{others, 0};
  }

  __device__ Address this_barrier() const { return barriers_ + (turn_ & 1) * 8; }
  __device__ void wait() const { cluster::wait_for(this_barrier(), turn_ >> 1 & 1); }

  // To the same place in all other CTAs.
  __device__ void send_list(const std::int64_t* list, std::uint32_t count) const {
    const auto ctas = static_cast<std::uint32_t>(ctas_);
    const Address here = shared::address_of(list);
#pragma unroll 1
    for (std::uint32_t i = threadIdx.x; i < count * ctas; i += blockDim.x) {
      const std::uint32_t to = i % ctas;
      const std::uint32_t slot = i / ctas;
      if (to == static_cast<std::uint32_t>(rank_)) continue;
      cluster::store(cluster::mapped(here + slot * 8, to), list[slot],
                     cluster::mapped(this_barrier(), to));
    }
  }

  // Lane i gets what CTA i has.
  // `list_bytes` that the others get beside it were stored before.
  __device__ WordPair words_of_ctas(const WordPair& own, std::int64_t others,
                                    std::uint32_t list_bytes = 0) {
    constexpr std::uint32_t kBytes = sizeof(WordPair);
    if (turn_ == 0) cluster::wait();
    const std::uint32_t place = turn_ & 1;
    if (warp_id() == 0 && lane_id() < ctas_) {
      const auto to = static_cast<std::uint32_t>(lane_id());
      const Address there = cluster::mapped(this_barrier(), to);
      const Address word = cluster::mapped(shared::address_of(&shared_.of_cta[place][rank_]), to);
      cluster::expect_bytes_there(
          there, kBytes + (to == static_cast<std::uint32_t>(rank_) ? 0 : list_bytes));
      cluster::store(word, own.first, there);
      cluster::store(word + 8, own.second, there);
    }
    wait();
    if (lane_id() >= ctas_) return {others, 0};
    const Address from = shared::address_of(&shared_.of_cta[place][lane_id()]);
    return {shared::load<std::int64_t>(from), shared::load<std::int64_t>(from + 8)};
  }

  __device__ void next_turn() { ++turn_; }

  RowTeamShared& shared_;
  Address barriers_;
  int ctas_;
  int rank_;
  std::uint32_t turn_ = 0;
  std::uint32_t listed_ = 0;  // of the CTA with the lane's number
};

}  // namespace skim::cuda
