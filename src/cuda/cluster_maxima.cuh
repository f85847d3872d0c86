// Rows that the CTAs sharing them hold in registers, k up to a few hundred.
//   1. Vectors of 16 bytes are dealt to the CTAs in runs of 128 bytes, because the likely tokens of
//      a language model lie close together; all loads are issued at once.
//   2. Maxima of groups of elements, in the floating-point domain; each CTA takes as its threshold
//      a bound that a few of its own maxima reach: its share of the k best, and some to spare.
//   3. Elements that reach it become candidates of (key, index), put in order by each CTA and sent
//      to all; a CTA with more of them than its list holds keeps its k best (keep_best.cuh).
//   4. What no CTA sent lies below the highest of the thresholds. Where fewer than k candidates
//      reach that, a bound that k of them reach starts a second round, which is then complete.
//   5. Where a candidate lies among those of the other CTAs tells its rank; those below k are
//      written.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/block.cuh"
#include "cuda/cluster_maxima_team.cuh"
#include "cuda/dealt_vectors.cuh"
#include "cuda/hit_collector.cuh"
#include "cuda/keep_best.cuh"
#include "cuda/lanes.cuh"
#include "cuda/own_threshold.cuh"
#include "cuda/phase_clock.cuh"
#include "cuda/shared.cuh"
#include "cuda/writer.cuh"

namespace skim::cuda {

// In runs of 128 bytes.
using MaximaVectors = DealtVectors<8>;

struct ClusterMaximaShared {
  alignas(16) std::int32_t maxima[kMostGroups];
  ExchangeShared team;
  std::int32_t threshold;
  std::int32_t highest;
  std::uint32_t count;
  std::uint32_t vector_count;
  KeepBestScratch keep_best;
};

// Where the variables lie that every row needs.
struct HotPlaces {
  shared::Address maxima;
  shared::Address threshold;
  shared::Address count;
  shared::Address vector_count;

  __device__ explicit HotPlaces(ClusterMaximaShared& shared)
      : maxima(shared::address_of(shared.maxima)),
        threshold(maxima + static_cast<std::uint32_t>(offsetof(ClusterMaximaShared, threshold))),
        count(maxima + static_cast<std::uint32_t>(offsetof(ClusterMaximaShared, count))),
        vector_count(maxima +
                     static_cast<std::uint32_t>(offsetof(ClusterMaximaShared, vector_count))) {
    static_assert(offsetof(ClusterMaximaShared, maxima) == 0);
  }
};

// By all threads. A list is read up to an even number of candidates.
__device__ inline void clear_list(shared::Address list, std::uint32_t capacity) {
  for (std::uint32_t i = threadIdx.x; i < padded(capacity); i += blockDim.x)
    shared::store(list + i * static_cast<std::uint32_t>(sizeof(RowCandidate)),
                  Packing<RowCandidate>::least);
}

__device__ inline void clear_counts(const HotPlaces& places) {
  if (threadIdx.x != 0) return;
  shared::store(places.count, 0);
  shared::store(places.vector_count, 0);
}

__device__ inline void restart_list(const HotPlaces& places, shared::Address list,
                                    std::uint32_t capacity) {
  __syncthreads();
  clear_list(list, capacity);
  clear_counts(places);
  __syncthreads();
}

enum class ClusterMaximaPhase : std::uint8_t { load, threshold, collect, exchange, write };
inline constexpr const char* kClusterMaximaPhases[] = {"load", "threshold", "collect", "exchange",
                                                       "write"};

template <DType kDType, bool kLargest, int kVectors, class Team, class Clock>
__global__ void __launch_bounds__(most_cluster_maxima_threads(Team::kTeam, kVectors),
                                  cluster_maxima_ctas(Team::kTeam, kVectors))
    cluster_maxima_kernel(const __grid_constant__ TopkArguments arguments) {
  using L = Lanes<kDType, kLargest>;
  using Key = typename L::Key;
  extern __shared__ __align__(16) unsigned char dynamic_memory[];
  __shared__ ClusterMaximaShared shared;
  Clock clock;

  const HotPlaces places(shared);
  Team team(arguments, shared.team, dynamic_memory);
  const std::int64_t row_number = arguments.first_row + team.row();
  wait_for_previous_kernel();
  const Row<Key> row(arguments, row_number);
  const MaximaVectors vector_at(team.rank(), team.ctas());
  uint4 vectors[kVectors];
  row.load(vectors, vector_at, L::kFill);
  clear_counts(places);
  clear_list(team.own_list(), arguments.capacity);
  team.begin();

  auto best = L::worst();
#pragma unroll
  for (int j = 0; j < kVectors; ++j) best = L::fold(best, vectors[j]);
  const std::int32_t maximum = L::key_of(best);
  clock.end(ClusterMaximaPhase::load);
  const auto k = static_cast<std::uint32_t>(min(arguments.k, row.length()));
  std::int32_t threshold =
      own_threshold<L, Team::kHasLongLists>(places, maximum, arguments.lane_bits, team.wanted(k));
  clock.end(ClusterMaximaPhase::threshold);

  const HitCollector<kDType, kLargest, kVectors, MaximaVectors> collector(
      vectors, row, vector_at,
      {team.own_list(), arguments.capacity, places.count, team.queue(), places.vector_count});
#pragma unroll 1
  for (;;) {
    const bool ordinary = threshold > L::kFillKey;
    std::uint32_t count = ordinary ? collector.collect(threshold, maximum, team.wanted(k)) : 0;
    clock.end(ClusterMaximaPhase::collect);
    if (__builtin_expect(!ordinary || count > arguments.capacity, 0)) {
      KeepBest<kDType, kLargest, kVectors, MaximaVectors> chooser(vectors, row, vector_at.again(),
                                                                  shared.keep_best);
      const auto kept =
          chooser.select(threshold, block_max(maximum, shared.highest), arguments.capacity, k);
      restart_list(places, team.own_list(), arguments.capacity);
      count = collector.collect(kept.hits, kept.ties, kept.tied_key);
      if (!kept.all) threshold = INT32_MIN;
    }
    team.exchange(count, threshold);
    clock.end(ClusterMaximaPhase::exchange);
    const bool complete = team.write_best(k, [&](std::uint32_t rank, RowCandidate candidate) {
      Writer<kDType, kLargest>(arguments, row_number)(row, rank, candidate);
    });
    if (__builtin_expect(complete, 1)) break;
    threshold = team.next_round(k, shared.threshold);
    restart_list(places, team.own_list(), arguments.capacity);
  }
  if (team.fills()) Writer<kDType, kLargest>(arguments, row_number).fill(k, arguments.k);
  clock.end(ClusterMaximaPhase::write);
}

}  // namespace skim::cuda
