// A threshold for a row from a sample of it: a key that a few more elements than wanted reach, in
// all likelihood. Vectors are looked at in places spread evenly over the row, each moved by chance,
// so that no pattern of the row hides between them; of the maxima of groups of their elements the
// threshold is the one with the right rank.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/arguments.h"
#include "cuda/block.cuh"
#include "cuda/bound_buckets.cuh"
#include "cuda/buckets.cuh"
#include "cuda/cluster.cuh"
#include "cuda/lanes.cuh"
#include "cuda/sample_select_layout.h"

namespace skim::cuda {

// How a row is sampled: two vectors beside each other, because memory is read by 32 bytes, in each
// of a power of two of equal stretches of the row.
class Sample {
 public:
  __device__ Sample(std::int64_t length, int per_vector, std::uint32_t row_vectors, std::uint32_t k,
                    const SamplePlaces& places)
      : keeps_all_(cuda::keeps_all(length, k)), row_vectors_(row_vectors) {
    if (keeps_all_) return;
    per_element_ = static_cast<float>(k) / static_cast<float>(length);
    vector_bits_ = sample_vector_bits(
        places.sample_ctas * kSampleThreads * static_cast<std::uint32_t>(places.sampled_vectors),
        per_element_ * static_cast<float>(per_vector));
  }

  __device__ bool keeps_all() const { return keeps_all_; }

  // Of the i-th vector looked at; the end of the row where there are not so many.
  __device__ std::uint32_t place(std::uint32_t i) const {
    if (i >> vector_bits_ != 0) return row_vectors_;
    const int pair_bits = vector_bits_ - 1;
    const std::uint32_t row_pairs = row_vectors_ / 2;
    if (row_pairs >> pair_bits == 0) return min(i, row_vectors_);
    const std::uint64_t first = std::uint64_t{row_pairs} * (i / 2) >> pair_bits;
    const std::uint64_t moved = std::uint64_t{scattered(i / 2)} * (row_pairs >> pair_bits) >> 32;
    return static_cast<std::uint32_t>(2 * (first + moved)) + i % 2;
  }

  // Of the threshold among the maxima of groups, from 1.
  __device__ std::uint32_t rank(int per_vector, const SamplePlaces& places) const {
    if (places.wanted != 0) return places.wanted;
    const float elements = static_cast<float>(1 << vector_bits_) * static_cast<float>(per_vector);
    const std::uint32_t of_group =
        max((1u << vector_bits_) / sampled_groups(places.sample_ctas), 1u);
    const float group = static_cast<float>(of_group) * static_cast<float>(per_vector);
    return sampled_rank(elements, elements * per_element_, group);
  }

 private:
  // The finalizer of MurmurHash3 (Appleby, 2016).
  static __device__ std::uint32_t scattered(std::uint32_t i) {
    i = (i + 1) * 0x9e3779b9u;
    i = (i ^ i >> 16) * 0x85ebca6bu;
    i = (i ^ i >> 13) * 0xc2b2ae35u;
    return i ^ i >> 16;
  }

  bool keeps_all_;
  std::uint32_t row_vectors_;
  int vector_bits_ = 0;
  float per_element_ = 0;
};

struct SampleShared {
  alignas(16) std::uint32_t buckets[kSampleThreads * kBucketsPerThread + 4 + kSpareBuckets];
  std::int32_t maxima[kMostSampledGroups];  // of all CTAs, in the first one
  RangeScratch range;
  BucketScratch cut;
  std::int32_t least;
  std::uint32_t nans;
};

// The greatest key of what this thread looks at.
template <DType kDType, bool kLargest>
__device__ std::int32_t sampled_maximum(const Row<typename KeyOrder<kDType>::Key>& row,
                                        const Sample& sample, std::uint32_t rank,
                                        const SamplePlaces& places) {
  using L = Lanes<kDType, kLargest>;
  // Each group's first vector comes before any group's second: of a small sample, groups are small.
  const int lane_bits = sample_lane_bits(places.sample_ctas);
  const std::uint32_t group = (rank * kSampleThreads + threadIdx.x) >> lane_bits;
  const std::uint32_t lane = threadIdx.x & ((1u << lane_bits) - 1);
  const std::uint32_t groups = sampled_groups(places.sample_ctas);
  auto best = L::worst();
#pragma unroll 1
  for (int first = 0; first < places.sampled_vectors; first += kSampleVectors) {
    std::uint32_t at[kSampleVectors];
#pragma unroll
    for (int j = 0; j < kSampleVectors; ++j) {
      const std::uint32_t turn = static_cast<std::uint32_t>(first + j) << lane_bits | lane;
      at[j] = first + j < places.sampled_vectors ? sample.place(turn * groups + group)
                                                 : row.vector_count();
    }
    uint4 vectors[kSampleVectors];
    row.load(
        vectors, [&](int j) { return at[j]; }, L::kFill);
#pragma unroll
    for (int j = 0; j < kSampleVectors; ++j) best = L::fold(best, vectors[j]);
  }
  return L::key_of(best);
}

// The maxima of the groups of all CTAs, into the shared memory of the first one; true there.
__device__ inline bool gather_maxima(std::int32_t maximum, std::uint32_t rank, std::uint32_t ctas,
                                     SampleShared& shared) {
  const int lane_bits = sample_lane_bits(ctas);
  for (int bit = 0; bit < lane_bits; ++bit)
    maximum = max(maximum, __shfl_xor_sync(~0u, maximum, 1 << bit));
  std::int32_t* const maxima = ctas == 1 ? shared.maxima : cluster::in_cta(shared.maxima, 0);
  const std::uint32_t group = (rank * kSampleThreads + threadIdx.x) >> lane_bits;
  if ((threadIdx.x & ((1u << lane_bits) - 1)) == 0) maxima[group] = maximum;
  if (ctas == 1) {
    __syncthreads();
    return true;
  }
  cluster::arrive();
  cluster::wait();
  return rank == 0;
}

// This thread's maxima of those that were gathered.
template <DType kDType, bool kLargest>
class SampledMaxima {
  using Number = NumberOf<kDType, kLargest>;

