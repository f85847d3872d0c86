// The elements of a row that a thread of bucket_select holds, as numbers of which the greater ones
// come first in the result.
#pragma once

#include <cstdint>

#include "cuda/bucket_select_layout.h"
#include "cuda/bucket_select_ptx.cuh"
#include "cuda/float_numbers.cuh"
#include "cuda/row.cuh"
#include "order/key_order.h"

namespace skim::cuda {

// Keys of an element as float32. They order as those of order/key_order.h, and are formed in fewer
// steps: as signed integers floats are ordered once negative ones have all bits but the sign
// reversed.
template <DType kDType, bool kLargest>
struct FloatKey {
  using Bits = typename KeyOrder<kDType>::Key;
  static constexpr std::int32_t kAllButSign = 0x7fffffff;

  static __device__ std::int32_t of(float number) {
    const std::int32_t bits = bits_plus_zero(kLargest ? number : -number);
    const std::int32_t key = bits ^ (bits >> 31 & kAllButSign);
    return kLargest ? key : ~key;
  }
  // Zeros and NaN share a key with other bits: those are read again.
  static __device__ Bits bits_of(const Row<Bits>& row, std::int32_t key, std::uint32_t index) {
    if constexpr (!kLargest) key = ~key;
    if (key == 0 || key == kAllButSign) return row.element(index);
    return AsFloat<kDType>::to(key ^ (key >> 31 & kAllButSign));
  }
};

template <DType kDType, bool kLargest, int kVectors>
class BucketElements {
  using Order = KeyOrder<kDType>;
  using Key = typename Order::Key;
  static constexpr int kPerVector = Row<Key>::kPerVector;

 public:
  static constexpr int kCount = bucket_elements(kVectors, sizeof(Key));
  static_assert(kCount <= kMostBucketElements);

  // Where there are none: a number that is not finite.
  __device__ explicit BucketElements(const Row<Key>& row) : row_(row) {
    uint4 vectors[kVectors];
    row.load(vectors, vector_at, Order::template fill_bits<kLargest>());
#pragma unroll
    for (int i = 0; i < kCount; ++i) {
      const float number =
          AsFloat<kDType>::from(element_of<Key>(vectors[i / kPerVector], i % kPerVector));
      numbers_[i] = kLargest ? number : -number;
    }
  }

  __device__ void renew_all() {
#pragma unroll
    for (float& number : numbers_) renew(number);
  }

  __device__ float number(int i) const { return numbers_[i]; }
  __device__ std::int32_t key(int i) const { return FloatKey<kDType, kLargest>::of(numbers_[i]); }
  __device__ std::uint32_t index(int i) const {
    return row_.index_of(vector_at(i / kPerVector), i % kPerVector);
  }
  static __device__ std::uint32_t index_after_first(int i) {
    return static_cast<std::uint32_t>(i / kPerVector) * blockDim.x * kPerVector +
           static_cast<std::uint32_t>(i % kPerVector);
  }

  // Bit i: whether element i is the row's.
  __device__ std::uint32_t held() const {
    std::uint32_t bits = 0;
#pragma unroll
    for (int j = 0; j < kVectors; ++j) bits |= row_.held(vector_at(j)) << (j * kPerVector);
    return bits;
  }

  // The greatest number of a vector, and the least; without NaN where there is another.
  __device__ float greatest_of(int vector) const {
    return best_of(vector, [](float a, float b) { return fmaxf(a, b); });
  }
  __device__ float least_of(int vector) const {
    return best_of(vector, [](float a, float b) { return fminf(a, b); });
  }

 private:
  template <class Better>
  __device__ float best_of(int vector, Better better) const {
    float best = numbers_[vector * kPerVector];
#pragma unroll
    for (int e = 1; e < kPerVector; ++e) best = better(best, numbers_[vector * kPerVector + e]);
    return best;
  }

  static __device__ std::uint32_t vector_at(int j) {
    return static_cast<std::uint32_t>(j) * blockDim.x + threadIdx.x;
  }

  const Row<Key>& row_;
  float numbers_[kCount];
};

}  // namespace skim::cuda
