// How the CTAs of a cluster agree on a bound and hand each other their candidates: each owns a
// range of buckets, and what lies in it is stored into its shared memory.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/arguments.h"
#include "cuda/block.cuh"
#include "cuda/bucket_range.cuh"
#include "cuda/cluster.cuh"
#include "cuda/layout.h"
#include "cuda/shared.cuh"

namespace skim::cuda {

struct ClusterBucketsTeamShared {
  alignas(8) std::uint64_t bounds_arrived;  // barriers
  std::uint64_t middles_arrived;
  std::uint64_t candidates_arrived;
  std::int64_t bounds[kMostClusterCtas];
  std::int64_t middles[kMostClusterCtas];
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

// A bound of one CTA or of all; where it is none that as many elements reach as shall, a low number
// to begin the buckets with.
struct ClusterBound {
  float number;
  bool is_reached;
};

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
      cluster::init_barrier(at(offsetof(ClusterBucketsTeamShared, middles_arrived)), 1);
      cluster::init_barrier(at(offsetof(ClusterBucketsTeamShared, candidates_arrived)), ctas());
      cluster::publish_barriers();
      cluster::expect_bytes_there(there(offsetof(ClusterBucketsTeamShared, bounds_arrived), rank_),
                                  numbers);
      cluster::expect_bytes_there(there(offsetof(ClusterBucketsTeamShared, middles_arrived), rank_),
                                  numbers);
    }
    cluster::arrive_relaxed();
    if (threadIdx.x < kMostClusterCtas) shared::store(sent(threadIdx.x), 0);
    cluster::wait();
  }

  // By a warp. The last bit says whether the bound is one.
  __device__ void send_bound(const ClusterBound& bound) const {
    const std::int32_t number = ordered(__float_as_int(bound.number));
    send_to_all(offsetof(ClusterBucketsTeamShared, bounds),
                offsetof(ClusterBucketsTeamShared, bounds_arrived),
                (number & ~1) | (bound.is_reached ? 0 : 1));
  }
  __device__ void send_middle(float number) const {
    send_to_all(offsetof(ClusterBucketsTeamShared, middles),
                offsetof(ClusterBucketsTeamShared, middles_arrived),
                ordered(__float_as_int(number)));
  }

  // The least: where each CTA has its share of elements that reach its own, k reach this one.
  __device__ ClusterBound common_bound() const {
    cluster::wait_for(at(offsetof(ClusterBucketsTeamShared, bounds_arrived)));
    const std::int32_t bound = number_of_cta(offsetof(ClusterBucketsTeamShared, bounds));
    const std::int32_t least = __reduce_min_sync(~0u, bound);
    return {__int_as_float(ordered(least & ~1)), !__any_sync(~0u, bound & 1)};
  }
  // The mean of those of the CTAs, in the order of floats; what is lower counts as `low`.
  __device__ float common_middle(float low) const {
    cluster::wait_for(at(offsetof(ClusterBucketsTeamShared, middles_arrived)));
    const std::int32_t least = ordered(__float_as_int(low));
    const std::int32_t middle = number_of_cta(offsetof(ClusterBucketsTeamShared, middles));
    const std::uint32_t above =
        static_cast<std::uint32_t>(max(middle, least)) - static_cast<std::uint32_t>(least);
    const bool counts = static_cast<std::uint32_t>(lane_id()) < ctas();
    const std::uint32_t mean = __reduce_add_sync(~0u, counts ? above >> cta_bits_ : 0);
    return __int_as_float(
        ordered(static_cast<std::int32_t>(static_cast<std::uint32_t>(least) + mean)));
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

  __device__ void send_to_all(std::size_t numbers, std::size_t arrived, std::int32_t number) const {
    const auto cta = static_cast<std::uint32_t>(lane_id());
    if (cta < ctas())
      cluster::store(there(numbers + rank_ * 8, cta), std::int64_t{number}, there(arrived, cta));
  }
  __device__ std::int32_t number_of_cta(std::size_t numbers) const {
    const std::uint32_t cta = static_cast<std::uint32_t>(lane_id()) & (ctas() - 1);
    return static_cast<std::int32_t>(shared::load<std::int64_t>(at(numbers) + cta * 8));
  }

  // With few owners the lanes of a warp would wait for each other.
  __device__ std::uint32_t slot_for(bool wanted, std::uint32_t owner) const {
    if (ctas() > kFewOwners) return wanted ? shared::add(sent(owner), 1) : 0;
    std::uint32_t slot = 0;
#pragma unroll 1
    for (std::uint32_t one = 0; one < ctas(); ++one) {
      const std::uint32_t votes = __ballot_sync(~0u, wanted && owner == one);
      std::uint32_t first = 0;
      if (lane_id() == 0 && votes != 0)
        first = shared::add(sent(one), static_cast<std::uint32_t>(__popc(votes)));
      first = __shfl_sync(~0u, first, 0);
      if (owner == one)
        slot = first + static_cast<std::uint32_t>(__popc(votes & ((1u << lane_id()) - 1)));
    }
    return slot;
  }

  Address shared_;
  Address received_;
  std::uint32_t capacity_;
  int cta_bits_;
  std::uint32_t rank_;
};

}  // namespace skim::cuda
