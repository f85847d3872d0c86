// Rows that a cluster of CTAs holds in registers, k of several hundred and more: a bound from
// maxima of groups, then order by buckets that are shared out among the CTAs.
//   1. Vectors of 16 bytes are dealt to the CTAs in runs of a warp; all loads are issued at once.
//   2. Each CTA counts the maxima of its groups into bins and takes for its bound what its share of
//      the k best reaches; the least of the bounds is that of all, and at least k elements reach it
//      (cluster_buckets_bound.cuh).
//   3. Elements that reach it become candidates of (key, index). Where one goes follows from its
//      value alone (value_buckets.cuh): each CTA owns a range of buckets, and every other stores
//      into its shared memory what lies in it (cluster_buckets_team.cuh).
//   4. How many candidates better owners have is the rank of an owner's first one; it puts its own
//      in order and writes them (owned_buckets.cuh).
// Where a CTA has more candidates than its list holds, all take the exact way
// (cluster_buckets_exact.cuh).
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

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
  BoundBinsShared bins;
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

// What the share of the k best of each CTA reaches, of its maxima: so many of each thread.
template <DType kDType, bool kLargest, int kGroups, int kVectors>
__device__ BoundBins counted_bins(const uint4 (&vectors)[kVectors], int set_groups, int lane_bits,
                                  shared::Address range_scratch, shared::Address counts) {
  using Maxima = ThreadMaxima<kDType, kLargest, kGroups>;
  const Maxima maxima(vectors);
  const RangeFinder finder = RangeFinder::of<Maxima, kGroups>(maxima, set_groups, lane_bits);
  const BoundBins bins(finder.of_all(range_scratch), counts);
  bins.count(maxima);
  return bins;
}

template <DType kDType, bool kLargest, int kVectors, class Clock>
__device__ ClusterBound agreed_bound(const uint4 (&vectors)[kVectors],
                                     const TopkArguments& arguments, bool fills_threads,
                                     std::uint32_t share, const ClusterBucketsTeam& team,
                                     shared::Address range_scratch, shared::Address counts,
                                     Clock& clock) {
  const auto bins_of = [&](auto groups) {
    return counted_bins<kDType, kLargest, decltype(groups)::value>(
        vectors, fills_threads ? arguments.group_vectors : 1,
        fills_threads ? arguments.lane_bits : 0, range_scratch, counts);
  };
  const BoundBins bins = arguments.thread_groups == 1   ? bins_of(std::integral_constant<int, 1>{})
                         : arguments.thread_groups == 2 ? bins_of(std::integral_constant<int, 2>{})
                                                        : bins_of(std::integral_constant<int, 4>{});
  __syncthreads();
  if (warp_id() == 0) team.send_bound(bins.bound(share));
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

// Buckets of all owners, for candidates above a low number.
template <DType kDType, bool kLargest>
__device__ ValueBuckets<kDType, kLargest> buckets_of_owners(const ClusterBucketsTeam& team,
                                                            float low, float middle,
                                                            std::int64_t row_length) {
  return {low, middle, CandidateBuckets::number() << team.cta_bits(),
          static_cast<std::uint32_t>(row_length)};
}
__device__ inline int owner_bits() {
  return 31 - __clz(static_cast<int>(CandidateBuckets::number()));
}

template <DType kDType, bool kLargest, int kVectors, class Clock>
__global__ void __launch_bounds__(most_cluster_bucket_threads(kVectors))
    cluster_buckets_kernel(const __grid_constant__ TopkArguments arguments) {
  using L = Lanes<kDType, kLargest>;
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
  const CandidateBuckets buckets(memory, scratch + offsetof(ClusterBucketsShared, cut));
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
  const shared::Address bins = scratch + offsetof(ClusterBucketsShared, bins);
  BoundBins::clear(bins);
  buckets.clear();
  ClusterWords words(shared.exact.words, team.ctas());
  if (threadIdx.x == 0) {
    shared::store(count_at, 0);
    words.begin();
  }
  team.begin();
  clock.end(ClusterBucketsPhase::load);

  // Of short rows some sets of groups would be empty, and the others too few.
  const bool fills_threads = row.vector_count() * 4 >= (blockDim.x << team.cta_bits()) * 3;
  const ClusterBound bound =
      agreed_bound<kDType, kLargest>(vectors, arguments, fills_threads, team.share(k), team,
                                     scratch + offsetof(ClusterBucketsShared, range), bins, clock);
  clock.end(ClusterBucketsPhase::exchange);

  const std::int32_t threshold = bound.is_reached ? Number::key_not_above(bound.number) : INT32_MIN;
  const auto hits = reaching<kDType, kLargest>(vectors, row, vector_at, threshold);
  const std::uint32_t count = collect_marked(hits, vectors, row, vector_at, memory + layout.list,
                                             arguments.capacity, count_at);
  clock.end(ClusterBucketsPhase::collect);
  const bool is_complete = count <= arguments.capacity;
  auto bucket_of =
      buckets_of_owners<kDType, kLargest>(team, bound.number, bound.middle, row.length());
  send_list(team, bucket_of, owner_bits(), memory + layout.list, is_complete ? count : 0);
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
    bucket_of = buckets_of_owners<kDType, kLargest>(team, Number::of_key(best.reached),
                                                    bound.middle, row.length());
    received = exact.send(best.hits, bucket_of, owner_bits(),
                          reinterpret_cast<RowCandidate*>(dynamic_memory + layout.received));
  }
  clock.end(ClusterBucketsPhase::exact);
  if (received.before >= k) return;
  const OwnedBuckets owned(buckets, layout, dynamic_memory, shared.count);
  owned.write_best(
      received, k - received.before,
      [&](RowCandidate candidate) {
        return bucket_of(candidate) & (CandidateBuckets::number() - 1);
      },
      [&](std::uint32_t rank, RowCandidate candidate) {
        writer(row, received.before + rank, candidate);
      });
  clock.end(ClusterBucketsPhase::write);
}

}  // namespace skim::cuda
