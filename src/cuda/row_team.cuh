// What the threads of all CTAs of one row find out together: a CTA alone, or a cluster of them
// through each other's shared memory, one hop an answer.
//
// Every thread calls, in the same order. Two places suffice for questions to all, and barriers for
// them: who sends the next but one has heard of everyone after that read the last. What one warp
// tells has a barrier of its own, as who has heard it has not heard of the others; a question comes
// between.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/block.cuh"
#include "cuda/cluster.cuh"
#include "cuda/layout.h"
#include "cuda/shared.cuh"
#include "cuda/wide_numbers.cuh"

namespace skim::cuda {

struct WordPair {
  std::int64_t first;
  std::int64_t second;
};

struct RowTeamShared {
  alignas(16) std::int32_t maxima[kMostGroups];
  std::uint64_t barriers[4];  // two in turn, that of the lists, that of what is told
  std::int64_t told;
  WordPair of_cta[2][kMostClusterCtas];
  WordPair of_list[kMostClusterCtas];
  WordPair of_warp[2][kMostWarps];
  std::int64_t noted[kMostWarps];
};

// Of what all threads have.
struct RowSums {
  std::uint64_t mass = 0;
  std::uint32_t count = 0;
};

// A part of a mass and what comes before it.
struct MassPart {
  std::uint64_t before;
  std::uint64_t own;

  __device__ bool holds(std::uint64_t unit) const { return unit >= before && unit - before < own; }
};

// The lists of all CTAs, by the lanes of a warp together.
struct RowLists {
  std::uint32_t length_of_lane = 0;  // of the CTA with the lane's number
  std::uint64_t mass_of_lane = 0;    // what was noted, a part of it

  __device__ std::uint32_t length() const { return __reduce_add_sync(~0u, length_of_lane); }
  __device__ std::uint32_t length_of(int cta) const {
    return __shfl_sync(~0u, length_of_lane, cta);
  }
  __device__ std::uint32_t length_before(int cta) const {
    return __reduce_add_sync(~0u, lane_id() < cta ? length_of_lane : 0);
  }
  __device__ bool is_any_longer(std::uint32_t capacity) const {
    return __any_sync(~0u, length_of_lane > capacity) != 0;
  }
  __device__ std::uint64_t mass() const { return warp_sum(mass_of_lane); }
};

template <bool kCluster>
class RowTeam {
  using Address = shared::Address;

 public:
  static constexpr CtaTeam kTeam = kCluster ? CtaTeam::cluster : CtaTeam::grid;

  __device__ RowTeam(RowTeamShared& shared, int ctas)
      : shared_(&shared),
        barriers_(shared::address_of(shared.barriers)),
        ctas_(kCluster ? ctas : 1),
        rank_(kCluster ? static_cast<int>(cluster::rank()) : 0) {}

  // Until the first question the row's loads are under way.
  __device__ void begin() const {
    if constexpr (kCluster) {
      if (threadIdx.x == 0) {
        cluster::init_barrier(barriers_, 1);
        cluster::init_barrier(barriers_ + 8, 1);
        cluster::init_barrier(list_barrier(), static_cast<std::uint32_t>(ctas_));
        cluster::init_barrier(told_barrier(), 1);
        cluster::publish_barriers();
      }
      cluster::arrive_relaxed();
    }
  }

  // Before a CTA stores into another, which then has begun.
  __device__ void meet() const {
    if constexpr (kCluster) cluster::wait();
  }

  __device__ int ctas() const { return ctas_; }
  __device__ int rank() const { return rank_; }
  __device__ int warps() const { return ctas_ * warp_count(); }
  // The place of this warp among those of the row.
  __device__ int warp() const { return rank_ * warp_count() + warp_id(); }

  // ---- maxima of groups of 2^bits lanes, once a row, before anything else ----

  __device__ void send_maxima(std::int32_t key, int bits) {
    key = greatest_of_lanes(key, bits);
    const auto lane = static_cast<std::uint32_t>(lane_id());
    const std::uint32_t group = (static_cast<std::uint32_t>(warp()) * 32 + lane) >> bits;
    const std::uint32_t part = lane & ((1u << bits) - 1);
    groups_ = static_cast<std::uint32_t>(warps()) * 32 >> bits;
    if constexpr (kCluster) {
      expect(this_barrier(), groups_ * static_cast<std::uint32_t>(sizeof(key)));
      const Address here = shared::address_of(shared_->maxima + group);
#pragma unroll 1
      for (std::uint32_t to = part; to < static_cast<std::uint32_t>(ctas_); to += 1u << bits)
        cluster::store(cluster::mapped(here, to), key, cluster::mapped(this_barrier(), to));
    } else {
      if (part == 0) shared_->maxima[group] = key;
    }
  }
  __device__ void wait_for_maxima() {
    if constexpr (kCluster) {
      wait();
    } else {
      __syncthreads();
    }
    ++turn_;
  }
  __device__ std::uint32_t groups() const { return groups_; }
  __device__ std::int32_t* maxima() const { return shared_->maxima; }
  __device__ std::int32_t greatest_maximum() const {
    std::int32_t greatest = INT32_MIN;
#pragma unroll 4
    for (auto i = static_cast<std::uint32_t>(lane_id()); i < groups_; i += 32)
      greatest = max(greatest, shared_->maxima[i]);
    return __reduce_max_sync(~0u, greatest);
  }

