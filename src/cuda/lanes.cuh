// Maxima and comparisons of whole vectors in the floating-point domain, where an instruction serves
// one or two elements; keys are formed only of maxima. They agree with order/key_order.h: a
// comparison of floats treats -0 as +0, and NaN is where the direction puts it.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstdint>

#include "cuda/row.cuh"
#include "order/key_order.h"

namespace skim::cuda {

// Arithmetic of a word of 32 bits: one float, or two of 16 bits.
template <DType kDType>
struct WordOf;

template <>
struct WordOf<DType::f32> {
  using Word = float;
  static __device__ Word from(std::uint32_t bits) { return __uint_as_float(bits); }
  static __device__ Word both(std::int32_t bits) { return __int_as_float(bits); }
  static __device__ Word max_or_nan(Word a, Word b) {
    Word result;
    asm("max.NaN.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
    return result;
  }
  static __device__ Word min_or_other(Word a, Word b) { return fminf(a, b); }
  static __device__ std::uint32_t at_least_or_nan(Word a, Word b) { return !(a < b) ? ~0u : 0u; }
  static __device__ std::uint32_t at_most(Word a, Word b) { return a <= b ? ~0u : 0u; }
  static __device__ std::uint32_t is_nan(Word a) { return a != a ? ~0u : 0u; }
  template <class Better>
  static __device__ std::int32_t best_bits(Word a, Better) {
    return __float_as_int(a);
  }
};

// Two elements of 16 bits; cuda_fp16.h and cuda_bf16.h name their functions alike.
template <class Pair>
struct PairOf16 {
  using Word = Pair;
  static __device__ Word from(std::uint32_t bits) { return reinterpret_cast<const Word&>(bits); }
  static __device__ Word max_or_nan(Word a, Word b) { return __hmax2_nan(a, b); }
  static __device__ Word min_or_other(Word a, Word b) { return __hmin2(a, b); }
  static __device__ std::uint32_t at_least_or_nan(Word a, Word b) { return __hgeu2_mask(a, b); }
  static __device__ std::uint32_t at_most(Word a, Word b) { return __hle2_mask(a, b); }
  static __device__ std::uint32_t is_nan(Word a) { return __hneu2_mask(a, a); }
};

template <>
struct WordOf<DType::f16> : PairOf16<__half2> {
  static __device__ Word both(std::int16_t bits) { return __half2half2(__short_as_half(bits)); }
  template <class Better>
  static __device__ std::int16_t best_bits(Word a, Better better) {
    return __half_as_short(__low2half(better(a, __lowhigh2highlow(a))));
  }
};

template <>
struct WordOf<DType::bf16> : PairOf16<__nv_bfloat162> {
  static __device__ Word both(std::int16_t bits) {
    return __bfloat162bfloat162(__short_as_bfloat16(bits));
  }
  template <class Better>
  static __device__ std::int16_t best_bits(Word a, Better better) {
    return __bfloat16_as_short(__low2bfloat16(better(a, __lowhigh2highlow(a))));
  }
};

template <DType kDType, bool kLargest>
struct Lanes {
  using Words = WordOf<kDType>;
  using Word = typename Words::Word;
  using Key = typename KeyOrder<kDType>::Key;
  static constexpr Key kFill = KeyOrder<kDType>::template fill_bits<kLargest>();
  static constexpr Key kFillKey = order_key<kDType, kLargest>(kFill);
  static constexpr Key kBestNumber =
      order_key<kDType, kLargest>(KeyOrder<kDType>::template fill_bits<!kLargest>());
  static constexpr Key kNan =
      order_key<kDType, kLargest>(static_cast<Key>(KeyOrder<kDType>::infinity + 1));

  // The better of two; a NaN wins where NaN is largest, and never where it sorts last.
  static __device__ Word better(Word a, Word b) {
    return kLargest ? Words::max_or_nan(a, b) : Words::min_or_other(a, b);
  }
  static __device__ Word worst() { return Words::both(kFill); }
  static __device__ Word fold(Word best, const uint4& vector) {
    best = better(best, better(Words::from(vector.x), Words::from(vector.y)));
    return better(best, better(Words::from(vector.z), Words::from(vector.w)));
  }
  static __device__ Key key_of(Word best) {
    const Key bits = Words::best_bits(best, [](Word a, Word b) { return better(a, b); });
    return order_key<kDType, kLargest>(bits);
  }
};

// One bit for each element of kVectors vectors. A comparison marks a word's two halves at once, so
// the bits of a vector of 16-bit elements lie as 0 2 4 6 in one half of a mask and 1 3 5 7 in the
// other.
template <DType kDType, bool kLargest, int kVectors>
class HitMasks {
  using L = Lanes<kDType, kLargest>;
  using Words = typename L::Words;
  using Word = typename L::Word;
  using Key = typename L::Key;

 public:
  static constexpr int kPerVector = 16 / sizeof(Key);
  static constexpr bool kPairs = sizeof(Key) == 2;
  static constexpr int kVectorsPerMask = 32 / kPerVector;
  static constexpr int kMasks = (kVectors + kVectorsPerMask - 1) / kVectorsPerMask;

