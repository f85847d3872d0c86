// A row as whole aligned vectors of 16 bytes, the first and the last of which may hold elements
// that are not the row's.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/arguments.h"
#include "order/key_order.h"

namespace skim::cuda {

// Columns of a row that exist; all where `lengths` is null. Lengths on the device cannot be
// refused, so they are clamped.
__device__ inline std::int64_t clamped_length(const void* lengths, bool is_long, std::int64_t row,
                                              std::int64_t cols) {
  if (lengths == nullptr) return cols;
  const std::int64_t length = is_long ? static_cast<const std::int64_t*>(lengths)[row]
                                      : static_cast<const std::int32_t*>(lengths)[row];
  return min(max(length, std::int64_t{0}), cols);
}

__device__ inline std::int64_t row_cols(const TopkArguments& arguments, std::int64_t row) {
  return clamped_length(arguments.row_lengths, arguments.long_lengths, row, arguments.cols);
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
#pragma unroll 1
    for (int end = 0; end < 2; ++end)
      load_end(vectors, vector_at, end == 0 ? 0 : count_ - 1, padding);
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

  // Where this thread has the vector, and not all of it is the row's.
  template <int kVectors, class VectorAt>
  __device__ void load_end(uint4 (&vectors)[kVectors], VectorAt vector_at, std::uint32_t end,
                           Key padding) const {
    bool has_it = false;
#pragma unroll
    for (int j = 0; j < kVectors; ++j) has_it |= vector_at(j) == end;
    if (!has_it || end >= count_ || is_whole(end)) return;
    const uint4 vector = load_edge(end, padding);
#pragma unroll
    for (int j = 0; j < kVectors; ++j) {
      if (vector_at(j) == end) vectors[j] = vector;
    }
  }

  __device__ uint4 load_edge(std::uint32_t vector, Key padding) const {
    const std::uint32_t held = this->held(vector);
    const bool from_first = (held & 1) != 0;
    if (!from_first && held >> (kPerVector - 1) == 0) return load_inner(vector, padding);
    return load_pieces(vector, static_cast<std::uint32_t>(__popc(held)), from_first, padding);
  }

  // Fewer elements than a vector has, at its beginning or its end, by the largest pieces: all are
  // aligned, and under way before the first is waited for.
  __device__ uint4 load_pieces(std::uint32_t vector, std::uint32_t elements, bool from_first,
                               Key padding) const {
    const auto* bytes = reinterpret_cast<const std::byte*>(vectors_ + vector);
    const std::uint32_t size = elements * sizeof(Key);
    std::uint32_t at = from_first ? 0 : 16;
    std::uint32_t places[kPieces];
    std::uint64_t pieces[kPieces] = {};
#pragma unroll
    for (int i = 0; i < kPieces; ++i) {
      const std::uint32_t piece = 8u >> i;
      const bool there = (size & piece) != 0;
      if (there && !from_first) at -= piece;
      places[i] = at;
      if (there) pieces[i] = load_piece(bytes + at, i);
      if (there && from_first) at += piece;
    }
    const uint4 empty = padded_vector(padding);
    std::uint64_t words[2] = {std::uint64_t{empty.y} << 32 | empty.x,
                              std::uint64_t{empty.w} << 32 | empty.z};
#pragma unroll
    for (int i = 0; i < kPieces; ++i) {
      if ((size & 8u >> i) == 0) continue;
      const std::uint64_t mask = (~std::uint64_t{0} >> (64 - (64 >> i))) << places[i] % 8 * 8;
#pragma unroll
      for (std::uint32_t half = 0; half < 2; ++half) {
        if (places[i] / 8 == half)
          words[half] = (words[half] & ~mask) | pieces[i] << places[i] % 8 * 8;
      }
    }
    return vector_of(words);
  }
  static constexpr int kPieces = sizeof(Key) == 8   ? 1
                                 : sizeof(Key) == 4 ? 2
                                 : sizeof(Key) == 2 ? 3
                                                    : 4;
  static __device__ std::uint64_t load_piece(const std::byte* at, int halvings) {
    if (halvings == 0) return *reinterpret_cast<const std::uint64_t*>(at);
    if (halvings == 1) return *reinterpret_cast<const std::uint32_t*>(at);
    if (halvings == 2) return *reinterpret_cast<const std::uint16_t*>(at);
    return *reinterpret_cast<const std::uint8_t*>(at);
  }

  // Of a row that begins and ends within one vector.
  __device__ uint4 load_inner(std::uint32_t vector, Key padding) const {
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
    return vector_of(words);
  }
  static __device__ uint4 vector_of(const std::uint64_t (&words)[2]) {
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
