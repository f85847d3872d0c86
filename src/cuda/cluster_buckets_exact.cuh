// The exact way of cluster_buckets where a CTA has more elements that reach the bound than its list
// holds (ties, a bound that is none, or likely elements in one CTA): the k-th best of the row by
// bisection on counts over the whole cluster. Ties with it are written where they belong, by their
// indices; what is better goes to its owner.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/best_bounds.cuh"
#include "cuda/block.cuh"
#include "cuda/cluster.cuh"
#include "cuda/cluster_buckets_layout.h"
#include "cuda/cluster_buckets_team.cuh"
#include "cuda/lanes.cuh"

namespace skim::cuda {

// A run of vectors that a warp holds of each of its numbers.
inline constexpr int kMostClusterRuns = 256;

struct ClusterExactShared {
  BlockSumScratch sums;
  std::uint32_t of_cta[2];
  std::int32_t highest;
  std::uint32_t ties[kMostClusterRuns];
  std::uint32_t all_ties[kMostClusterRuns];
  std::uint32_t begins[kMostClusterRuns];
  std::uint32_t sent[kMostClusterCtas];
  std::uint32_t next[kMostClusterCtas];
};

// Every thread of the cluster calls.
template <DType kDType, bool kLargest, int kVectors, class VectorAt>
class ClusterExact {
  using L = Lanes<kDType, kLargest>;
  using Key = typename L::Key;
  using Masks = HitMasks<kDType, kLargest, kVectors>;
  static constexpr int kPerVector = Row<Key>::kPerVector;

 public:
  // The row is read again, so that its vectors need not be kept for what rarely happens.
  __device__ ClusterExact(const Row<Key>& row, VectorAt vector_at, const ClusterBucketsTeam& team,
                          ClusterExactShared& shared)
      : row_(row), vector_at_(vector_at), team_(team), shared_(shared), sum_(shared.sums) {
    row.load(vectors_, vector_at, L::kFill);
  }

  // Of the k best those that are no ties with the k-th one, or no more than `most` that hold the k
  // best. Those that are ties are written: write_tie(rank, index). `lowest` is a key that k
  // elements reach, or less.
  struct Best {
    Masks hits;
    std::int32_t reached;
  };
  template <class WriteTie>
  __device__ Best select(std::int32_t lowest, std::uint32_t most, std::uint32_t k,
                         WriteTie write_tie) {
    const BestBounds bounds =
        bounds_of_best<L>(lowest, highest_key(), most, k, min(most, k + k / 2),
                          [&](std::int32_t key) { return sum(reaching(key).count()); });
    Masks hits = reaching(bounds.reached);
    if (bounds.ties == 0) return {hits, bounds.reached};
    Masks above = Masks::none();
    if (bounds.any_above) above = reaching(bounds.reached + 1);
    hits.remove(above);
    write_ties(hits, k - bounds.ties, k, write_tie);
    return {above, bounds.reached};
  }

  // Each to its owner, whose lists have room for all: bucket_of(candidate) among the buckets of all
  // owners, of whom each has 2^owner_bits.
  template <class BucketOf>
  __device__ Received send(const Masks& hits, BucketOf bucket_of, int owner_bits,
                           RowCandidate* received) {
    if (threadIdx.x < kMostClusterCtas) shared_.sent[threadIdx.x] = 0;
    __syncthreads();
    for_each(hits, [&](RowCandidate candidate) {
      atomicAdd(&shared_.sent[bucket_of(candidate) >> owner_bits], 1u);
    });
    __syncthreads();
    meet();
    const Received shares = shares_of_owners();
    for_each(hits, [&](RowCandidate candidate) {
      const std::uint32_t owner = bucket_of(candidate) >> owner_bits;
      cluster::in_cta(received, owner)[atomicAdd(&shared_.next[owner], 1u)] = candidate;
    });
    meet();
    return shares;
  }

 private:
  __device__ Masks reaching(std::int32_t key) const {
    return cuda::reaching<kDType, kLargest>(vectors_, row_, vector_at_, key);
  }

  static __device__ void meet() {
    cluster::arrive();
    cluster::wait();
  }

