// How the CTAs of a cluster agree on a bound and hand each other their candidates: each owns a
// range of buckets, and what lies in it is stored into its shared memory.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/arguments.h"
#include "cuda/block.cuh"
#include "cuda/bucket_range.cuh"
#include "cuda/cluster.cuh"
#include "cuda/cluster_buckets_bound.cuh"
#include "cuda/layout.h"
#include "cuda/shared.cuh"

namespace skim::cuda {

struct ClusterBucketsTeamShared {
  alignas(8) std::uint64_t bounds_arrived;  // barriers
  std::uint64_t candidates_arrived;
  std::int64_t bounds[kMostClusterCtas];
  std::int64_t notices[kMostClusterCtas];
  std::uint32_t sent[kMostClusterCtas];
};

// Candidates in the shared memory of their owner: 2^part_bits parts, `stride` apart.
struct Received {
  int part_bits;
  std::uint32_t stride;
  std::uint32_t count;   // of this lane's part
  std::uint32_t total;   // of all parts
  std::uint32_t before;  // that better owners have
  bool is_complete;      // no CTA had more than its list holds
};

// By all threads: visit(place) for each place that holds a candidate.
template <class Visit>
__device__ void for_each_received(const Received& received, Visit visit) {
  const int warp_bits = 31 - __clz(warp_count());
  const int share_bits = max(warp_bits - received.part_bits, 0);  // warps of a part
  const std::uint32_t share = static_cast<std::uint32_t>(warp_id()) & ((1u << share_bits) - 1);
#pragma unroll 1
  for (int part = warp_id() >> share_bits; part < 1 << received.part_bits;
       part += 1 << (warp_bits - share_bits)) {
    const std::uint32_t count = __shfl_sync(~0u, received.count, part);
#pragma unroll 1
    for (std::uint32_t i = share * 32 + static_cast<std::uint32_t>(lane_id()); i < count;
         i += 32u << share_bits)
      visit(static_cast<std::uint32_t>(part) * received.stride + i);
  }
}

class ClusterBucketsTeam {
  using Address = shared::Address;

 public:
  __device__ ClusterBucketsTeam(const TopkArguments& arguments, ClusterBucketsTeamShared& shared,
                                Address received)
      : shared_(shared::address_of(&shared)),
        received_(received),
        capacity_(arguments.capacity),
        cta_bits_(arguments.cta_bits),
        rank_(cluster::rank()) {}

  __device__ std::uint32_t rank() const { return rank_; }
  __device__ std::uint32_t ctas() const { return 1u << cta_bits_; }
  __device__ int cta_bits() const { return cta_bits_; }
  __device__ std::uint32_t capacity() const { return capacity_; }
  // The k best are shared out alike.
  __device__ std::uint32_t share(std::uint32_t k) const { return (k + ctas() - 1) >> cta_bits_; }

  // While the row's loads are under way: waiting for the other CTAs empties the L1 and takes as
  // long as they do.
  __device__ void begin() const {
    if (threadIdx.x == 0) {
      const std::uint32_t numbers = ctas() * std::uint32_t{sizeof(std::int64_t)};
      cluster::init_barrier(at(offsetof(ClusterBucketsTeamShared, bounds_arrived)), 1);
      cluster::init_barrier(at(offsetof(ClusterBucketsTeamShared, candidates_arrived)), ctas());
      cluster::publish_barriers();
      cluster::expect_bytes_there(there(offsetof(ClusterBucketsTeamShared, bounds_arrived), rank_),
                                  numbers);
    }
    cluster::arrive_relaxed();
    if (threadIdx.x < kMostClusterCtas) shared::store(sent(threadIdx.x), 0);
    cluster::wait();
  }

  // By a warp. The last bit of a number says whether it is a bound.
  __device__ void send_bound(const ClusterBound& bound) const {
    const auto number = static_cast<std::uint32_t>(ordered(__float_as_int(bound.number)));
    const auto middle = static_cast<std::uint32_t>(ordered(__float_as_int(bound.middle)));
    const std::uint32_t shown = (number & ~1u) | (bound.is_reached ? 0 : 1);
    const auto cta = static_cast<std::uint32_t>(lane_id());
    if (cta >= ctas()) return;
    cluster::store(there(offsetof(ClusterBucketsTeamShared, bounds) + rank_ * 8, cta),
                   static_cast<std::int64_t>(std::uint64_t{shown} << 32 | middle),
                   there(offsetof(ClusterBucketsTeamShared, bounds_arrived), cta));
  }
  // The least: where each CTA has its share of elements that reach its own, k reach this one. And
  // the mean of the middles, in the order of floats; what is lower counts as the bound.
  __device__ ClusterBound common_bound() const {
    cluster::wait_for(at(offsetof(ClusterBucketsTeamShared, bounds_arrived)));
    const std::uint32_t cta = static_cast<std::uint32_t>(lane_id()) & (ctas() - 1);
    const auto of_cta =
        shared::load<std::int64_t>(at(offsetof(ClusterBucketsTeamShared, bounds)) + cta * 8);
    const auto number = static_cast<std::int32_t>(of_cta >> 32);
    const std::int32_t least = __reduce_min_sync(~0u, number);
    const auto low = static_cast<std::uint32_t>(least & ~1);
    const std::uint32_t above =
        static_cast<std::uint32_t>(max(static_cast<std::int32_t>(of_cta), least & ~1)) - low;
    const bool counts = static_cast<std::uint32_t>(lane_id()) < ctas();
    const std::uint32_t mean = __reduce_add_sync(~0u, counts ? above >> cta_bits_ : 0);
    return {__int_as_float(ordered(least & ~1)),
            __int_as_float(ordered(static_cast<std::int32_t>(low + mean))),
            !__any_sync(~0u, number & 1)};
  }

