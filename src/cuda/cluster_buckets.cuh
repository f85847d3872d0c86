// Rows that a cluster of CTAs holds in registers, k of several hundred and more: a bound from
// maxima of groups, then order by buckets that are shared out among the CTAs.
//   1. Vectors of 16 bytes are dealt to the CTAs in runs of a warp; all loads are issued at once.
//   2. Each CTA counts the maxima of its groups into buckets and takes for its bound what its share
//      of the k best reaches; the least of the bounds is that of all, and at least k elements reach
//      it (cluster_buckets_bound.cuh).
//   3. Elements that reach it become candidates of (key, index). Where a candidate goes follows
//   from
//      its value alone (value_buckets.cuh): each CTA owns a range of buckets, and every other
//      stores into its shared memory what lies in it (cluster_buckets_team.cuh).
//   4. How many candidates better owners have is the rank of an owner's first one; it puts its own
//      in order and writes them (owned_buckets.cuh).
// Where a CTA has more candidates than its list holds, all take the exact way
// (cluster_buckets_exact.cuh).
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/arguments.h"
#include "cuda/buckets.cuh"
#include "cuda/cluster_buckets_bound.cuh"
#include "cuda/cluster_buckets_exact.cuh"
#include "cuda/cluster_buckets_layout.h"
#include "cuda/cluster_buckets_team.cuh"
#include "cuda/dealt_vectors.cuh"
#include "cuda/owned_buckets.cuh"
#include "cuda/phase_clock.cuh"
#include "cuda/value_buckets.cuh"
#include "cuda/writer.cuh"