 public:
  __device__ SampledMaxima(const SampleShared& shared, std::uint32_t number) {
    constexpr std::int32_t kWorst = Lanes<kDType, kLargest>::kFillKey;
#pragma unroll
    for (int i = 0; i < kMostThreadGroups; ++i) {
      const std::uint32_t at = threadIdx.x + static_cast<std::uint32_t>(i) * blockDim.x;
      keys_[i] = at < number ? shared.maxima[at] : kWorst;
      numbers_[i] = Number::of_key(keys_[i]);
    }
  }

  // As BoundBuckets asks.
  __device__ int groups() const { return kMostThreadGroups; }
  __device__ float number(int i) const { return numbers_[i]; }
  __device__ float greatest_of(int i) const { return numbers_[i]; }
  __device__ float least_of(int i) const { return numbers_[i]; }

  __device__ std::uint32_t equal_to(std::int32_t key) const {
    std::uint32_t number = 0;
#pragma unroll
    for (int i = 0; i < kMostThreadGroups; ++i) number += keys_[i] == key;
    return number;
  }

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

// By all threads: the threshold among so many maxima, and what half of those above it reach.
template <DType kDType, bool kLargest>
__device__ SampleState threshold_of(const SampledMaxima<kDType, kLargest>& maxima,
                                    std::uint32_t number, std::uint32_t rank,
                                    SampleShared& shared) {
  using L = Lanes<kDType, kLargest>;
  const Buckets buckets(shared::address_of(&shared.buckets), shared::address_of(&shared.cut));
  buckets.clear();
  if (threadIdx.x == 0) {
    shared.least = INT32_MAX;
    shared.nans = 0;
  }
  // No fewer sets of maxima than `rank`: the least maximum of one begins the range.
  const std::uint32_t of_set = max(number / rank, 1u);
  const int groups = of_set >= kMostThreadGroups ? kMostThreadGroups : of_set >= 2 ? 2 : 1;
  const std::uint32_t lanes = min(of_set / kMostThreadGroups, 32u);
  const int lane_bits = lanes > 1 ? 31 - __clz(static_cast<int>(lanes)) : 0;
  const BoundBuckets bounds(maxima, groups, lane_bits, buckets, shared::address_of(&shared.range));
  const bool is_reached = bounds.count(maxima, rank);
  const std::int32_t own =
      is_reached ? maxima.least_key_from(bounds.bound(maxima, true)) : INT32_MAX;
  const std::int32_t of_warp = __reduce_min_sync(~0u, own);
  const std::uint32_t nans = __reduce_add_sync(~0u, maxima.equal_to(L::kNan));
  if (lane_id() == 0) {
    atomicMin(&shared.least, of_warp);
    atomicAdd(&shared.nans, nans);
  }
  const float middle = bounds.middle(rank);
  __syncthreads();
  // As a number, a NaN that is largest is no more than infinity.
  if (kLargest && shared.nans >= rank) return {L::kNan, middle, 0};
  // Where fewer are numbers, all numbers are above it.
  const std::int32_t least = is_reached ? shared.least : L::kFillKey;
  return {least, middle, 0};
}

// A cluster of CTAs a row, or one CTA.
template <DType kDType, bool kLargest>
__global__ void __launch_bounds__(kSampleThreads)
    sample_threshold_kernel(const __grid_constant__ TopkArguments arguments,
                            const SamplePlaces places) {
  using Key = typename KeyOrder<kDType>::Key;
  __shared__ SampleShared shared;
  // In this order: the next kernel reads the row before it waits.
  wait_for_previous_results();
  start_next_kernel();
  const std::uint32_t rank = blockIdx.y;
  const std::uint32_t ctas = places.sample_ctas;
  if (ctas > 1) cluster::arrive_relaxed();  // that it has begun, before another CTA writes to it
  const std::int64_t row_number = arguments.first_row + std::int64_t{blockIdx.x};
  const Row<Key> row(arguments, row_number);
  const auto k = static_cast<std::uint32_t>(min(arguments.k, row.length()));
  const Sample sample(row.length(), Row<Key>::kPerVector, row.vector_count(), k, places);
  const std::int32_t maximum =
      sample.keeps_all() ? 0 : sampled_maximum<kDType, kLargest>(row, sample, rank, places);
  const std::uint32_t wanted = sample.keeps_all() ? 0 : sample.rank(Row<Key>::kPerVector, places);
  if (ctas > 1) cluster::wait();
  if (!gather_maxima(maximum, rank, ctas, shared)) return;
  SampleState state = {INT32_MIN, 0, 0};
  if (!sample.keeps_all()) {
    const std::uint32_t number = sampled_groups(ctas);
    const SampledMaxima<kDType, kLargest> maxima(shared, number);
    state = threshold_of(maxima, number, wanted, shared);
  }
  if (threadIdx.x != 0) return;
  places.states[row_number] = state;
  if (places.arrivals != nullptr) places.arrivals[row_number] = 0;
}

}  // namespace skim::cuda