  // By all threads of a warp, for some of which there is a candidate.
  __device__ void send(bool wanted, RowCandidate candidate, std::uint32_t owner) const {
    const std::uint32_t slot = slot_for(wanted, owner);
    if (!wanted) return;
    const std::uint32_t place = rank_ * capacity_ + slot;
    cluster::store(cluster::mapped(received_ + place * std::uint32_t{sizeof(RowCandidate)}, owner),
                   candidate, there(offsetof(ClusterBucketsTeamShared, candidates_arrived), owner));
  }
  // By a warp, after a barrier behind all sending: how many each owner gets, and those before it.
  __device__ void announce(bool is_complete) const {
    const auto owner = static_cast<std::uint32_t>(lane_id());
    const bool is_owner = owner < ctas();
    const std::uint32_t count = is_owner ? shared::load<std::uint32_t>(sent(owner)) : 0;
    const std::uint32_t before = sum_through_lane(count) - count;
    if (!is_owner) return;
    const Address arrived = there(offsetof(ClusterBucketsTeamShared, candidates_arrived), owner);
    const std::uint32_t shown = is_complete ? count : kIncomplete;
    cluster::store(there(offsetof(ClusterBucketsTeamShared, notices) + rank_ * 8, owner),
                   static_cast<std::int64_t>(std::uint64_t{before} << 32 | shown), arrived);
    cluster::expect_bytes_there(arrived, (count + 1) * std::uint32_t{sizeof(RowCandidate)});
  }
  __device__ Received receive() const {
    cluster::wait_for(at(offsetof(ClusterBucketsTeamShared, candidates_arrived)));
    const auto source = static_cast<std::uint32_t>(lane_id());
    const auto notice = static_cast<std::uint64_t>(shared::load<std::int64_t>(
        at(offsetof(ClusterBucketsTeamShared, notices)) + (source & (ctas() - 1)) * 8));
    const std::uint32_t count = source < ctas() ? static_cast<std::uint32_t>(notice) : 0;
    const std::uint32_t before = source < ctas() ? static_cast<std::uint32_t>(notice >> 32) : 0;
    Received received;
    received.part_bits = cta_bits_;
    received.stride = capacity_;
    received.count = count;
    received.is_complete = !__any_sync(~0u, count == kIncomplete);
    received.total = __reduce_add_sync(~0u, count);
    received.before = __reduce_add_sync(~0u, before);
    return received;
  }

 private:
  static constexpr std::uint32_t kIncomplete = UINT32_MAX;
  static constexpr std::uint32_t kFewOwners = 4;

  __device__ Address at(std::size_t member) const { return shared_ + static_cast<Address>(member); }
  __device__ Address there(std::size_t member, std::uint32_t cta) const {
    return cluster::mapped(at(member), cta);
  }
  __device__ Address sent(std::uint32_t owner) const {
    return at(offsetof(ClusterBucketsTeamShared, sent)) +
           owner * std::uint32_t{sizeof(std::uint32_t)};
  }

  // With few owners the lanes of a warp would wait for each other.
  __device__ std::uint32_t slot_for(bool wanted, std::uint32_t owner) const {
    if (ctas() > kFewOwners) return wanted ? shared::add(sent(owner), 1) : 0;
    const auto lane = static_cast<std::uint32_t>(lane_id());
    std::uint32_t number = 0;  // of candidates for the owner of this lane's number
    std::uint32_t before = 0;  // of those with this lane's owner, in lower lanes
#pragma unroll
    for (std::uint32_t one = 0; one < kFewOwners; ++one) {
      const std::uint32_t votes = __ballot_sync(~0u, wanted && owner == one);
      if (lane == one) number = static_cast<std::uint32_t>(__popc(votes));
      if (owner == one) before = static_cast<std::uint32_t>(__popc(votes & ((1u << lane) - 1)));
    }
    const std::uint32_t first = number > 0 ? shared::add(sent(lane), number) : 0;
    return __shfl_sync(~0u, first, static_cast<int>(owner)) + before;
  }

  Address shared_;
  Address received_;
  std::uint32_t capacity_;
  int cta_bits_;
  std::uint32_t rank_;
};

}  // namespace skim::cuda
