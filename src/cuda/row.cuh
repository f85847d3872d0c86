// A row as whole aligned vectors of 16 bytes, the first and the last of which may hold elements
// that are not the row's.
#pragma once

#include <cstdint>

#include "cuda/arguments.h"
#include "order/key_order.h"

namespace skim::cuda {

// Columns of a row that exist. Lengths on the device cannot be refused, so they are clamped.
__device__ inline std::int64_t row_cols(const TopkArguments& arguments, std::int64_t row) {
  if (arguments.row_lengths == nullptr) return arguments.cols;
  const std::int64_t length = arguments.long_lengths
                                  ? static_cast<const std::int64_t*>(arguments.row_lengths)[row]
                                  : static_cast<const std::int32_t*>(arguments.row_lengths)[row];
  return min(max(length, std::int64_t{0}), arguments.cols);
}

// The word of 32 bits at a place that is known when compiling, so that vectors stay in registers.
__device__ inline std::uint32_t word_of(const uint4& vector, int place) {
  return place == 0 ? vector.x : place == 1 ? vector.y : place == 2 ? vector.z : vector.w;
}

template <class Key>
__device__ Key element_of(const uint4& vector, int element) {
  if constexpr (sizeof(Key) == 8) {
    const std::uint64_t low = word_of(vector, 2 * element);
    const std::uint64_t high = word_of(vector, 2 * element + 1);
    return static_cast<Key>(high << 32 | low);
  } else {
    constexpr int kPerWord = 4 / sizeof(Key);
    const std::uint32_t word = word_of(vector, element / kPerWord);
    return static_cast<Key>(word >> (8 * static_cast<int>(sizeof(Key)) * (element % kPerWord)));
  }
}

// Of so many vectors in registers an element is selected sooner than it is read again.
inline constexpr int kMostSelectable = 4;

// An element at a place that is known only now, without moving the vectors out of registers.
template <class Key, int kVectors>
__device__ Key element_at(const uint4 (&vectors)[kVectors], int vector, int element) {
  uint4 chosen = vectors[0];
#pragma unroll
  for (int j = 1; j < kVectors; ++j) {
    if (vector == j) chosen = vectors[j];
  }
  return element_of<Key>(chosen, element);
}

// Element types are known by their bits only: Key is the signed integer of their size.
template <class Key>
class Row {
 public:
  static constexpr int kPerVector = 16 / sizeof(Key);

  __device__ Row(const TopkArguments& arguments, std::int64_t row)
      : elements_(static_cast<const Key*>(arguments.input) + row * arguments.row_stride),
        length_(row_cols(arguments, row)) {
    const auto address = reinterpret_cast<std::uintptr_t>(elements_);
    lead_ = static_cast<std::uint32_t>(address % 16 / sizeof(Key));
    vectors_ = reinterpret_cast<const uint4*>(address - address % 16);
    const std::uint64_t end = lead_ + static_cast<std::uint64_t>(length_);
    first_whole_ = lead_ > 0 ? 1 : 0;
    end_whole_ = static_cast<std::uint32_t>(end / kPerVector);
    count_ = length_ == 0 ? 0 : static_cast<std::uint32_t>((end + kPerVector - 1) / kPerVector);
  }

  __device__ std::int64_t length() const { return length_; }
  __device__ std::uint32_t vector_count() const { return count_; }
  __device__ Key element(std::int64_t index) const { return elements_[index]; }

  // All of the vector's elements are the row's.
  __device__ bool is_whole(std::uint32_t vector) const {
    return vector >= first_whole_ && vector < end_whole_;
  }

  // Wraps around below zero and above 2^32, where holds() is false.
  __device__ std::uint32_t index_of(std::uint32_t vector, int element) const {
    return vector * kPerVector + static_cast<std::uint32_t>(element) - lead_;
  }

  __device__ bool holds(std::uint32_t vector, int element) const {
    const std::int64_t at = std::int64_t{vector} * kPerVector + element - lead_;
    return at >= 0 && at < length_;
  }

  // Bit e: whether element e is the row's.
  __device__ std::uint32_t held(std::uint32_t vector) const {
    const std::int64_t begin = std::int64_t{vector} * kPerVector - lead_;
    const auto skipped =
        static_cast<int>(min(max(-begin, std::int64_t{0}), std::int64_t{kPerVector}));
    const auto end =
        static_cast<int>(min(max(length_ - begin, std::int64_t{0}), std::int64_t{kPerVector}));
    return ((1u << end) - 1) & ~((1u << skipped) - 1);
  }

  // Elements that are not the row's read as `padding`; nothing outside the row is touched.
  __device__ uint4 load(std::uint32_t vector, Key padding) const {
    if (is_whole(vector)) return __ldg(vectors_ + vector);
    return load_edge(vector, padding);
  }

  // Of the vectors vector_at(0), vector_at(1), ...: whole ones without a branch, so that all loads
  // are under way before the first is waited for, then the row's two ends.
  template <int kVectors, class VectorAt>
  __device__ void load(uint4 (&vectors)[kVectors], VectorAt vector_at, Key padding) const {
    const uint4 empty = padded_vector(padding);
#pragma unroll
    for (int j = 0; j < kVectors; ++j) {
      vectors[j] = empty;
      if (is_whole(vector_at(j))) vectors[j] = __ldg(vectors_ + vector_at(j));
    }
    if (__builtin_expect(first_whole_ == 0 && end_whole_ == count_, 1)) return;
#pragma unroll
    for (int j = 0; j < kVectors; ++j) {
      const std::uint32_t vector = vector_at(j);
      if (vector < count_ && !is_whole(vector)) vectors[j] = load_edge(vector, padding);
    }
  }

 private:
  static __device__ uint4 padded_vector(Key padding) {
    std::uint64_t word = 0;
#pragma unroll
    for (int e = 0; e < kPerVector / 2; ++e) word = with_element(word, e, padding);
    const auto low = static_cast<std::uint32_t>(word);
    const auto high = static_cast<std::uint32_t>(word >> 32);
    return make_uint4(low, high, low, high);
  }

  // A loop, because the code of all loads should stay small.
  __device__ uint4 load_edge(std::uint32_t vector, Key padding) const {
    std::uint64_t words[2] = {0, 0};
#pragma unroll
    for (std::uint64_t& word : words) {
#pragma unroll 1
      for (int e = 0; e < kPerVector / 2; ++e) {
        const int place = &word == words ? e : e + kPerVector / 2;
        word = with_element(word, e,
                            holds(vector, place) ? elements_[index_of(vector, place)] : padding);
      }
    }
    return make_uint4(
        static_cast<std::uint32_t>(words[0]), static_cast<std::uint32_t>(words[0] >> 32),
        static_cast<std::uint32_t>(words[1]), static_cast<std::uint32_t>(words[1] >> 32));
  }
  static __device__ std::uint64_t with_element(std::uint64_t word, int place, Key bits) {
    return word | std::uint64_t{static_cast<std::make_unsigned_t<Key>>(bits)}
                      << (8 * static_cast<int>(sizeof(Key)) * place);
  }

  const Key* elements_;
  const uint4* vectors_;
  std::int64_t length_;
  std::uint32_t lead_;
  std::uint32_t first_whole_;
  std::uint32_t end_whole_;
  std::uint32_t count_;
};

}  // namespace skim::cuda
