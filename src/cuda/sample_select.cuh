// Rows that no cluster holds, and many long ones: a threshold from a sample, one pass over the row
// that collects what reaches it, and the candidates put in order (Ribizel and Anzt, Parallel
// selection on GPUs, 2020, with one splitter).
//   1. sample_threshold_kernel, a CTA a row: vectors from places spread evenly over the row, each
//      moved by chance, so that no pattern of the row hides between them. Of the maxima of groups
//      of them, the threshold is the one that enough elements of the row will reach.
//   2. collect_candidates_kernel, all CTAs: what is above the threshold, and what equals it, into
//      two lists in the workspace, and how many there are. It has begun to load before the
//      threshold is known.
//   3. finish_row_kernel: a CTA puts the candidates in order. Ties at the threshold that are more
//      than a list holds are read again, the first ones only. Where the sample misled, all CTAs go
//      over the row as filter does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cub/block/block_scan.cuh>

#include "cuda/arguments.h"
#include "cuda/best_bounds.cuh"
#include "cuda/block.cuh"
#include "cuda/buckets.cuh"
#include "cuda/candidate_list.cuh"
#include "cuda/cluster.cuh"
#include "cuda/cluster_buckets_bound.cuh"
#include "cuda/filter.cuh"
#include "cuda/lanes.cuh"
#include "cuda/owned_buckets.cuh"
#include "cuda/sample_select_layout.h"
#include "cuda/value_buckets.cuh"
#include "cuda/writer.cuh"

namespace skim::cuda {

// Places in the workspace (sample_select_layout.h), of all rows.
struct SamplePlaces {
  SampleState* states = nullptr;
  std::uint32_t* ties = nullptr;
  RowCandidate* above = nullptr;
  RowCandidate* at = nullptr;
  std::uint32_t kept_above = 0;  // of a row
  std::uint32_t kept_at = 0;
  std::uint32_t stream_ctas = 1;         // of a row
  int sampled_vectors = kSampleVectors;  // of a thread, at most
  std::uint32_t wanted = 0;              // rank of the threshold in the sample; 0: as expected
};

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

// --- the threshold
// --------------------------------------------------------------------------------

// How a row is sampled. Of few vectors each is looked at.
struct Sample {
  int of_thread;       // vectors
  std::uint32_t rank;  // of the threshold among the maxima, from 1
  bool keeps_all;      // no more than a few times k

  __device__ Sample(std::int64_t length, int per_vector, std::uint32_t k,
                    const SamplePlaces& places)
      : of_thread(places.sampled_vectors), rank(k), keeps_all(length <= std::int64_t{4} * k) {
    constexpr float kMostExpected = kSampledGroups / 4;
    const float of_row = static_cast<float>(k) / static_cast<float>(max(length, std::int64_t{1}));
    const float of_vector = of_row * static_cast<float>(kSampleThreads * per_vector);
    while (of_thread > 1 && static_cast<float>(of_thread) * of_vector > kMostExpected)
      of_thread /= 2;
    const float expected = static_cast<float>(of_thread) * of_vector;
    rank = places.wanted != 0 ? places.wanted
                              : static_cast<std::uint32_t>(sampled_rank(expected, sqrtf(expected)));
  }
};

// Where a sample's vectors lie: one in each of so many equal stretches of the row.
class SampledVectors {
 public:
  __device__ SampledVectors(std::uint32_t vectors, int of_thread)
      : vectors_(vectors), count_(static_cast<std::uint32_t>(of_thread) * blockDim.x) {}

  __device__ std::uint32_t operator()(int j) const {
    const std::uint32_t i = static_cast<std::uint32_t>(j) * blockDim.x + threadIdx.x;
    if (vectors_ <= count_) return i;
    if (i >= count_) return vectors_;
    const auto first = static_cast<std::uint32_t>(std::uint64_t{vectors_} * i / count_);
    return first +
           static_cast<std::uint32_t>(std::uint64_t{scattered(i)} * (vectors_ / count_) >> 32);
  }

 private:
  // A finalizer of MurmurHash3 (Appleby).
  static __device__ std::uint32_t scattered(std::uint32_t i) {
    i = (i + 1) * 0x9e3779b9u;
    i = (i ^ i >> 16) * 0x85ebca6bu;
    i = (i ^ i >> 13) * 0xc2b2ae35u;
    return i ^ i >> 16;
  }

  std::uint32_t vectors_;
  std::uint32_t count_;
};

// The maxima of a thread's groups: of the elements in the same word of all its vectors.
template <DType kDType, bool kLargest>
class SampledMaxima {
  using L = Lanes<kDType, kLargest>;
  using Words = typename L::Words;
  using Word = typename L::Word;
  using Key = typename L::Key;

