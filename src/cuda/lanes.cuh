// Maxima and comparisons of whole vectors in the floating-point domain, where an instruction serves
// one or two elements; keys are formed only of maxima. They agree with order/key_order.h: a
// comparison of floats treats -0 as +0, and NaN is where the direction puts it.
#pragma once

#include <cstdint>
#include <limits>

#include "cuda/row.cuh"
#include "cuda/words.cuh"
#include "order/key_order.h"

namespace skim::cuda {

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
  // The other one of the two, and what is never it.
  static __device__ Word worse(Word a, Word b) {
    return kLargest ? Words::min_or_other(a, b) : Words::max_or_nan(a, b);
  }
  static __device__ Word best() {
    constexpr Key kSomeNan = std::numeric_limits<Key>::max();
    return Words::both(kLargest ? kSomeNan : KeyOrder<kDType>::template fill_bits<true>());
  }
  static __device__ Word fold(Word best, const uint4& vector) {
    best = better(best, better(Words::from(vector.x), Words::from(vector.y)));
    return better(best, better(Words::from(vector.z), Words::from(vector.w)));
  }
  static __device__ Key key_of(Word best) {
    const Key bits = Words::best_bits(best, [](Word a, Word b) { return better(a, b); });
    return order_key<kDType, kLargest>(bits);
  }
  static __device__ Key key_of_worst(Word worst) {
    const Key bits = Words::best_bits(worst, [](Word a, Word b) { return worse(a, b); });
    return order_key<kDType, kLargest>(bits);
  }

  // All bits of an element whose key is at least `threshold`, exactly, where the element is the
  // row's or the threshold is above the fill's key. For the largest: of those above the number
  // before, of which infinity is the last, and of NaN.
  static __device__ Word limit_of(std::int32_t threshold) {
    const Key key = static_cast<Key>(
        kLargest ? min(threshold - 1, static_cast<std::int32_t>(kBestNumber)) : threshold);
    return Words::both(bits_of_key<kDType, kLargest>(key));
  }
  static __device__ std::uint32_t reaching(Word word, Word limit) {
    return kLargest ? Words::above_or_nan(word, limit) : Words::at_most(word, limit);
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

  // Elements that reach the threshold, as Lanes::reaching says.
  __device__ void mark(const uint4 (&vectors)[kVectors], std::int32_t threshold) {
    clear();
    const Word limit = L::limit_of(threshold);
    mark_if(vectors, [limit](Word word) { return L::reaching(word, limit); });
  }

  // Elements that are the row's, of vectors vector_at(0), vector_at(1), ...
  template <class VectorAt>
  __device__ void mark_held(const Row<Key>& row, VectorAt vector_at) {
    clear();
#pragma unroll
    for (int j = 0; j < kVectors; ++j) {
      const std::uint32_t held = row.held(vector_at(j));
      if (row.is_whole(vector_at(j))) masks_[j / kVectorsPerMask] |= bits_of(j);
      if (held == 0 || row.is_whole(vector_at(j))) continue;
#pragma unroll 1
      for (int e = 0; e < kPerVector; ++e)
        masks_[j / kVectorsPerMask] |= (held >> e & 1) << bit_of(j, e);
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
  // All bits of those elements of a word that are hits.
  __device__ std::uint32_t selected(int vector, int word) const {
    constexpr int kPerWord = 4 / sizeof(Key);
    const std::uint32_t bits = masks_[vector / kVectorsPerMask] >> bit_of(vector, word * kPerWord);
    return kPairs ? (bits & 0x00010001) * 0xffff : 0 - (bits & 1);
  }
  // Hits of one vector.
  __device__ std::uint32_t count_of(int vector) const {
    return __popc(masks_[vector / kVectorsPerMask] & bits_of(vector));
  }
  __device__ void drop(int vector) { masks_[vector / kVectorsPerMask] &= ~bits_of(vector); }
  // Numbers the hits of one vector from `rank` on and drops those from `limit` on.
  __device__ void keep_below(int vector, std::uint32_t rank, std::uint32_t limit) {
#pragma unroll 1
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

  // Calls visit(vector, element, bits) for each hit, of the vectors that were marked. Bits are
  // selected from the registers of a mask's vectors. The loop is not unrolled: few threads enter.
  template <class Visit>
  __device__ void for_each(const uint4 (&vectors)[kVectors], Visit visit) const {
#pragma unroll
    for (int i = 0; i < kMasks; ++i) {
      constexpr int kStep = kVectorsPerMask;
#pragma unroll 1
      for (std::uint32_t rest = masks_[i]; rest != 0; rest &= rest - 1) {
        const auto bit = static_cast<std::uint32_t>(__ffs(static_cast<int>(rest)) - 1);
        const auto place = static_cast<int>(vector_of(bit));
        uint4 chosen = vectors[i * kStep];
#pragma unroll
        for (int j = 1; j < kStep && i * kStep + j < kVectors; ++j) {
          if (place == j) chosen = vectors[i * kStep + j];
        }
        const auto element = static_cast<int>(element_of_bit(bit));
        visit(i * kStep + place, element, element_of<Key>(chosen, element));
      }
    }
  }

 private:
  static __host__ __device__ constexpr int bit_of(int vector, int element) {
    const int place = vector % kVectorsPerMask;
    return kPairs ? place * 4 + element / 2 + 16 * (element % 2) : place * kPerVector + element;
  }
  static __host__ __device__ constexpr std::uint32_t bits_of(int vector) {
    constexpr std::uint32_t kOfFirst = kPairs ? 0x000f000f : (1u << kPerVector) - 1;
    return kOfFirst << bit_of(vector, 0);
  }
  static __device__ std::uint32_t vector_of(std::uint32_t bit) {
    return kPairs ? (bit & 15) / 4 : bit / kPerVector;
  }
  static __device__ std::uint32_t element_of_bit(std::uint32_t bit) {
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
