// Rows of any length and every element type, k up to kSortedLimit: each CTA reads its share of a
// row tile by tile, keeps what beats the k-th best so far in a list in shared memory, and cuts the
// list to k when the next tile might not fit. Exact on every input: candidates are distinct, so
// ties are no special case. One CTA then takes up the others' lists in the same way and writes the
// k best.
#pragma once

#include <cstdint>

#include "cuda/candidate_list.cuh"
#include "cuda/cluster.cuh"
#include "cuda/filter_layout.h"
#include "cuda/filter_team.cuh"
#include "cuda/phase_clock.cuh"
#include "cuda/row.cuh"
#include "cuda/writer.cuh"

namespace skim::cuda {

template <class Candidate>
struct FilterShared {
  ListScratch<Candidate> list;
  FilterTeamShared team;
  std::uint32_t used;
};

// The best candidates so far: at least the k best, never more than fit.
template <class Candidate>
class RunningBest {
 public:
  __device__ RunningBest(Candidate* list, std::uint32_t capacity, std::uint32_t k,
                         FilterShared<Candidate>& shared)
      : list_(list), capacity_(capacity), k_(k), shared_(shared) {
    if (threadIdx.x == 0) shared_.used = 0;
    __syncthreads();
  }

  __device__ bool admits(Candidate candidate) const { return candidate >= bound_; }
  __device__ void raise_bound(Candidate bound) { bound_ = greater(bound_, bound); }

  // Room for `count` candidates of this thread.
  __device__ Candidate* take(std::uint32_t count) {
    const std::uint32_t first = atomicAdd(&shared_.used, count);
    seen_ = first + count;
    return list_ + first;
  }

  // Between two calls the CTA takes no more than `incoming` slots. A thread knows of the slots up
  // to its own last one; whoever took the last slot of all knows enough.
  __device__ void make_room(std::uint32_t incoming) {
    if (__syncthreads_or(seen_ + incoming > capacity_)) cut();
  }

  // The list with at most k entries.
  __device__ std::uint32_t finish() {
    __syncthreads();
    if (shared_.used > k_) cut();
    return shared_.used;
  }
  __device__ Candidate* list() const { return list_; }

 private:
  __device__ void cut() {
    const std::uint32_t used = shared_.used;
    raise_bound(bound_of_best(list_, used, k_, shared_.list));
    const std::uint32_t kept = keep_reaching(list_, used, bound_, shared_.list.cut);
    if (threadIdx.x == 0) shared_.used = kept;
    seen_ = 0;
    __syncthreads();
  }

  Candidate* list_;
  std::uint32_t capacity_;
  std::uint32_t k_;
  FilterShared<Candidate>& shared_;
  Candidate bound_ = Packing<Candidate>::least;
  std::uint32_t seen_ = 0;
};

// One tile: kVectors vectors a thread.
template <DType kDType, bool kLargest, int kVectors>
class FilterTile {
  using Key = typename KeyOrder<kDType>::Key;
  using Candidate = CandidateFor<Key>;
  static constexpr int kPerVector = Row<Key>::kPerVector;

 public:
  __device__ FilterTile(const Row<Key>& row, std::uint32_t tile)
      : row_(row), first_(tile * kVectors * blockDim.x + threadIdx.x) {
#pragma unroll
    for (int j = 0; j < kVectors; ++j) vectors_[j] = row.load(vector_at(j), Key{0});
  }

  __device__ void offer(RunningBest<Candidate>& best) const {
    std::uint32_t admitted[kVectors];
    std::uint32_t count = 0;
#pragma unroll
    for (int j = 0; j < kVectors; ++j) {
      admitted[j] = 0;
#pragma unroll
      for (int e = 0; e < kPerVector; ++e)
        admitted[j] |= std::uint32_t{best.admits(candidate(j, e))} << e;
      if (!row_.is_whole(vector_at(j))) admitted[j] &= row_.held(vector_at(j));
      count += __popc(admitted[j]);
    }
    if (count == 0) return;
    Candidate* slot = best.take(count);
#pragma unroll
    for (int j = 0; j < kVectors; ++j) {
#pragma unroll
      for (int e = 0; e < kPerVector; ++e)
        if ((admitted[j] >> e & 1) != 0) *slot++ = candidate(j, e);
    }
  }

 private:
  __device__ std::uint32_t vector_at(int j) const {
    return first_ + static_cast<std::uint32_t>(j) * blockDim.x;
  }
  __device__ Candidate candidate(int j, int element) const {
    const Key key = order_key<kDType, kLargest>(element_of<Key>(vectors_[j], element));
    return Packing<Candidate>::pack(key, row_.index_of(vector_at(j), element));
  }

