// How the CTAs of one row work together in cluster_maxima: as a cluster, through each other's
// shared memory, with an equal share of the work to the end; or a CTA alone.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/arguments.h"
#include "cuda/block.cuh"
#include "cuda/cluster.cuh"
#include "cuda/cluster_maxima_layout.h"
#include "cuda/shared.cuh"
#include "cuda/sorted_lists.cuh"
#include "cuda/threshold.cuh"
#include "order/candidate.h"

namespace skim::cuda {

// What a CTA tells the others beside its candidates: how many there are, and the bound below which
// it may have left elements out; INT32_MIN where only its k best can matter.
using Notice = std::int64_t;
__device__ inline Notice notice_of(std::uint32_t count, std::int32_t bound) {
  return static_cast<Notice>(static_cast<std::uint64_t>(count) << 32 |
                             static_cast<std::uint32_t>(bound));
}
__device__ inline std::uint32_t count_of(Notice notice) {
  return static_cast<std::uint32_t>(static_cast<std::uint64_t>(notice) >> 32);
}
__device__ inline std::int32_t bound_of(Notice notice) { return static_cast<std::int32_t>(notice); }

struct ExchangeShared {
  alignas(8) std::uint64_t barriers[kExchangeRounds];
  Notice notices[kExchangeRounds][kMostClusterCtas];
};

// One hop: every candidate is stored into every CTA and counted there; then each CTA orders its own
// among all of them. A second round has its own lists and barrier, because the slowest CTA may
// still read those of the first.
class ExchangeTeam {
  using Address = shared::Address;
  static constexpr std::uint32_t kBytes = sizeof(RowCandidate);

 public:
  static constexpr CtaTeam kTeam = CtaTeam::cluster;
  // Of a share of the k best; code for long ones costs 0.2 us where it is not needed.
  static constexpr bool kHasLongLists = false;

  __device__ ExchangeTeam(const TopkArguments& arguments, ExchangeShared& shared, const void* lists)
      : lists_(shared::address_of(lists)),
        barriers_(shared::address_of(shared.barriers)),
        list_bytes_(list_stride(arguments.capacity) * kBytes),
        wanted_(arguments.wanted),
        cta_bits_(arguments.cta_bits),
        rank_(cluster::rank()) {}

  __device__ std::int64_t row() const { return blockIdx.x; }
  __device__ std::uint32_t rank() const { return rank_; }
  __device__ std::uint32_t ctas() const { return 1u << cta_bits_; }
  __device__ std::uint32_t wanted(std::uint32_t) const { return wanted_; }

  // Until the first exchange the row's loads are under way.
  __device__ void begin() const {
    if (threadIdx.x == 0) {
#pragma unroll
      for (std::uint32_t round = 0; round < kExchangeRounds; ++round)
        cluster::init_barrier(barriers_ + round * 8, ctas());
      cluster::publish_barriers();
    }
    cluster::arrive_relaxed();
  }

  // Where the CTA collects its candidates, behind those that are sent.
  __device__ Address own_list() const {
    return lists_ + (kExchangeRounds << cta_bits_) * list_bytes_;
  }
  __device__ Address queue() const { return own_list() + list_bytes_; }

  // By all threads, after they have seen the own list complete: sends it to every CTA.
  __device__ void exchange(std::uint32_t count, std::int32_t bound) const {
    if (round_ == 0) cluster::wait();
    const std::uint32_t sent = in_order(count) ? count : padded(count);
    const std::uint32_t from_last = blockDim.x - 1 - threadIdx.x;
    if (from_last < ctas()) {
      const auto there = cluster::mapped(barrier(), from_last);
      cluster::store(cluster::mapped(notice_place(rank_), from_last), notice_of(count, bound),
                     there);
      cluster::expect_bytes_there(there,
                                  static_cast<std::uint32_t>(sizeof(Notice)) + sent * kBytes);
    }
    if (in_order(count)) {
      send_in_order(count);
    } else {
      send_as_they_are(sent);
    }
    cluster::wait_for(barrier());
  }

  // False where an element that was not sent may be among the k best: what was not sent lies below
  // the highest of the bounds.
  template <class Write>
  __device__ bool write_best(std::uint32_t k, Write write) const {
    const std::int32_t highest =
        round_ == 0 ? __reduce_max_sync(~0u, bound_of(notice(lane_id() & (ctas() - 1))))
                    : INT32_MIN;
    return write_merged(*this, rank_, k, highest, write);
  }

  // A bound for a round that leaves nothing out, the same in every CTA.
  __device__ std::int32_t next_round(std::uint32_t k, std::int32_t& shared_bound) {
    const std::int32_t bound = bound_of_lists(k, shared_bound);
    ++round_;
    return bound;
  }

  __device__ bool fills() const { return rank_ == 0; }

  // As write_merged wants them.
  __device__ int bits() const { return cta_bits_; }
  __device__ std::uint32_t count(std::uint32_t cta) const { return count_of(notice(cta)); }
  __device__ bool in_order(std::uint32_t count) const { return is_in_order(count, wanted_); }
  __device__ Address address(std::uint32_t cta) const {
    return lists_ + ((round_ << cta_bits_) + cta) * list_bytes_;
  }

