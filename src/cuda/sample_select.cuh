// Rows that no cluster holds, and many long ones: a threshold from a sample, one pass over the row
// that collects what reaches it, and the candidates put in order (Ribizel and Anzt, Parallel
// selection on GPUs, 2020, with one splitter).
//   1. sample_threshold_kernel, a cluster a row: a threshold that enough elements of the row reach
//      (sample_threshold.cuh).
//   2. collect_candidates_kernel, all CTAs: what is above the threshold, and what equals it, into
//      two lists in the workspace (sample_candidates.cuh). It has begun to load before the
//      threshold is known.
//   3. finish_row_kernel: a CTA puts the candidates in order. Ties at the threshold that are more
//      than a list holds are read again, the first ones only. Where the sample misled, all CTAs go
//      over the row as filter does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cub/block/block_scan.cuh>

#include "cuda/arguments.h"
#include "cuda/block.cuh"
#include "cuda/buckets.cuh"
#include "cuda/candidate_list.cuh"
#include "cuda/cluster.cuh"
#include "cuda/filter.cuh"
#include "cuda/owned_buckets.cuh"
#include "cuda/sample_candidates.cuh"
#include "cuda/sample_select_layout.h"
#include "cuda/sample_threshold.cuh"
#include "cuda/value_buckets.cuh"
#include "cuda/writer.cuh"

namespace skim::cuda {

struct FinishShared {
  union {
    struct {
      BucketScratch cut;
      std::uint32_t used;
      typename cub::BlockScan<std::uint32_t, kFinishThreads>::TempStorage scan;
    } ordering;
    FilterShared<RowCandidate> filter;
  };
};

// A list of the workspace, as take_up wants it.
struct CandidateSource {
  const RowCandidate* list;
  std::uint32_t number;