  // Of all threads of the cluster. Two places, because slow CTAs may still read the last one.
  template <class Combine>
  __device__ std::uint32_t of_all(std::uint32_t of_cta, Combine combine) {
    std::uint32_t* const place = &shared_.of_cta[turn_];
    turn_ ^= 1;
    if (threadIdx.x == 0) *place = of_cta;
    meet();
    const std::uint32_t cta = static_cast<std::uint32_t>(lane_id()) & (team_.ctas() - 1);
    return combine(*cluster::in_cta(place, cta), static_cast<std::uint32_t>(lane_id()) == cta);
  }
  __device__ std::uint32_t sum(std::uint32_t of_thread) {
    return of_all(sum_(of_thread), [](std::uint32_t of_cta, bool counts) {
      return __reduce_add_sync(~0u, counts ? of_cta : 0);
    });
  }
  __device__ std::int32_t highest_key() {
    auto best = L::worst();
#pragma unroll
    for (int j = 0; j < kVectors; ++j) best = L::fold(best, vectors_[j]);
    const std::int32_t highest = block_max(L::key_of(best), shared_.highest);
    return static_cast<std::int32_t>(
        of_all(static_cast<std::uint32_t>(highest), [](std::uint32_t of_cta, bool) {
          return static_cast<std::uint32_t>(
              __reduce_max_sync(~0u, static_cast<std::int32_t>(of_cta)));
        }));
  }

  // Ties from rank `first` on up to `last`, in the order of their indices: vectors ascend with
  // their number, then with the warp, the CTA and the lane.
  template <class WriteTie>
  __device__ void write_ties(const Masks& ties, std::uint32_t first, std::uint32_t last,
                             WriteTie write_tie) {
#pragma unroll
    for (int j = 0; j < kVectors; ++j) {
      const std::uint32_t of_run = __reduce_add_sync(~0u, ties.count_of(j));
      if (lane_id() == 0) shared_.ties[j * warp_count() + warp_id()] = of_run;
    }
    __syncthreads();
    meet();
    find_begins();
#pragma unroll
    for (int j = 0; j < kVectors; ++j) {
      const std::uint32_t own = ties.count_of(j);
      std::uint32_t rank =
          first + shared_.begins[j * warp_count() + warp_id()] + sum_through_lane(own) - own;
      if (own == 0) continue;
#pragma unroll 1
      for (int e = 0; e < kPerVector; ++e) {
        if (!ties.has(j, e)) continue;
        if (rank < last) write_tie(rank, row_.index_of(vector_at_(j), e));
        ++rank;
      }
    }
  }
  __device__ void find_begins() {
    const int runs = kVectors * warp_count();
#pragma unroll 1
    for (int i = static_cast<int>(threadIdx.x); i < runs; i += static_cast<int>(blockDim.x)) {
      std::uint32_t all = 0;
      std::uint32_t lower = 0;
#pragma unroll 1
      for (std::uint32_t cta = 0; cta < team_.ctas(); ++cta) {
        const std::uint32_t of_cta = *cluster::in_cta(&shared_.ties[i], cta);
        all += of_cta;
        lower += cta < team_.rank() ? of_cta : 0;
      }
      shared_.all_ties[i] = all;
      shared_.begins[i] = lower;
    }
    __syncthreads();
    if (warp_id() == 0) add_runs_before(runs);
    __syncthreads();
  }
  __device__ void add_runs_before(int runs) {
    std::uint32_t before = 0;
#pragma unroll 1
    for (int first = 0; first < runs; first += 32) {
      const int i = first + lane_id();
      const std::uint32_t own = i < runs ? shared_.all_ties[i] : 0;
      const std::uint32_t through = sum_through_lane(own);
      if (i < runs) shared_.begins[i] += before + through - own;
      before += __shfl_sync(~0u, through, 31);
    }
  }

  // The part of each CTA in an owner's list begins where those of lower ranks end.
  __device__ Received shares_of_owners() {
    std::uint32_t all = 0;
    std::uint32_t lower = 0;
    const auto owner = static_cast<std::uint32_t>(lane_id());
    if (owner < team_.ctas()) {
#pragma unroll 1
      for (std::uint32_t cta = 0; cta < team_.ctas(); ++cta) {
        const std::uint32_t of_cta = *cluster::in_cta(&shared_.sent[owner], cta);
        all += of_cta;
        lower += cta < team_.rank() ? of_cta : 0;
      }
      if (warp_id() == 0) shared_.next[owner] = lower;
    }
    const std::uint32_t through = sum_through_lane(all);
    __syncthreads();
    Received received{};
    received.part_bits = 0;
    received.count = __shfl_sync(~0u, all, static_cast<int>(team_.rank()));
    received.total = received.count;
    received.before = __shfl_sync(~0u, through - all, static_cast<int>(team_.rank()));
    received.is_complete = true;
    return received;
  }

  template <class Visit>
  __device__ void for_each(const Masks& hits, Visit visit) const {
    hits.for_each(vectors_, [&](int j, int element, Key bits) {
      visit(Packing<RowCandidate>::pack(order_key<kDType, kLargest>(bits),
                                        row_.index_of(vector_at_(j), element)));
    });
  }

  const Row<Key>& row_;
  VectorAt vector_at_;
  const ClusterBucketsTeam& team_;
  ClusterExactShared& shared_;
  BlockSum sum_;
  int turn_ = 0;
  uint4 vectors_[kVectors];
};

}  // namespace skim::cuda