  const Row<Key>& row_;
  std::uint32_t first_;
  uint4 vectors_[kVectors];
};

// Takes up the list of another CTA, which holds its k best where it has so many.
template <class Candidate, class Team>
__device__ void take_up(const Team& team, std::uint32_t cta, RunningBest<Candidate>& best) {
  constexpr int kAtOnce = 4;
  const std::uint32_t count = team.count(cta);
  for (std::uint32_t begin = 0; begin < count; begin += kAtOnce * blockDim.x) {
    best.make_room(kAtOnce * blockDim.x);
    Candidate candidates[kAtOnce];
#pragma unroll
    for (int i = 0; i < kAtOnce; ++i) {
      const std::uint32_t at = begin + static_cast<std::uint32_t>(i) * blockDim.x + threadIdx.x;
      candidates[i] = at < count ? team.candidate(cta, at) : Packing<Candidate>::least;
    }
#pragma unroll
    for (int i = 0; i < kAtOnce; ++i) {
      const std::uint32_t at = begin + static_cast<std::uint32_t>(i) * blockDim.x + threadIdx.x;
      if (at < count && best.admits(candidates[i])) *best.take(1) = candidates[i];
    }
  }
}

enum class FilterPhase : std::uint8_t {
  start,
  make_room,  // the loads of the next tile are under way
  admit,      // and what is left of waiting for them
  cut,
  hand_over,
  take_up,
  write,
};
inline constexpr const char* kFilterPhases[] = {"start",     "make_room", "admit", "cut",
                                                "hand_over", "take_up",   "write"};

// By the CTAs of a team, the k best of their row into the caller's memory.
template <DType kDType, bool kLargest, class Team, class Candidate, class Clock>
__device__ void filter_row(const TopkArguments& arguments, Team& team, Candidate* memory,
                           FilterShared<Candidate>& shared, Clock& clock) {
  using Key = typename KeyOrder<kDType>::Key;
  constexpr int kVectors = filter_vectors(sizeof(Key));
  const std::int64_t row_number = arguments.first_row + team.row();
  const Row<Key> row(arguments, row_number);
  const auto k = static_cast<std::uint32_t>(min(arguments.k, row.length()));
  RunningBest<Candidate> best(memory, arguments.capacity, k, shared);
  clock.end(FilterPhase::start);

  const std::uint32_t tile_vectors = kVectors * blockDim.x;
  const std::uint32_t tiles = (row.vector_count() + tile_vectors - 1) / tile_vectors;
  for (std::uint32_t tile = team.rank(); tile < tiles; tile += team.ctas()) {
    const FilterTile<kDType, kLargest, kVectors> loaded(row, tile);
    best.make_room(tile_vectors * Row<Key>::kPerVector);
    clock.end(FilterPhase::make_room);
    loaded.offer(best);
    clock.end(FilterPhase::admit);
  }
  const std::uint32_t own = best.finish();
  clock.end(FilterPhase::cut);
  const bool finishes = team.finishes(own);
  clock.end(FilterPhase::hand_over);
  if (!finishes) return team.leave();

  for (std::uint32_t cta = 0; cta < team.ctas(); ++cta)
    if (cta != team.rank()) take_up(team, cta, best);
  team.leave();
  clock.end(FilterPhase::take_up);
  const std::uint32_t total = best.finish();
  const Writer<kDType, kLargest> writer(arguments, row_number);
  write_best(best.list(), total, k, shared.list,
             [&](std::uint32_t rank, Candidate candidate) { writer(row, rank, candidate); });
  writer.fill(k, arguments.k);
  clock.end(FilterPhase::write);
}

template <DType kDType, bool kLargest, template <class> class Team, class Clock>
__global__ void __launch_bounds__(kMostFilterThreads)
    filter_kernel(const __grid_constant__ TopkArguments arguments) {
  using Candidate = CandidateFor<typename KeyOrder<kDType>::Key>;
  extern __shared__ __align__(16) unsigned char dynamic_memory[];
  __shared__ FilterShared<Candidate> shared;
  Clock clock;

  auto* const memory = reinterpret_cast<Candidate*>(dynamic_memory);
  Team<Candidate> team(arguments, shared.team, memory);
  wait_for_previous_kernel();
  filter_row<kDType, kLargest>(arguments, team, memory, shared, clock);
}

}  // namespace skim::cuda
