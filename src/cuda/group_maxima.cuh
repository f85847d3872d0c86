// Rows that the CTAs sharing them hold in registers, k up to a few hundred, on GPUs whose CTAs
// cannot be clusters.
//   1. Vectors of 16 bytes are dealt to the CTAs in runs of 128 bytes, because the likely tokens of
//      a language model lie close together; all loads are issued at once.
//   2. Maxima of groups of elements, in the floating-point domain; the k-th largest of them is a
//      lower bound of the k-th largest element that few elements reach.
//   3. Elements that reach it become candidates of (key, index); a CTA with more of them than its
//      list holds keeps its k best (keep_best.cuh).
//   4. The rank of a candidate is the number of larger ones; those below k are written.
#pragma once

#include <cstdint>

#include "cuda/block.cuh"
#include "cuda/candidate_list.cuh"
#include "cuda/group_maxima_team.cuh"
#include "cuda/keep_best.cuh"
#include "cuda/lanes.cuh"
#include "cuda/phase_clock.cuh"
#include "cuda/writer.cuh"

namespace skim::cuda {

struct GroupMaximaShared {
  MeetingTeamShared team;
  alignas(16) std::int32_t maxima[kMostGroups];
  std::int32_t threshold;
  std::int32_t highest;
  std::uint32_t count;
  KeepBestScratch keep_best;
  ListScratch<RowCandidate> list;
};

// Ascends with j, warp and lane.
__device__ inline std::uint32_t dealt_vector(int j, std::uint32_t rank, std::uint32_t ctas) {
  constexpr std::uint32_t kRun = 8;
  const std::uint32_t run = threadIdx.x / kRun;
  return (static_cast<std::uint32_t>(j) * (blockDim.x / kRun) + run) * ctas * kRun + rank * kRun +
         threadIdx.x % kRun;
}

// The best key of the group of lanes that this thread belongs to.
__device__ inline std::int32_t group_maximum(std::int32_t key, std::uint32_t lanes) {
  if (lanes == 32) return __reduce_max_sync(~0u, key);
  for (std::uint32_t offset = 1; offset < lanes; offset *= 2)
    key = max(key, __shfl_xor_sync(~0u, key, offset));
  return key;
}

// The same number in every thread: INT32_MIN where nothing better is known to be reached by k.
template <class L>
__device__ std::int32_t own_threshold(GroupMaximaShared& shared, std::int32_t own_maximum,
                                      std::uint32_t groups, std::uint32_t lanes, std::uint32_t k) {
  const std::int32_t maximum = group_maximum(own_maximum, lanes);
  const auto lane = static_cast<std::uint32_t>(lane_id());
  const std::uint32_t group = (threadIdx.x - lane) / lanes + lane / lanes;
  if (lane % lanes == 0) shared.maxima[group] = maximum;
  __syncthreads();
  if (warp_id() == 0) {
    const std::int32_t bound =
        bound_of_maxima(shared::address_of(shared.maxima), groups, k, k / 4 + 4);
    if (lane == 0) shared.threshold = bound > L::kFillKey ? bound : INT32_MIN;
  }
  __syncthreads();
  return shared.threshold;
}

// A slot for each of `hits`, counted from 0 again.
__device__ inline std::uint32_t restart_count(GroupMaximaShared& shared, std::uint32_t hits) {
  if (threadIdx.x == 0) shared.count = 0;
  __syncthreads();
  return hits > 0 ? atomicAdd(&shared.count, hits) : 0;
}

enum class GroupMaximaPhase : std::uint8_t { load, threshold, collect, hand_over, write };
inline constexpr const char* kGroupMaximaPhases[] = {"load", "threshold", "collect", "hand_over",
                                                     "write"};

template <DType kDType, bool kLargest, int kVectors, class Clock>
__global__ void __launch_bounds__(kMostMaximaThreads, 2)
    group_maxima_kernel(const __grid_constant__ TopkArguments arguments) {
  using L = Lanes<kDType, kLargest>;
  using Key = typename L::Key;
  extern __shared__ __align__(16) unsigned char dynamic_memory[];
  __shared__ GroupMaximaShared shared;
  Clock clock;

  MeetingTeam team(arguments, shared.team, reinterpret_cast<RowCandidate*>(dynamic_memory));
  const std::int64_t row_number = arguments.first_row + team.row();
  wait_for_previous_kernel();
  const Row<Key> row(arguments, row_number);
  const auto vector_at = [&](int j) { return dealt_vector(j, team.rank(), team.ctas()); };
  uint4 vectors[kVectors];
#pragma unroll
  for (int j = 0; j < kVectors; ++j) vectors[j] = row.load(vector_at(j), L::kFill);
  if (threadIdx.x == 0) shared.count = 0;

  auto best = L::worst();
#pragma unroll
  for (int j = 0; j < kVectors; ++j) best = L::fold(best, vectors[j]);
  const std::int32_t maximum = L::key_of(best);
  clock.end(GroupMaximaPhase::load);
  const auto k = static_cast<std::uint32_t>(min(arguments.k, row.length()));
  const std::uint32_t lanes = 32 / static_cast<std::uint32_t>(arguments.groups_per_warp);
  const std::int32_t threshold = own_threshold<L>(shared, maximum, team.groups(), lanes, k);
  clock.end(GroupMaximaPhase::threshold);

  KeepBest<kDType, kLargest, kVectors, decltype(vector_at)> chooser(vectors, row, vector_at,
                                                                    shared.keep_best);
  auto hits = HitMasks<kDType, kLargest, kVectors>::none();
  if (maximum >= threshold) hits = chooser.reaching(threshold);
  std::uint32_t slot = hits.any() ? atomicAdd(&shared.count, hits.count()) : 0;
  __syncthreads();
  std::uint32_t count = shared.count;
  if (count > arguments.capacity) {
    hits = chooser.select(threshold, block_max(maximum, shared.highest), arguments.capacity, k)
               .together();
    slot = restart_count(shared, hits.count());
    __syncthreads();
    count = shared.count;
  }
  hits.for_each(vectors, [&](int j, int element, Key bits) {
    const std::uint32_t index = row.index_of(vector_at(j), element);
    team.send(slot++, Packing<RowCandidate>::pack(order_key<kDType, kLargest>(bits), index));
  });
  clock.end(GroupMaximaPhase::collect);
  if (!team.finishes(count)) return;
  clock.end(GroupMaximaPhase::hand_over);

  const Writer<kDType, kLargest> writer(arguments, row_number);
  team.write_best(k, shared.list, [&](std::uint32_t rank, RowCandidate candidate) {
    writer(row, rank, candidate);
  });
  writer.fill(k, arguments.k);
  clock.end(GroupMaximaPhase::write);
}

}  // namespace skim::cuda