 private:
  __device__ void send_as_they_are(std::uint32_t count) const {
#pragma unroll 1
    for (std::uint32_t i = threadIdx.x; i < count << cta_bits_; i += blockDim.x) {
      const std::uint32_t slot = i >> cta_bits_;
      send(slot, shared::load<RowCandidate>(own_list() + slot * kBytes), i & (ctas() - 1));
    }
  }
  __device__ void send_in_order(std::uint32_t count) const {
    for_each_in_order<kHasLongLists>(
        own_list(), count,
        [&](std::uint32_t rank, RowCandidate candidate, std::uint32_t part, std::uint32_t parts) {
#pragma unroll 1
          for (std::uint32_t cta = part; cta < ctas(); cta += parts) send(rank, candidate, cta);
        });
  }
  __device__ void send(std::uint32_t slot, RowCandidate candidate, std::uint32_t cta) const {
    cluster::store(cluster::mapped(address(rank_) + slot * kBytes, cta), candidate,
                   cluster::mapped(barrier(), cta));
  }

  __device__ Address barrier() const { return barriers_ + round_ * 8; }
  __device__ Address notice_place(std::uint32_t cta) const {
    constexpr auto kOffset = static_cast<std::uint32_t>(offsetof(ExchangeShared, notices));
    return barriers_ + kOffset + (round_ * kMostClusterCtas + cta) * 8;
  }
  __device__ Notice notice(std::uint32_t cta) const {
    return shared::load<Notice>(notice_place(cta));
  }

  static __device__ std::int32_t key_of(RowCandidate candidate) {
    return static_cast<std::int32_t>(Packing<RowCandidate>::key(candidate));
  }

  // visit(key) for this lane's share of all candidates.
  template <class Visit>
  __device__ void for_each_key(Visit visit) const {
    const auto lane = static_cast<std::uint32_t>(lane_id());
    const std::uint32_t cta = lane & (ctas() - 1);
    const std::uint32_t end = count(cta);
#pragma unroll 1
    for (std::uint32_t i = lane >> cta_bits_; i < end; i += 32u >> cta_bits_)
      visit(key_of(shared::load<RowCandidate>(address(cta) + i * kBytes)));
  }

  // A bound that at least k candidates reach; INT32_MIN where there are fewer. All threads call.
  __device__ std::int32_t bound_of_lists(std::uint32_t k, std::int32_t& shared_bound) const {
    __syncthreads();
    if (warp_id() == 0) {
      std::int32_t low = INT32_MAX;
      std::int32_t high = INT32_MIN;
      std::uint32_t total = 0;
      for_each_key([&](std::int32_t key) {
        low = min(low, key);
        high = max(high, key);
        ++total;
      });
      const auto count = [&](std::int32_t first, std::int32_t second, std::int32_t third) {
        ThreeCounts counts{0, 0, 0};
        for_each_key([&](std::int32_t key) {
          counts.of_first += key >= first;
          counts.of_second += key >= second;
          counts.of_third += key >= third;
        });
        return ThreeCounts{__reduce_add_sync(~0u, counts.of_first),
                           __reduce_add_sync(~0u, counts.of_second),
                           __reduce_add_sync(~0u, counts.of_third)};
      };
      const bool enough = __reduce_add_sync(~0u, total) >= k;
      const std::int32_t bound =
          bound_between(__reduce_min_sync(~0u, low), __reduce_max_sync(~0u, high), k, k / 4, count);
      if (lane_id() == 0) shared_bound = enough ? bound : INT32_MIN;
    }
    __syncthreads();
    return shared_bound;
  }

  Address lists_;
  Address barriers_;
  std::uint32_t list_bytes_;
  std::uint32_t wanted_;
  int cta_bits_;
  std::uint32_t rank_;
  std::uint32_t round_ = 0;
};

// A CTA alone; nobody could be asked for more.
class LoneTeam {
 public:
  static constexpr CtaTeam kTeam = CtaTeam::grid;
  static constexpr bool kHasLongLists = true;

  __device__ LoneTeam(const TopkArguments& arguments, ExchangeShared&, const void* list)
      : list_(shared::address_of(list)),
        queue_(list_ + list_stride(arguments.capacity) *
                           static_cast<std::uint32_t>(sizeof(RowCandidate))) {}

  __device__ std::int64_t row() const { return blockIdx.x; }
  __device__ std::uint32_t rank() const { return 0; }
  __device__ std::uint32_t ctas() const { return 1; }
  __device__ std::uint32_t wanted(std::uint32_t k) const { return k; }

  __device__ void begin() const {}
  __device__ shared::Address own_list() const { return list_; }
  __device__ shared::Address queue() const { return queue_; }

  __device__ void exchange(std::uint32_t count, std::int32_t) { count_ = count; }

  template <class Write>
  __device__ bool write_best(std::uint32_t k, Write write) const {
    for_each_in_order<kHasLongLists>(
        list_, count_,
        [&](std::uint32_t rank, RowCandidate candidate, std::uint32_t part, std::uint32_t) {
          if (part == 0 && rank < k) write(rank, candidate);
        });
    return true;
  }
  __device__ std::int32_t next_round(std::uint32_t, std::int32_t&) const { return INT32_MIN; }
  __device__ bool fills() const { return true; }

 private:
  shared::Address list_;
  shared::Address queue_;
  std::uint32_t count_ = 0;
};

}  // namespace skim::cuda