  __device__ std::uint32_t count(std::uint32_t) const { return number; }
  __device__ RowCandidate candidate(std::uint32_t, std::uint32_t i) const {
    return __ldcg(list + i);
  }
};

// Copies a list of the workspace to the end of one in shared memory; the next barrier is the
// caller's.
__device__ inline std::uint32_t append(RowCandidate* list, std::uint32_t used,
                                       const CandidateSource& source) {
#pragma unroll 8
  for (std::uint32_t i = threadIdx.x; i < source.number; i += kFinishThreads)
    list[used + i] = source.candidate(0, i);
  return used + source.number;
}

// Of the elements that equal the threshold, `need` with the lowest indices and a few more, read
// again from where the counts of the CTAs say that they are.
template <DType kDType, bool kLargest>
__device__ std::uint32_t append_first_ties(RowCandidate* list, std::uint32_t used,
                                           std::uint32_t need,
                                           const Row<typename KeyOrder<kDType>::Key>& row,
                                           std::int32_t threshold, const std::uint32_t* ties_of_cta,
                                           std::uint32_t ctas, FinishShared& shared) {
  using L = Lanes<kDType, kLargest>;
  using Scan = cub::BlockScan<std::uint32_t, kFinishThreads>;
  std::uint32_t found = 0;
#pragma unroll 1
  for (std::uint32_t cta = 0; cta < ctas && found < need; ++cta) {
    if (__ldcg(ties_of_cta + cta) == 0) continue;
    const StreamShare share(row.vector_count(), cta, ctas);
#pragma unroll 1
    for (std::uint32_t at = share.begin; at < share.end && found < need;) {
      // Neighbouring vectors, so that the threads' elements are in the order of the row.
      const auto vector_at = [&](int j) {
        const std::uint32_t vector =
            at + threadIdx.x * kStreamVectors + static_cast<std::uint32_t>(j);
        return vector < share.end ? vector : UINT32_MAX;
      };
      uint4 vectors[kStreamVectors];
      row.load(vectors, vector_at, L::kFill);
      const CandidateMasks<kDType, kLargest, kStreamVectors> masks(vectors, row, vector_at,
                                                                   threshold);
      std::uint32_t before = 0;
      std::uint32_t of_all = 0;
      Scan(shared.ordering.scan).ExclusiveSum(masks.ties.count(), before, of_all);
      __syncthreads();
      std::uint32_t slot = found + before;
      if (slot < need && masks.ties.any()) {
        masks.ties.for_each(vectors, [&](int j, int element, auto) {
          list[used + slot++] =
              Packing<RowCandidate>::pack(threshold, row.index_of(vector_at(j), element));
        });
        atomicMax(&shared.ordering.used, used + slot);
      }
      found += of_all;
      at += min(kStreamVectors * blockDim.x, share.end - at);
    }
  }
  __syncthreads();
  return shared.ordering.used;
}

// A CTA's candidates in shared memory: all those above the threshold, and ties where they are
// needed.
template <DType kDType, bool kLargest>
__device__ std::uint32_t gather_candidates(RowCandidate* list,
                                           const Row<typename KeyOrder<kDType>::Key>& row,
                                           std::uint32_t k, std::int32_t threshold,
                                           const CandidateSource& above, const CandidateSource& at,
                                           const SamplePlaces& places,
                                           const std::uint32_t* ties_of_cta, FinishShared& shared) {
  std::uint32_t used = append(list, 0, above);
  if (above.number >= k) return used;
  if (above.number + std::uint64_t{at.number} <= places.kept_at) return append(list, used, at);
  if (threadIdx.x == 0) shared.ordering.used = used;
  __syncthreads();
  return append_first_ties<kDType, kLargest>(list, used, k - above.number, row, threshold,
                                             ties_of_cta, places.stream_ctas, shared);
}

template <DType kDType, bool kLargest>
__device__ void order_candidates(const TopkArguments& arguments, std::int64_t row_number,
                                 std::uint32_t k, const SampleState& state,
                                 const SamplePlaces& places, unsigned char* memory,
                                 FinishShared& shared) {
  using Values = ValueBuckets<kDType, kLargest>;
  const Row<typename KeyOrder<kDType>::Key> row(arguments, row_number);
  const Writer<kDType, kLargest> writer(arguments, row_number);
  const CandidateSource above{places.above + row_number * places.kept_above,
                              static_cast<std::uint32_t>(state.candidates)};
  const CandidateSource at{places.at + row_number * places.kept_at,
                           static_cast<std::uint32_t>(state.candidates >> 32)};
  const auto write = [&](std::uint32_t rank, RowCandidate candidate) {
    writer(row, rank, candidate);
  };
  if (above.number > places.kept_at) {  // more than there is room for at once
    RunningBest<RowCandidate> best(reinterpret_cast<RowCandidate*>(memory), arguments.capacity, k,
                                   shared.filter);
    take_up(above, 0, best);
    const std::uint32_t total = best.finish();
    return write_best(best.list(), total, k, shared.filter.list, write);
  }
  const ClusterBucketsLayout layout = finish_layout(places.kept_at);
  const CandidateBuckets buckets(shared::address_of(memory),
                                 shared::address_of(&shared.ordering.cut));
  buckets.clear();
  const std::uint32_t count = gather_candidates<kDType, kLargest>(
      reinterpret_cast<RowCandidate*>(memory + layout.received), row, k, state.threshold, above, at,
      places, places.ties + row_number * places.stream_ctas, shared);
  __syncthreads();
  const Values bucket_of(NumberOf<kDType, kLargest>::of_key(state.threshold), state.middle,
                         CandidateBuckets::number(), static_cast<std::uint32_t>(row.length()));
  const OwnedBuckets owned(buckets, layout, memory, shared.ordering.used);
  owned.write_best({.part_bits = 0,
                    .stride = places.kept_at,
                    .count = count,
                    .total = count,
                    .before = 0,
                    .is_complete = true},
                   k, bucket_of, write);
}

template <DType kDType, bool kLargest>
__global__ void __launch_bounds__(kFinishThreads)
    finish_row_kernel(const __grid_constant__ TopkArguments arguments, const SamplePlaces places) {
  extern __shared__ __align__(16) unsigned char dynamic_memory[];
  __shared__ FinishShared shared;
  wait_for_previous_kernel();
  const std::int64_t row_number = arguments.first_row + std::int64_t{blockIdx.x};
  const auto k = static_cast<std::uint32_t>(min(arguments.k, row_cols(arguments, row_number)));
  SampleState state = places.states[row_number];
  state.candidates = __ldcg(&places.states[row_number].candidates);
  const auto above = static_cast<std::uint32_t>(state.candidates);
  const std::uint64_t all = above + (state.candidates >> 32);
  if (__builtin_expect(all < k || above > places.kept_above, 0)) {  // the sample misled
    auto* const list = reinterpret_cast<RowCandidate*>(dynamic_memory);
    SilentClock clock;
    FilterGridTeam<RowCandidate> team(arguments, shared.filter.team, list);
    return filter_row<kDType, kLargest>(arguments, team, list, shared.filter, clock);
  }
  if (blockIdx.y > 0) return;
  Writer<kDType, kLargest>(arguments, row_number).fill(k, arguments.k);
  if (k == 0) return;
  order_candidates<kDType, kLargest>(arguments, row_number, k, state, places, dynamic_memory,
                                     shared);
}

}  // namespace skim::cuda
