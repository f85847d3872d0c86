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
#include "cuda/cluster_words.cuh"
#include "cuda/lanes.cuh"

namespace skim::cuda {

// A run of vectors that a warp holds of each of its numbers.
inline constexpr int kMostClusterRuns = 256;

struct ClusterExactShared {
  ClusterWordsShared words;
  int4 of_warp[kMostWarps];
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
  // No element has a higher key, and no threshold may be above it.
  static constexpr std::int32_t kHighest = kLargest ? L::kNan : L::kBestNumber;

 public:
  // The row is read again, so that its vectors need not be kept for what rarely happens.
  __device__ ClusterExact(const Row<Key>& row, VectorAt vector_at, const ClusterBucketsTeam& team,
                          ClusterWords& words, ClusterExactShared& shared)
      : row_(row), vector_at_(vector_at), team_(team), shared_(shared), words_(words) {
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
    const BestBounds bounds = bounds_of_best<L>(lowest, kHighest, most, k, min(most, k + k / 2),
                                                [&](std::int32_t key) { return survey(key); });
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

  // Of all elements of the cluster. Of many vectors it takes as long as several counts, of which
  // two are enough for most rows.
  __device__ KeySurvey survey(std::int32_t key) {
    constexpr bool kCountsFirst = kVectors > 4;
    if (kCountsFirst && ++surveys_ <= 2) {
      const int hits = static_cast<int>(reaching(key).count());
      return {static_cast<std::uint32_t>(of_cluster(make_int4(hits, 0, 0, 0)).x), key, key - 1};
    }
    return full_survey(key);
  }
  __device__ KeySurvey full_survey(std::int32_t key) {
    const Masks hits = reaching(key);
    auto least = L::best();
    auto below = L::worst();
#pragma unroll
    for (int j = 0; j < kVectors; ++j) {
#pragma unroll
      for (int word = 0; word < 4; ++word) {
        const std::uint32_t bits = word_of(vectors_[j], word);
        const std::uint32_t selected = hits.selected(j, word);
        least = L::worse(least, either(selected, bits, L::best()));
        below = L::better(below, either(~selected, bits, L::worst()));
      }
    }
    auto greatest = L::worst();
#pragma unroll
    for (int j = 0; j < kVectors; ++j) greatest = L::fold(greatest, vectors_[j]);
    const int4 of_thread = make_int4(static_cast<int>(hits.count()), L::key_of_worst(least),
                                     L::key_of(below), L::key_of(greatest));
    const int4 all = of_cluster(of_thread);
    return {static_cast<std::uint32_t>(all.x), all.y, all.z, all.w};
  }
  static __device__ typename L::Words::Word either(std::uint32_t selected, std::uint32_t bits,
                                                   typename L::Words::Word other) {
    using Word = typename L::Words::Word;
    static_assert(sizeof(Word) == sizeof(bits));
    const auto others = reinterpret_cast<const std::uint32_t&>(other);
    return L::Words::from((bits & selected) | (others & ~selected));
  }

  // The sum, the least and twice the greatest.
  static __device__ int4 together(const int4& own, bool counts) {
    return make_int4(
        static_cast<int>(__reduce_add_sync(~0u, counts ? static_cast<std::uint32_t>(own.x) : 0)),
        __reduce_min_sync(~0u, own.y), __reduce_max_sync(~0u, own.z),
        __reduce_max_sync(~0u, own.w));
  }
  __device__ int4 of_cluster(const int4& of_thread) {
    const int4 of_warp = together(of_thread, true);
    if (lane_id() == 0) shared_.of_warp[warp_id()] = of_warp;
    __syncthreads();
    const int warp = lane_id() % warp_count();
    const int4 own = together(shared_.of_warp[warp], warp == lane_id());
    const std::int64_t words[] = {joined(own.x, own.y), joined(own.z, own.w)};
    const longlong2 of_cta = shared::load_pair(words_.exchange(words));
    return together(make_int4(low(of_cta.x), high(of_cta.x), low(of_cta.y), high(of_cta.y)),
                    lane_id() < static_cast<int>(team_.ctas()));
  }
  static __device__ std::int64_t joined(std::int32_t low, std::int32_t high) {
    return static_cast<std::int64_t>(std::uint64_t{static_cast<std::uint32_t>(high)} << 32 |
                                     static_cast<std::uint32_t>(low));
  }
  static __device__ std::int32_t low(std::int64_t both) { return static_cast<std::int32_t>(both); }
  static __device__ std::int32_t high(std::int64_t both) {
    return static_cast<std::int32_t>(both >> 32);
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
#pragma unroll
      for (std::uint32_t cta = 0; cta < kMostClusterCtas; ++cta) {
        const std::uint32_t of_cta =
            cta < team_.ctas() ? *cluster::in_cta(&shared_.ties[i], cta) : 0;
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
    std::int64_t own[kMostClusterCtas / 2];
#pragma unroll
    for (int i = 0; i < kMostClusterCtas / 2; ++i)
      own[i] = joined(static_cast<std::int32_t>(shared_.sent[2 * i]),
                      static_cast<std::int32_t>(shared_.sent[2 * i + 1]));
    const shared::Address of_cta = words_.exchange(own);
    const bool counts = lane_id() < static_cast<int>(team_.ctas());
    Received received{};
    std::uint32_t before = 0;
#pragma unroll
    for (std::uint32_t owner = 0; owner < kMostClusterCtas; ++owner) {
      const auto sent = shared::load<std::uint32_t>(of_cta + owner * 4);
      const std::uint32_t all = __reduce_add_sync(~0u, counts ? sent : 0);
      const bool is_lower = static_cast<std::uint32_t>(lane_id()) < team_.rank();
      const std::uint32_t lower = __reduce_add_sync(~0u, counts && is_lower ? sent : 0);
      if (threadIdx.x == 0) shared_.next[owner] = lower;
      if (owner == team_.rank()) received.before = before;
      if (owner == team_.rank()) received.count = all;
      before += all;
    }
    __syncthreads();
    received.total = received.count;
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
  ClusterWords& words_;
  int surveys_ = 0;
  uint4 vectors_[kVectors];
};

}  // namespace skim::cuda
