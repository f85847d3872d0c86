// Which elements of a WarpRow pass a comparison with a limit: a bit each, for 32 elements a mask.
#pragma once

#include <cstdint>

#include "cuda/warp_row.cuh"

namespace skim::cuda {

// A mask is collected as a sum of powers of two, which leaves half of the work to the pipe that
// multiplies and adds: a sum that starts at a larger power shows its bits in the mantissa.
template <DType kDType>
struct BitSum;

template <>
struct BitSum<DType::f32> {
  static constexpr int kBits = 16;
  static constexpr std::uint32_t kEmpty = 0x4b000000;  // 2^23
  static constexpr std::uint32_t power(int exponent) { return (127u + exponent) << 23; }
};
template <>
struct BitSum<DType::f16> {
  static constexpr int kBits = 8;
  static constexpr std::uint32_t kEmpty = 0x64006400;  // 2^10, twice
  static constexpr std::uint32_t power(int exponent) { return 0x3c003c00 + 0x04000400 * exponent; }
};
template <>
struct BitSum<DType::bf16> {
  static constexpr int kBits = 7;                      // as the mantissa has
  static constexpr std::uint32_t kEmpty = 0x43004300;  // 2^7, twice
  static constexpr std::uint32_t power(int exponent) { return 0x3f803f80 + 0x00800080 * exponent; }
};

// Comparisons with a limit, as types. At least as good as it; and beyond it: for the largest above
// it, for the smallest at most it, because there the limit is one key better.
template <DType kDType, bool kLargest>
struct Reaches {
  using Float = ptx::FloatWord<kDType>;
  static __device__ std::uint32_t one(std::uint32_t word, std::uint32_t limit) {
    return kLargest ? Float::at_least_or_nan(word, limit) : Float::at_most(word, limit);
  }
};
template <DType kDType, bool kLargest>
struct Beyond {
  using Float = ptx::FloatWord<kDType>;
  static __device__ std::uint32_t one(std::uint32_t word, std::uint32_t limit) {
    return kLargest ? Float::above_or_nan(word, limit) : Float::at_most(word, limit);
  }
};

template <DType kDType, bool kLargest, int kVectors>
class WarpHits {
  using Row = WarpRow<kDType, kLargest, kVectors>;
  using Sum = BitSum<kDType>;
  using Float = ptx::FloatWord<kDType>;

 public:
  static constexpr int kPerVector = Row::kPerVector;
  static constexpr bool kPairs = kPerVector == 8;
  static constexpr int kVectorsPerMask = 32 / kPerVector;
  static constexpr int kMasks = (kVectors + kVectorsPerMask - 1) / kVectorsPerMask;

  template <class Compare>
  __device__ void mark(const Row& row, std::uint32_t limit) {
#pragma unroll
    for (int m = 0; m < kMasks; ++m) masks_[m] = mark_mask<Compare>(row, limit, m);
    // Of a pair the upper half is padding, whose hits are dropped here.
    const std::uint32_t one = Compare::one(row.end_word(), limit);
    end_ = (kPairs ? one & 0xffff : one) != 0;
  }

  __device__ void mark_all() {
#pragma unroll
    for (int m = 0; m < kMasks; ++m) masks_[m] = of_vectors(m);
    end_ = true;
  }
  __device__ void clear() {
#pragma unroll
    for (int m = 0; m < kMasks; ++m) masks_[m] = 0;
    end_ = false;
  }
  __device__ void add(const WarpHits& other) {
#pragma unroll
    for (int m = 0; m < kMasks; ++m) masks_[m] |= other.masks_[m];
    end_ = end_ || other.end_;
  }
  __device__ void remove(const WarpHits& other) {
#pragma unroll
    for (int m = 0; m < kMasks; ++m) masks_[m] &= ~other.masks_[m];
    end_ = end_ && !other.end_;
  }
  // Drops hits of padding.
  __device__ void keep_held(const Row& row) {
#pragma unroll
    for (int j = 0; j < kVectors; ++j) {
      if (!row.holds_vector(j)) clear_vector(j);
    }
    end_ = end_ && row.holds_end();
  }

  __device__ std::uint32_t count() const {
    std::uint32_t hits = end_ ? 1 : 0;
#pragma unroll
    for (int m = 0; m < kMasks; ++m) hits += static_cast<std::uint32_t>(__popc(masks_[m]));
    return hits;
  }
  __device__ std::uint32_t count_of(int vector) const {
    return static_cast<std::uint32_t>(__popc(masks_[vector / kVectorsPerMask] & of_vector(vector)));
  }

  __device__ bool end() const { return end_; }
  __device__ void drop_end() { end_ = false; }
  __device__ std::uint32_t mask(int m) const { return masks_[m]; }
  __device__ void clear_vector(int vector) {
    masks_[vector / kVectorsPerMask] &= ~of_vector(vector);
  }

  // Of a vector's hits keeps the first `most`, in the order of their elements.
  __device__ void keep_first(int vector, std::uint32_t most) {
    std::uint32_t& mask = masks_[vector / kVectorsPerMask];
    std::uint32_t kept = 0;
#pragma unroll 1
    for (int e = 0; e < kPerVector; ++e) {
      const std::uint32_t bit = mask & 1u << bit_of(vector, e);
      if (bit != 0 && kept++ >= most) mask ^= bit;
    }
  }

 private:
  // Pairs are compared at once: first halves have their bits in the lower half of a mask.
  static __host__ __device__ constexpr int bit_of(int vector, int element) {
    const int place = vector % kVectorsPerMask;
    return kPairs ? place * 4 + element / 2 + 16 * (element % 2) : place * kPerVector + element;
  }
  static __host__ __device__ constexpr std::uint32_t of_vector(int vector) {
    return (kPairs ? 0x000f000fu : 0xfu) << (vector % kVectorsPerMask * 4);
  }
  static __host__ __device__ constexpr std::uint32_t of_vectors(int m) {
    std::uint32_t bits = 0;
    for (int j = m * kVectorsPerMask; j < kVectors && j < (m + 1) * kVectorsPerMask; ++j)
      bits |= of_vector(j);
    return bits;
  }

  // The two sums of a mask have the bits of its lower and its upper words.
  template <class Compare>
  static __device__ std::uint32_t mark_mask(const Row& row, std::uint32_t limit, int m) {
    constexpr int kWordsPerMask = kVectorsPerMask * 4;
    constexpr int kWordsPerSum = kWordsPerMask / 2;
    std::uint32_t sums[2] = {Sum::kEmpty, Sum::kEmpty};
    std::uint32_t beside = 0;
#pragma unroll
    for (int w = 0; w < kWordsPerMask; ++w) {
      const int place = m * kWordsPerMask + w;
      if (place >= Row::kWords) break;
      const std::uint32_t one = Compare::one(row.word(place), limit);
      const int bit = w % kWordsPerSum;
      std::uint32_t& sum = sums[w / kWordsPerSum];
      if (bit < Sum::kBits) {
        sum = Float::multiply_add(one, Sum::power(bit), sum);
      } else {
        // The mantissa of bfloat16 is one bit short, but 1.0 has just that bit.
        beside |= (one & 0x00800080) << (w / kWordsPerSum * kWordsPerSum);
      }
    }
    return __byte_perm(sums[0], sums[1], kPairs ? 0x6240 : 0x5410) | beside;
  }

  std::uint32_t masks_[kMasks];
  bool end_;
};

}  // namespace skim::cuda
