// The elements of a CTA that reach a threshold. Threads put whole vectors that hold one into shared
// memory; then a thread looks at one element. Likely elements lie close together, so that a thread
// that goes through its own, one after the other, keeps the CTA waiting.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/lanes.cuh"
#include "cuda/shared.cuh"

namespace skim::cuda {

template <DType kDType, bool kLargest>
class HitQueue {
  using L = Lanes<kDType, kLargest>;
  using Key = typename L::Key;
  using Address = shared::Address;
  static constexpr std::uint32_t kPerVector = 16 / sizeof(Key);
  static constexpr auto kVectorBytes = static_cast<std::uint32_t>(sizeof(uint4));

 public:
  // `count` is where the vectors are counted, zero to begin with.
  __device__ HitQueue(Address memory, Address count, std::uint32_t capacity)
      : vectors_(memory),
        numbers_(memory + capacity * kVectorBytes),
        count_(count),
        capacity_(capacity) {}

  // By the threads that have one of the row's elements that reach the threshold.
  template <int kVectors, class VectorAt>
  __device__ void push(const uint4 (&vectors)[kVectors], VectorAt vector_at,
                       std::int32_t threshold) const {
    const auto limit = L::limit_of(threshold);
#pragma unroll
    for (int j = 0; j < kVectors; ++j) {
      if (any_reaching(vectors[j], limit)) put(vectors[j], vector_at(j));
    }
  }

  // By all threads, after all have pushed and a barrier: visit(key, vector, element) for each
  // element that reaches the threshold; false where there are more vectors than the queue holds.
  template <class Visit>
  __device__ bool for_each(std::int32_t threshold, Visit visit) const {
    const auto count = shared::load<std::uint32_t>(count_);
    if (count > capacity_) return false;
#pragma unroll 1
    for (std::uint32_t i = threadIdx.x; i < count * kPerVector; i += blockDim.x) {
      const std::int32_t key = order_key<kDType, kLargest>(
          shared::load<Key>(vectors_ + i * static_cast<std::uint32_t>(sizeof(Key))));
      if (key < threshold) continue;
      visit(key, shared::load<std::uint32_t>(numbers_ + i / kPerVector * 4),
            static_cast<int>(i % kPerVector));
    }
    return true;
  }

 private:
  __device__ void put(const uint4& vector, std::uint32_t number) const {
    const std::uint32_t slot = shared::add(count_, 1);
    if (slot >= capacity_) return;
    shared::store(vectors_ + slot * kVectorBytes, vector);
    shared::store(numbers_ + slot * 4, static_cast<std::int32_t>(number));
  }
  static __device__ bool any_reaching(const uint4& vector, typename L::Word limit) {
    std::uint32_t reaching = 0;
#pragma unroll
    for (int word = 0; word < 4; ++word)
      reaching |= L::reaching(L::Words::from(word_of(vector, word)), limit);
    return reaching != 0;
  }

  Address vectors_;
  Address numbers_;
  Address count_;
  std::uint32_t capacity_;
};

}  // namespace skim::cuda