  // ---- questions that every thread gets the answer to ----

  __device__ std::int64_t greatest(std::int64_t own) {
    const WordPair warps = words_of_warps({warp_greatest(own), 0}, INT64_MIN);
    std::int64_t best = warp_greatest(warps.first);
    if constexpr (kCluster) {
      best = warp_greatest(words_of_ctas<1>({best, 0}, INT64_MIN).first);
    }
    ++turn_;
    return best;
  }

  __device__ std::uint64_t sum(std::uint64_t mass) { return sum_of_words<1>(mass, 0).mass; }
  __device__ RowSums sums(std::uint64_t mass, std::uint32_t count) {
    return sum_of_words<2>(mass, count);
  }

  // Of the last sum of masses: the part that this warp's threads had.
  __device__ MassPart part_of_warp() const {
    const std::uint32_t place = (turn_ - 1) & 1;
    MassPart part = part_at(shared_->of_warp[place], warp_count(), warp_id());
    if constexpr (kCluster) part.before += part_at(shared_->of_cta[place], ctas_, rank_).before;
    return part;
  }

  // What the lanes of one warp know, told to all. Not twice without a question between.
  __device__ std::int64_t told(bool is_here, std::int64_t word) {
    const Address place = shared::address_of(&shared_->told);
    if constexpr (kCluster) {
      expect(told_barrier(), sizeof(word));
      if (is_here && lane_id() < ctas_) {
        const auto to = static_cast<std::uint32_t>(lane_id());
        cluster::store(cluster::mapped(place, to), word, cluster::mapped(told_barrier(), to));
      }
      cluster::wait_for(told_barrier(), times_told_++ & 1);
    } else {
      if (is_here && lane_id() == 0) shared_->told = word;
      __syncthreads();
    }
    return shared::load<std::int64_t>(place);
  }

  // ---- lists of all CTAs for the first of them, once a row ----

  // In the first CTA's `lists`, with room for `capacity` each.
  __device__ void list(std::int64_t* lists, std::uint32_t capacity, std::uint32_t slot,
                       std::int64_t entry) const {
    std::int64_t* const place = lists + static_cast<std::uint32_t>(rank_) * capacity + slot;
    if constexpr (kCluster) {
      cluster::store(cluster::mapped(shared::address_of(place), 0), entry,
                     cluster::mapped(list_barrier(), 0));
    } else {
      *place = entry;
    }
  }

  // Before the CTA's threads meet and the lists are exchanged: a mass that goes with them.
  __device__ void note_mass(std::uint64_t own) const {
    const std::uint64_t of_warp = warp_sum(own);
    if (lane_id() == 0) shared_->noted[warp_id()] = signed_of(of_warp);
  }

  // The length of this CTA's list and what was noted, told to all.
  __device__ RowLists exchange_lists(std::uint32_t length, std::uint32_t capacity) const {
    RowLists lists;
    if constexpr (kCluster) {
      if (warp_id() == 0) send_length(length, capacity);
      cluster::wait_for(list_barrier());
      if (lane_id() >= ctas_) return lists;
      const Address from = shared::address_of(&shared_->of_list[lane_id()]);
      lists.length_of_lane = static_cast<std::uint32_t>(shared::load<std::int64_t>(from));
      lists.mass_of_lane = static_cast<std::uint64_t>(shared::load<std::int64_t>(from + 8));
    } else {
      if (lane_id() == 0) lists.length_of_lane = length;
      lists.mass_of_lane = noted_mass_of_lane();
    }
    return lists;
  }

 private:
  static __device__ std::int64_t signed_of(std::uint64_t mass) {
    return static_cast<std::int64_t>(mass);
  }

  static __device__ std::int32_t greatest_of_lanes(std::int32_t key, int bits) {
    if (bits == 5) return __reduce_max_sync(~0u, key);
#pragma unroll 1
    for (int bit = 0; bit < bits; ++bit) key = max(key, __shfl_xor_sync(~0u, key, 1 << bit));
    return key;
  }