  // Elements whose key is at least `threshold`, exactly, where all elements are the row's and the
  // threshold is above that of -inf (for the smallest: +inf).
  __device__ void mark(const uint4 (&vectors)[kVectors], Key threshold) {
    clear();
    if (threshold > L::kBestNumber) {
      if constexpr (kLargest) {
        mark_if(vectors, [](Word word) { return Words::is_nan(word); });
      }
      return;
    }
    const Word limit = Words::both(bits_of_key<kDType, kLargest>(threshold));
    mark_if(vectors, [limit](Word word) {
      return kLargest ? Words::at_least_or_nan(word, limit) : Words::at_most(word, limit);
    });
  }

  // Elements that are the row's, of vectors vector_at(0), vector_at(1), ...
  template <class VectorAt>
  __device__ void mark_held(const Row<Key>& row, VectorAt vector_at) {
    clear();
#pragma unroll
    for (int j = 0; j < kVectors; ++j) {
      const std::uint32_t held = row.held(vector_at(j));
#pragma unroll
      for (int e = 0; e < kPerVector; ++e) {
        if ((held >> e & 1) != 0) set(j, e);
      }
    }
  }

  __device__ void keep(const HitMasks& other) {
#pragma unroll
    for (int i = 0; i < kMasks; ++i) masks_[i] &= other.masks_[i];
  }
  __device__ void add(const HitMasks& other) {
#pragma unroll
    for (int i = 0; i < kMasks; ++i) masks_[i] |= other.masks_[i];
  }
  __device__ void remove(const HitMasks& other) {
#pragma unroll
    for (int i = 0; i < kMasks; ++i) masks_[i] &= ~other.masks_[i];
  }
  __device__ std::uint32_t count() const {
    std::uint32_t hits = 0;
#pragma unroll
    for (int i = 0; i < kMasks; ++i) hits += __popc(masks_[i]);
    return hits;
  }
  __device__ bool any() const {
    std::uint32_t all = 0;
#pragma unroll
    for (int i = 0; i < kMasks; ++i) all |= masks_[i];
    return all != 0;
  }
  __device__ bool has(int vector, int element) const {
    return (masks_[vector / kVectorsPerMask] >> bit_of(vector, element) & 1) != 0;
  }
  __device__ void set(int vector, int element) {
    masks_[vector / kVectorsPerMask] |= 1u << bit_of(vector, element);
  }
  // Hits of one vector.
  __device__ std::uint32_t count_of(int vector) const {
    std::uint32_t hits = 0;
#pragma unroll
    for (int e = 0; e < kPerVector; ++e) hits += has(vector, e);
    return hits;
  }
  // Numbers the hits of one vector from `rank` on and drops those from `limit` on.
  __device__ void keep_below(int vector, std::uint32_t rank, std::uint32_t limit) {
#pragma unroll
    for (int e = 0; e < kPerVector; ++e) {
      if (!has(vector, e)) continue;
      if (rank >= limit) masks_[vector / kVectorsPerMask] &= ~(1u << bit_of(vector, e));
      ++rank;
    }
  }

  static __device__ HitMasks none() {
    HitMasks masks;
    masks.clear();
    return masks;
  }
  __device__ void clear() {
#pragma unroll
    for (int i = 0; i < kMasks; ++i) masks_[i] = 0;
  }

  // Calls visit(vector, element) for each hit. The loop over bits is not unrolled: few threads
  // enter.
  template <class Visit>
  __device__ void for_each(Visit visit) const {
#pragma unroll
    for (int i = 0; i < kMasks; ++i) {
      std::uint32_t rest = masks_[i];
#pragma unroll 1
      while (rest != 0) {
        const int bit = __ffs(static_cast<int>(rest)) - 1;
        rest &= rest - 1;
        visit(i * kVectorsPerMask + vector_of(bit), element_of_bit(bit));
      }
    }
  }

 private:
  static __host__ __device__ constexpr int bit_of(int vector, int element) {
    const int place = vector % kVectorsPerMask;
    return kPairs ? place * 4 + element / 2 + 16 * (element % 2) : place * kPerVector + element;
  }
  static __device__ int vector_of(int bit) { return kPairs ? (bit & 15) / 4 : bit / kPerVector; }
  static __device__ int element_of_bit(int bit) {
    return kPairs ? (bit & 3) * 2 + bit / 16 : bit % kPerVector;
  }

  template <class Test>
  __device__ void mark_if(const uint4 (&vectors)[kVectors], Test test) {
#pragma unroll
    for (int j = 0; j < kVectors; ++j) {
#pragma unroll
      for (int word = 0; word < 4; ++word) {
        constexpr int kPerWord = 4 / sizeof(Key);
        std::uint32_t bits = 1u << bit_of(j, word * kPerWord);
        if constexpr (kPairs) bits |= 1u << bit_of(j, word * kPerWord + 1);
        masks_[j / kVectorsPerMask] |= test(Words::from(word_of(vectors[j], word))) & bits;
      }
    }
  }

  std::uint32_t masks_[kMasks];
};

}  // namespace skim::cuda