namespace skim::cuda {

struct ClusterBucketsShared {
  ClusterBucketsTeamShared team;
  RangeScratch range;
  BucketScratch cut;
  ClusterExactShared exact;
  std::uint32_t count;
};

// A warp's loads at a time.
using WarpRuns = DealtVectors<32>;

enum class ClusterBucketsPhase : std::uint8_t {
  load,
  bound,
  exchange,
  collect,
  send,
  receive,
  exact,
  write
};
inline constexpr const char* kClusterBucketsPhases[] = {"load", "bound",   "exchange", "collect",
                                                        "send", "receive", "exact",    "write"};

// The other CTAs' bounds are under way while the middle is looked for.
template <DType kDType, bool kLargest, int kVectors, class Clock>
__device__ ClusterBound agreed_bound(const uint4 (&vectors)[kVectors], int thread_groups,
                                     const ClusterBucketSets& sets, std::uint32_t share,
                                     const ClusterBucketsTeam& team, const Buckets& buckets,
                                     shared::Address range_scratch, Clock& clock) {
  const ThreadMaxima<kDType, kLargest> groups(vectors, thread_groups);
  const BoundBuckets bounds(groups, sets.groups, sets.lane_bits, buckets, range_scratch);
  const bool is_reached = bounds.count(groups, share);
  const ClusterBound own{bounds.bound(groups, is_reached), is_reached};
  if (warp_id() == 0) {
    team.send_bound(own);
    team.send_middle(bounds.middle(share));
  }
  clock.end(ClusterBucketsPhase::bound);
  return team.common_bound();
}

// The elements marked into the CTA's list, as far as it has room; how many they are, to all
// threads. `count` is zero to begin with.
template <DType kDType, bool kLargest, int kVectors>
__device__ std::uint32_t collect_marked(const HitMasks<kDType, kLargest, kVectors>& hits,
                                        const uint4 (&vectors)[kVectors],
                                        const Row<typename KeyOrder<kDType>::Key>& row,
                                        const WarpRuns& vector_at, shared::Address list,
                                        std::uint32_t capacity, shared::Address count) {
  const std::uint32_t own = hits.count();
  const std::uint32_t through = sum_through_lane(own);
  std::uint32_t before = 0;
  if (lane_id() == 31 && through > 0) before = shared::add(count, through);
  std::uint32_t slot = __shfl_sync(~0u, before, 31) + through - own;
  if (slot + own <= capacity) {
    hits.for_each(vectors, [&](int j, int element, auto bits) {
      shared::store(list + slot++ * std::uint32_t{sizeof(RowCandidate)},
                    Packing<RowCandidate>::pack(order_key<kDType, kLargest>(bits),
                                                row.index_of(vector_at(j), element)));
    });
  }
  __syncthreads();
  return shared::load<std::uint32_t>(count);
}

template <class ValueBuckets>
__device__ void send_list(const ClusterBucketsTeam& team, const ValueBuckets& bucket_of,
                          int owner_bits, shared::Address list, std::uint32_t count) {
#pragma unroll 1
  for (std::uint32_t begin = threadIdx.x / 32 * 32; begin < count; begin += blockDim.x) {
    const std::uint32_t i = begin + static_cast<std::uint32_t>(lane_id());
    const bool is_there = i < count;
    const auto candidate =
        shared::load<RowCandidate>(list + (is_there ? i : 0) * std::uint32_t{sizeof(RowCandidate)});
    team.send(is_there, candidate, bucket_of(candidate) >> owner_bits);
  }
  __syncthreads();
}

template <DType kDType, bool kLargest, int kVectors, class Clock>
__global__ void __launch_bounds__(most_cluster_bucket_threads(kVectors))
    cluster_buckets_kernel(const __grid_constant__ TopkArguments arguments) {
  using L = Lanes<kDType, kLargest>;
  using Values = ValueBuckets<kDType, kLargest>;
  using Number = NumberOf<kDType, kLargest>;
  extern __shared__ __align__(16) unsigned char dynamic_memory[];
  __shared__ ClusterBucketsShared shared;
  Clock clock;

  const shared::Address memory = shared::address_of(dynamic_memory);
  const shared::Address scratch = shared::address_of(&shared);
  const shared::Address count_at = scratch + offsetof(ClusterBucketsShared, count);
  const ClusterBucketsLayout layout = cluster_buckets_layout(
      blockDim.x, static_cast<std::uint32_t>(arguments.ctas), arguments.capacity);
  const ClusterBucketsTeam team(arguments, shared.team, memory + layout.received);
  const Buckets buckets(memory, scratch + offsetof(ClusterBucketsShared, cut));
  const std::int64_t row_number = arguments.first_row + std::int64_t{blockIdx.x};
  wait_for_previous_kernel();
  const Row<typename L::Key> row(arguments, row_number);
  const Writer<kDType, kLargest> writer(arguments, row_number);
  const auto k = static_cast<std::uint32_t>(min(arguments.k, row.length()));
  const WarpRuns vector_at(team.rank(), team.ctas());
  uint4 vectors[kVectors];
  row.load(vectors, vector_at, L::kFill);
  if (__builtin_expect(k < arguments.k, 0)) {
    if (team.rank() == 0) writer.fill(k, arguments.k);
    if (k == 0) return;  // every CTA of the cluster
  }
  ClusterBucketSets sets{arguments.group_vectors, arguments.lane_bits};
  if (arguments.row_lengths != nullptr) {
    sets = cluster_bucket_sets(holding_threads(row.vector_count(), team.ctas(), blockDim.x),
                               static_cast<std::uint32_t>(arguments.thread_groups), team.share(k));
  }
  buckets.clear();
  ClusterWords words(shared.exact.words, team.ctas());
  if (threadIdx.x == 0) {
    shared::store(count_at, 0);
    words.begin();
  }
  team.begin();
  clock.end(ClusterBucketsPhase::load);

  const ClusterBound bound = agreed_bound<kDType, kLargest>(
      vectors, arguments.thread_groups, sets, team.share(k), team, buckets,
      scratch + offsetof(ClusterBucketsShared, range), clock);
  clock.end(ClusterBucketsPhase::exchange);

  const std::int32_t threshold = bound.is_reached ? Number::key_not_above(bound.number) : INT32_MIN;
  const auto hits = reaching<kDType, kLargest>(vectors, row, vector_at, threshold);
  const std::uint32_t count = collect_marked(hits, vectors, row, vector_at, memory + layout.list,
                                             arguments.capacity, count_at);
  buckets.clear();
  clock.end(ClusterBucketsPhase::collect);
  const bool is_complete = count <= arguments.capacity;
  const int owner_bits = 31 - __clz(static_cast<int>(Buckets::number()));
  const float middle = team.common_middle(bound.number);
  const auto values_above = [&](float low) {
    return Values(low, middle, Buckets::number() << team.cta_bits(),
                  static_cast<std::uint32_t>(row.length()));
  };
  Values bucket_of = values_above(bound.number);
  send_list(team, bucket_of, owner_bits, memory + layout.list, is_complete ? count : 0);
  if (warp_id() == 0) team.announce(is_complete);
  clock.end(ClusterBucketsPhase::send);
  Received received = team.receive();
  clock.end(ClusterBucketsPhase::receive);

  if (__builtin_expect(!received.is_complete, 0)) {
    ClusterExact<kDType, kLargest, kVectors, WarpRuns> exact(row, vector_at.again(), team, words,
                                                             shared.exact);
    const auto best = exact.select(threshold, arguments.capacity << team.cta_bits(), k,
                                   [&](std::uint32_t rank, std::uint32_t index) {
                                     writer.put(rank, row.element(index), index);
                                   });
    bucket_of = values_above(Number::of_key(best.reached));
    received = exact.send(best.hits, bucket_of, owner_bits,
                          reinterpret_cast<RowCandidate*>(dynamic_memory + layout.received));
  }
  clock.end(ClusterBucketsPhase::exact);
  if (received.before >= k) return;
  const OwnedBuckets owned(buckets, layout, dynamic_memory, shared.count);
  owned.write_best(
      received, k - received.before,
      [&](RowCandidate candidate) { return bucket_of(candidate) & (Buckets::number() - 1); },
      [&](std::uint32_t rank, RowCandidate candidate) {
        writer(row, received.before + rank, candidate);
      });
  clock.end(ClusterBucketsPhase::write);
}

}  // namespace skim::cuda