  // `count` masses; that at `place` and the sum of those before it.
  static __device__ MassPart part_at(const WordPair* parts, int count, int place) {
    const std::uint64_t mine =
        lane_id() < count ? static_cast<std::uint64_t>(parts[lane_id()].first) : 0;
    return {warp_sum(lane_id() < place ? mine : 0), lane_value(mine, place)};
  }

  template <int kWords>
  __device__ RowSums sum_of_words(std::uint64_t mass, std::uint32_t count) {
    if constexpr (kWords > 1) count = __reduce_add_sync(~0u, count);
    RowSums sums = sum_of_lanes<kWords>(words_of_warps({signed_of(warp_sum(mass)), count}, 0));
    if constexpr (kCluster)
      sums = sum_of_lanes<kWords>(words_of_ctas<kWords>({signed_of(sums.mass), sums.count}, 0));
    ++turn_;
    return sums;
  }
  template <int kWords>
  static __device__ RowSums sum_of_lanes(const WordPair& of_lane) {
    RowSums sums{warp_sum(static_cast<std::uint64_t>(of_lane.first))};
    if constexpr (kWords > 1)
      sums.count = __reduce_add_sync(~0u, static_cast<std::uint32_t>(of_lane.second));
    return sums;
  }

  // Lane i gets what warp i of the CTA has.
  __device__ WordPair words_of_warps(const WordPair& own, std::int64_t others) {
    WordPair* const of_warp = shared_->of_warp[turn_ & 1];
    if (lane_id() == 0) of_warp[warp_id()] = own;
    __syncthreads();
    return lane_id() < warp_count() ? of_warp[lane_id()] : WordPair{others, 0};
  }

  // Lane i gets what CTA i has.
  template <int kWords>
  __device__ WordPair words_of_ctas(const WordPair& own, std::int64_t others) {
    constexpr std::uint32_t kBytes = sizeof(WordPair);
    WordPair* const of_cta = shared_->of_cta[turn_ & 1];
    expect(this_barrier(), static_cast<std::uint32_t>(ctas_) * kWords * 8);
    if (warp_id() == 0 && lane_id() < ctas_) {
      const auto to = static_cast<std::uint32_t>(lane_id());
      const Address there = cluster::mapped(this_barrier(), to);
      const Address words = cluster::mapped(shared::address_of(of_cta + rank_), to);
      cluster::store(words, own.first, there);
      if constexpr (kWords > 1) cluster::store(words + 8, own.second, there);
    }
    wait();
    if (lane_id() >= ctas_) return {others, 0};
    const Address from = shared::address_of(of_cta) + static_cast<Address>(lane_id()) * kBytes;
    return {shared::load<std::int64_t>(from),
            kWords > 1 ? shared::load<std::int64_t>(from + 8) : 0};
  }

  // To each CTA, by one warp; entries went to the first alone.
  __device__ void send_length(std::uint32_t length, std::uint32_t capacity) const {
    const std::uint64_t mass = warp_sum(noted_mass_of_lane());
    if (lane_id() >= ctas_) return;
    const auto to = static_cast<std::uint32_t>(lane_id());
    const Address there = cluster::mapped(list_barrier(), to);
    const Address words = cluster::mapped(shared::address_of(&shared_->of_list[rank_]), to);
    const std::uint32_t entries = to == 0 ? min(length, capacity) : 0;
    cluster::expect_bytes_there(there, static_cast<std::uint32_t>(sizeof(WordPair)) + entries * 8);
    cluster::store(words, std::int64_t{length}, there);
    cluster::store(words + 8, signed_of(mass), there);
  }
  __device__ std::uint64_t noted_mass_of_lane() const {
    return lane_id() < warp_count() ? static_cast<std::uint64_t>(shared_->noted[lane_id()]) : 0;
  }

  __device__ Address list_barrier() const { return barriers_ + 16; }
  __device__ Address told_barrier() const { return barriers_ + 24; }
  __device__ Address this_barrier() const { return barriers_ + (turn_ & 1) * 8; }
  // They may have come before.
  __device__ void expect(Address barrier, std::uint32_t bytes) const {
    if (threadIdx.x != 0) return;
    cluster::expect_bytes_there(cluster::mapped(barrier, static_cast<std::uint32_t>(rank_)), bytes);
  }
  __device__ void wait() const { cluster::wait_for(this_barrier(), turn_ >> 1 & 1); }

  RowTeamShared* shared_;
  Address barriers_;
  int ctas_;
  int rank_;
  std::uint32_t groups_ = 0;
  std::uint32_t turn_ = 0;
  std::uint32_t times_told_ = 0;
};

}  // namespace skim::cuda