 public:
  __device__ SampledMaxima(const Row<Key>& row, int of_thread) {
    Word best[kMostThreadGroups] = {L::worst(), L::worst(), L::worst(), L::worst()};
    const SampledVectors vector_at(row.vector_count(), of_thread);
#pragma unroll 1
    for (int first = 0; first < of_thread; first += kSampleVectors) {
      uint4 vectors[kSampleVectors];
      row.load(
          vectors, [&](int j) { return j < of_thread ? vector_at(first + j) : row.vector_count(); },
          L::kFill);
#pragma unroll
      for (int j = 0; j < kSampleVectors; ++j) {
#pragma unroll
        for (int i = 0; i < kMostThreadGroups; ++i)
          best[i] = L::better(best[i], Words::from(word_of(vectors[j], i)));
      }
    }
#pragma unroll
    for (int i = 0; i < kMostThreadGroups; ++i) {
      const Key bits = Words::best_bits(best[i], [](Word a, Word b) { return L::better(a, b); });
      keys_[i] = order_key<kDType, kLargest>(bits);
      numbers_[i] = NumberOf<kDType, kLargest>::of_bits(bits);
    }
  }

  // As BoundBuckets asks.
  __device__ int groups() const { return kMostThreadGroups; }
  __device__ float number(int i) const { return numbers_[i]; }
  __device__ float greatest_of(int i) const { return numbers_[i]; }
  __device__ float least_of(int i) const { return numbers_[i]; }

  // The least key whose number is no less; INT32_MAX where there is none.
  __device__ std::int32_t least_key_from(float number) const {
    std::int32_t least = INT32_MAX;
#pragma unroll
    for (int i = 0; i < kMostThreadGroups; ++i)
      if (numbers_[i] >= number) least = min(least, keys_[i]);
    return least;
  }

 private:
  std::int32_t keys_[kMostThreadGroups];
  float numbers_[kMostThreadGroups];
};

struct SampleShared {
  alignas(16) std::uint32_t buckets[kSampleThreads * kBucketsPerThread + 4 + kSpareBuckets];
  RangeScratch range;
  BucketScratch cut;
  std::int32_t least;
};

// By all threads: the threshold among the maxima, and what half of those above it reach.
template <DType kDType, bool kLargest>
__device__ SampleState threshold_of(const SampledMaxima<kDType, kLargest>& maxima,
                                    std::uint32_t rank, SampleShared& shared) {
  const Buckets buckets(shared::address_of(&shared.buckets), shared::address_of(&shared.cut));
  buckets.clear();
  if (threadIdx.x == 0) shared.least = INT32_MAX;
  // Sets of groups, fewer than `rank`: their least maximum begins the range.
  const std::uint32_t of_set = max(kSampledGroups / rank, 1u);
  const int groups = of_set >= kMostThreadGroups ? kMostThreadGroups : of_set >= 2 ? 2 : 1;
  const std::uint32_t lanes = min(of_set / kMostThreadGroups, 32u);
  const int lane_bits = lanes > 1 ? 31 - __clz(static_cast<int>(lanes)) : 0;
  const BoundBuckets bounds(maxima, groups, lane_bits, buckets, shared::address_of(&shared.range));
  const bool is_reached = bounds.count(maxima, rank);
  const std::int32_t own =
      is_reached ? maxima.least_key_from(bounds.bound(maxima, true)) : INT32_MAX;
  const std::int32_t of_warp = __reduce_min_sync(~0u, own);
  if (lane_id() == 0) atomicMin(&shared.least, of_warp);
  const float middle = bounds.middle(rank);
  __syncthreads();
  // Where fewer are numbers, all numbers are above it.
  const std::int32_t least = is_reached ? shared.least : Lanes<kDType, kLargest>::kFillKey;
  return {least, middle, 0};
}

template <DType kDType, bool kLargest>
__global__ void __launch_bounds__(kSampleThreads)
    sample_threshold_kernel(const __grid_constant__ TopkArguments arguments,
                            const SamplePlaces places) {
  using Key = typename KeyOrder<kDType>::Key;
  __shared__ SampleShared shared;
  // In this order: the next kernel reads the row before it waits.
  wait_for_previous_results();
  start_next_kernel();
  const std::int64_t row_number = arguments.first_row + std::int64_t{blockIdx.x};
  const Row<Key> row(arguments, row_number);
  const auto k = static_cast<std::uint32_t>(min(arguments.k, row.length()));
  const Sample sample(row.length(), Row<Key>::kPerVector, k, places);
  SampleState state = {INT32_MIN, 0, 0};
  if (!sample.keeps_all && k > 0) {
    const SampledMaxima<kDType, kLargest> maxima(row, sample.of_thread);
    state = threshold_of(maxima, sample.rank, shared);
  }
  if (threadIdx.x != 0) return;
  places.states[row_number] = state;
  reinterpret_cast<std::uint32_t*>(arguments.workspace)[row_number] = 0;  // arrivals, of filter
}

// --- the candidates
// -------------------------------------------------------------------------------

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

// --- the order
// ------------------------------------------------------------------------------------

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
  for (std::uint32_t i = threadIdx.x; i < source.number; i += blockDim.x)
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
  const Buckets buckets(shared::address_of(memory), shared::address_of(&shared.ordering.cut));
  buckets.clear();
  const std::uint32_t count = gather_candidates<kDType, kLargest>(
      reinterpret_cast<RowCandidate*>(memory + layout.received), row, k, state.threshold, above, at,
      places, places.ties + row_number * places.stream_ctas, shared);
  __syncthreads();
  const Values bucket_of(NumberOf<kDType, kLargest>::of_key(state.threshold), state.middle,
                         Buckets::number(), static_cast<std::uint32_t>(row.length()));
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
