// Rows that the CTAs sharing them hold in registers, k up to a few hundred.
//   1. Vectors of 16 bytes are dealt to the CTAs in runs of 128 bytes, because the likely tokens of
//      a language model lie close together; all loads are issued at once.
//   2. Maxima of groups of elements, in the floating-point domain; each CTA takes as its threshold
//      a bound that a few of its own maxima reach: its share of the k best, and some to spare.
//   3. Elements that reach it become candidates of (key, index), known to every CTA of the row; a
//      CTA with more of them than its list holds keeps its k best (keep_best.cuh).
//   4. What no CTA sent lies below the highest of the thresholds. Where fewer than k candidates
//      reach that, a bound that k of them reach starts a second round, which is then complete.
//   5. The rank of a candidate is the number of larger ones; those below k are written.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/block.cuh"
#include "cuda/cluster_maxima_team.cuh"
#include "cuda/keep_best.cuh"
#include "cuda/lanes.cuh"
#include "cuda/phase_clock.cuh"
#include "cuda/shared.cuh"
#include "cuda/threshold.cuh"
#include "cuda/writer.cuh"

namespace skim::cuda {

struct ClusterMaximaShared {
  alignas(16) std::int32_t maxima[kMostGroups];
  ExchangeShared team;
  std::int32_t threshold;
  std::int32_t highest;
  std::uint32_t count;
  KeepBestScratch keep_best;
};

// Where the variables lie that every row needs.
struct HotPlaces {
  shared::Address maxima;
  shared::Address threshold;
  shared::Address count;

  __device__ explicit HotPlaces(ClusterMaximaShared& shared)
      : maxima(shared::address_of(shared.maxima)),
        threshold(maxima + static_cast<std::uint32_t>(offsetof(ClusterMaximaShared, threshold))),
        count(maxima + static_cast<std::uint32_t>(offsetof(ClusterMaximaShared, count))) {
    static_assert(offsetof(ClusterMaximaShared, maxima) == 0);
  }
};

// Which vectors of the row a thread holds; they ascend with j, warp and lane.
class DealtVectors {
 public:
  __device__ DealtVectors(std::uint32_t rank, std::uint32_t ctas)
      : first_((threadIdx.x / kRun * ctas + rank) * kRun + threadIdx.x % kRun),
        step_(blockDim.x * ctas) {}
  __device__ std::uint32_t operator()(int j) const {
    return first_ + static_cast<std::uint32_t>(j) * step_;
  }
  // The same, which the compiler does not know: what is rarely needed is then not worked out early.
  __device__ DealtVectors again() const {
    DealtVectors vectors = *this;
    asm volatile("" : "+r"(vectors.first_), "+r"(vectors.step_));
    return vectors;
  }

