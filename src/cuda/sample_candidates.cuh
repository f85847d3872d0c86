// What reaches a row's threshold, collected into the workspace by all CTAs in one pass: what is
// above it, and what equals it.
#pragma once

#include <cstdint>

#include "cuda/arguments.h"
#include "cuda/best_bounds.cuh"
#include "cuda/block.cuh"
#include "cuda/cluster.cuh"
#include "cuda/lanes.cuh"
#include "cuda/sample_select_layout.h"
#include "order/candidate.h"

namespace skim::cuda {

// The first vector, and the number of them, that a CTA of a row collects from.
struct StreamShare {
  std::uint32_t begin;
  std::uint32_t end;

  __device__ StreamShare(std::uint32_t vectors, std::uint32_t rank, std::uint32_t ctas) {
    constexpr std::uint32_t kRun = 8;  // 128 bytes
    const std::uint64_t share = (vectors / ctas / kRun + 1) * std::uint64_t{kRun};
    begin = static_cast<std::uint32_t>(min(share * rank, std::uint64_t{vectors}));
    end = static_cast<std::uint32_t>(min(share * (rank + 1), std::uint64_t{vectors}));
  }
};

// Elements above the threshold, and those that equal it.
template <DType kDType, bool kLargest, int kVectors>
struct CandidateMasks {
  using Masks = HitMasks<kDType, kLargest, kVectors>;
  Masks above;
  Masks ties;

  template <class VectorAt>
  __device__ CandidateMasks(const uint4 (&vectors)[kVectors],
                            const Row<typename KeyOrder<kDType>::Key>& row, VectorAt vector_at,
                            std::int32_t threshold)
      : above(Masks::none()),
        ties(cuda::reaching<kDType, kLargest>(vectors, row, vector_at, threshold)) {
    constexpr std::int32_t kBest =
        kLargest ? Lanes<kDType, kLargest>::kNan : Lanes<kDType, kLargest>::kBestNumber;
    if (!__any_sync(~0u, ties.any()) || threshold >= kBest) return;
    above = cuda::reaching<kDType, kLargest>(vectors, row, vector_at, threshold + 1);
    ties.remove(above);
  }
};

template <DType kDType, bool kLargest>
class CandidateCollector {
  using Key = typename KeyOrder<kDType>::Key;
  using Masks = CandidateMasks<kDType, kLargest, kStreamVectors>;

 public:
  __device__ CandidateCollector(const Row<Key>& row, const SamplePlaces& places, std::int64_t at)
      : row_(row),
        state_(places.states[at]),
        above_(places.above + at * places.kept_above),
        at_(places.at + at * places.kept_at),
        kept_above_(places.kept_above),
        kept_at_(places.kept_at),
        threshold_(__ldcg(&state_.threshold)) {}

  // By all threads of a warp.
  template <class VectorAt>
  __device__ void collect(const uint4 (&vectors)[kStreamVectors], VectorAt vector_at) {
    const Masks masks(vectors, row_, vector_at, threshold_);
    const std::uint32_t above = masks.above.count();
    const std::uint32_t ties = masks.ties.count();
    if (!__any_sync(~0u, above + ties > 0)) return;
    ties_ += ties;
    // Up to 32 a thread, 1024 a warp.
    const std::uint32_t through = sum_through_lane(ties << 16 | above);
    unsigned long long first = 0;
    if (lane_id() == 31) {
      first = atomicAdd(&state_.candidates,
                        static_cast<unsigned long long>(through >> 16) << 32 | (through & 0xffff));
    }
    first = __shfl_sync(~0u, first, 31);
    put(masks.above, vectors, vector_at, above_, kept_above_,
        static_cast<std::uint32_t>(first) + (through & 0xffff) - above);
    put(masks.ties, vectors, vector_at, at_, kept_at_,
        static_cast<std::uint32_t>(first >> 32) + (through >> 16) - ties);
  }
  // Of this thread.
  __device__ std::uint32_t ties() const { return ties_; }

 private:
  template <class HitMasks, class VectorAt>
  __device__ void put(const HitMasks& masks, const uint4 (&vectors)[kStreamVectors],
                      VectorAt vector_at, RowCandidate* list, std::uint32_t kept,
                      std::uint32_t slot) const {
    if (slot >= kept) return;
    masks.for_each(vectors, [&](int j, int element, Key bits) {
      if (slot < kept) {
        list[slot] = Packing<RowCandidate>::pack(order_key<kDType, kLargest>(bits),
                                                 row_.index_of(vector_at(j), element));
      }
      ++slot;
    });
  }

  const Row<Key>& row_;
  SampleState& state_;
  RowCandidate* above_;
  RowCandidate* at_;
  std::uint32_t kept_above_;
  std::uint32_t kept_at_;
  std::int32_t threshold_;
  std::uint32_t ties_ = 0;
};

template <DType kDType, bool kLargest>
__global__ void __launch_bounds__(kMostStreamThreads)
    collect_candidates_kernel(const __grid_constant__ TopkArguments arguments,
                              const SamplePlaces places) {
  using L = Lanes<kDType, kLargest>;
  __shared__ BlockSumScratch scratch;
  start_next_kernel();
  const std::int64_t row_number = arguments.first_row + std::int64_t{blockIdx.x};
  const Row<typename L::Key> row(arguments, row_number);
  const StreamShare share(row.vector_count(), blockIdx.y, places.stream_ctas);
  const auto tile_at = [&](std::uint32_t tile) {
    return [=, end = share.end](int j) {
      const std::uint32_t vector = tile + static_cast<std::uint32_t>(j) * blockDim.x + threadIdx.x;
      return vector < end ? vector : UINT32_MAX;
    };
  };
  const std::uint32_t step = kStreamVectors * blockDim.x;
  uint4 vectors[kStreamVectors];
  row.load(vectors, tile_at(share.begin), L::kFill);
  wait_for_previous_results();
  CandidateCollector<kDType, kLargest> candidates(row, places, row_number);
#pragma unroll 1
  for (std::uint32_t tile = share.begin; tile < share.end;) {
    uint4 following[kStreamVectors];
    const std::uint32_t next = tile + min(step, share.end - tile);
    row.load(following, tile_at(next), L::kFill);
    candidates.collect(vectors, tile_at(tile));
#pragma unroll
    for (int j = 0; j < kStreamVectors; ++j) vectors[j] = following[j];
    tile = next;
  }
  const std::uint32_t ties = BlockSum(scratch)(candidates.ties());
  if (threadIdx.x == 0) places.ties[row_number * places.stream_ctas + blockIdx.y] = ties;
}

}  // namespace skim::cuda