 private:
  static constexpr std::uint32_t kRun = 8;
  std::uint32_t first_;
  std::uint32_t step_;
};

// The key that `wanted` of the CTA's groups reach, or one just below it; the same in every thread.
// INT32_MIN where nothing better than the fill is reached by so many. Each thread counts for one
// group how many of its share of the others are larger.
template <class L>
__device__ std::int32_t own_threshold(const HotPlaces& places, std::int32_t own_maximum,
                                      int lane_bits, std::uint32_t wanted) {
  using Number = GroupNumber<typename L::Key>;
  const std::uint32_t lanes = 1u << lane_bits;
  std::int32_t maximum = own_maximum;
#pragma unroll 1
  for (std::uint32_t offset = 1; offset < lanes; offset *= 2)
    maximum = max(maximum, __shfl_xor_sync(~0u, maximum, offset));
  const std::uint32_t group = threadIdx.x >> lane_bits;
  const std::uint32_t part = threadIdx.x & (lanes - 1);
  const std::int32_t mine = Number::of(maximum, group);
  if (part == 0) shared::store(places.maxima + group * sizeof(std::int32_t), mine);
  if (threadIdx.x == 0) shared::store(places.threshold, INT32_MIN);
  __syncthreads();
  std::uint32_t larger = larger_of_share(places.maxima, blockDim.x >> lane_bits, mine, part, lanes);
#pragma unroll 1
  for (std::uint32_t offset = 1; offset < lanes; offset *= 2)
    larger += __shfl_xor_sync(~0u, larger, offset);
  const std::int32_t key = Number::key(mine);
  if (larger + 1 == wanted && key > L::kFillKey && part == 0) shared::store(places.threshold, key);
  __syncthreads();
  return shared::load<std::int32_t>(places.threshold);
}

__device__ inline void restart_slots(const HotPlaces& places) {
  __syncthreads();
  if (threadIdx.x == 0) shared::store(places.count, 0);
  __syncthreads();
}

enum class ClusterMaximaPhase : std::uint8_t { load, threshold, collect, exchange, write };
inline constexpr const char* kClusterMaximaPhases[] = {"load", "threshold", "collect", "exchange",
                                                       "write"};

template <DType kDType, bool kLargest, int kVectors, class Team, class Clock>
__global__ void __launch_bounds__(kMostMaximaThreads, 2)
    cluster_maxima_kernel(const __grid_constant__ TopkArguments arguments) {
  using L = Lanes<kDType, kLargest>;
  using Key = typename L::Key;
  using Masks = HitMasks<kDType, kLargest, kVectors>;
  extern __shared__ __align__(16) unsigned char dynamic_memory[];
  __shared__ ClusterMaximaShared shared;
  Clock clock;

  const HotPlaces places(shared);
  Team team(arguments, shared.team, dynamic_memory);
  const std::int64_t row_number = arguments.first_row + team.row();
  wait_for_previous_kernel();
  const Row<Key> row(arguments, row_number);
  const DealtVectors vector_at(team.rank(), team.ctas());
  uint4 vectors[kVectors];
  row.load(vectors, vector_at, L::kFill);
  if (threadIdx.x == 0) shared::store(places.count, 0);
  team.begin();

  auto best = L::worst();
#pragma unroll
  for (int j = 0; j < kVectors; ++j) best = L::fold(best, vectors[j]);
  const std::int32_t maximum = L::key_of(best);
  clock.end(ClusterMaximaPhase::load);
  const auto k = static_cast<std::uint32_t>(min(arguments.k, row.length()));
  std::int32_t threshold = own_threshold<L>(places, maximum, arguments.lane_bits, team.wanted(k));
  clock.end(ClusterMaximaPhase::threshold);

  // Puts hits into the CTA's list as far as it goes; returns how many there are.
  const auto collect = [&](const Masks& hits) {
    if (hits.any()) {
      std::uint32_t slot = shared::add(places.count, hits.count());
      hits.for_each([&](int j, int element) {
        const std::uint32_t index = row.index_of(vector_at(j), element);
        const Key bits =
            kVectors <= kMostSelectable ? element_at<Key>(vectors, j, element) : row.element(index);
        if (slot < arguments.capacity)
          shared::store(team.own_list() + slot * sizeof(RowCandidate),
                        Packing<RowCandidate>::pack(order_key<kDType, kLargest>(bits), index));
        ++slot;
      });
    }
    __syncthreads();
    return shared::load<std::uint32_t>(places.count);
  };
#pragma unroll 1
  for (;;) {
    Masks hits = Masks::none();
    const bool ordinary = threshold > L::kFillKey;
    if (ordinary && maximum >= threshold) hits.mark(vectors, threshold);
    std::uint32_t count = collect(hits);
    clock.end(ClusterMaximaPhase::collect);
    if (__builtin_expect(!ordinary || count > arguments.capacity, 0)) {
      KeepBest<kDType, kLargest, kVectors, DealtVectors> chooser(vectors, row, vector_at.again(),
                                                                 shared.keep_best);
      const auto kept =
          chooser.select(threshold, block_max(maximum, shared.highest), arguments.capacity, k);
      restart_slots(places);
      count = collect(kept.hits);
      if (!kept.all) threshold = INT32_MIN;
    }
    team.exchange(count, threshold);
    clock.end(ClusterMaximaPhase::exchange);
    const bool complete =
        team.write_best(k, shared, [&](std::uint32_t rank, RowCandidate candidate) {
          Writer<kDType, kLargest>(arguments, row_number)(row, rank, candidate);
        });
    if (__builtin_expect(complete, 1)) break;
    threshold = team.next_round(k, shared.threshold);
    restart_slots(places);
  }
  if (team.fills()) Writer<kDType, kLargest>(arguments, row_number).fill(k, arguments.k);
  clock.end(ClusterMaximaPhase::write);
}

}  // namespace skim::cuda
