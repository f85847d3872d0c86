// A short row as it lies in whole aligned vectors of 16 bytes. An element's place is its distance
// from the start of the first of them: `lead` more than its column. Where the vectors hold elements
// that are not the row's there is padding, and nothing outside the row is touched.
#pragma once

#include <cstdint>

#include "cuda/row.cuh"

namespace skim::cuda {

template <class Key>
class PlacedRow {
  using Bits = std::make_unsigned_t<Key>;

 public:
  static constexpr int kPerVector = 16 / sizeof(Key);
  static constexpr int kPerWord = 4 / sizeof(Key);

  __device__ PlacedRow(const TopkArguments& arguments, std::int64_t row, Key padding)
      : elements_(static_cast<const Key*>(arguments.input) + row * arguments.row_stride),
        length_(static_cast<int>(row_cols(arguments, row))),
        lead_(static_cast<int>(reinterpret_cast<std::uintptr_t>(elements_) % 16 / sizeof(Key))),
        padding_(padding) {}

  __device__ int length() const { return length_; }
  __device__ int lead() const { return lead_; }
  __device__ Key element(int column) const { return elements_[column]; }

  // Vectors first, first + step, ...
  template <int kVectors>
  __device__ void load(uint4 (&vectors)[kVectors], int first, int step) const {
    const int end = (first + (kVectors - 1) * step + 1) * kPerVector;
    if (__builtin_expect(lead_ == 0 && end <= length_, 1)) {
#pragma unroll
      for (int j = 0; j < kVectors; ++j) vectors[j] = __ldg(vector_at(first + j * step));
    } else {
      load_with_ends(vectors, first, step);
    }
  }

  // Words of the kCount elements from a place on, which kCount divides; a number of times.
  template <int kCount, int kTimes>
  __device__ void load_parts(std::uint32_t (&words)[kTimes][kCount / kPerWord],
                             const int (&places)[kTimes]) const {
    if (__builtin_expect(lead_ == 0 && holds_all<kCount>(places), 1)) {
#pragma unroll
      for (int i = 0; i < kTimes; ++i) load_aligned(words[i], elements_ + places[i]);
    } else {
#pragma unroll
      for (int i = 0; i < kTimes; ++i) gather(words[i], places[i]);
    }
  }

 private:
  __device__ const uint4* vector_at(int vector) const {
    return reinterpret_cast<const uint4*>(elements_ - lead_) + vector;
  }

  template <int kVectors>
  __device__ void load_with_ends(uint4 (&vectors)[kVectors], int first, int step) const {
    const int first_whole = lead_ > 0 ? 1 : 0;
    const int end_whole = (lead_ + length_) / kPerVector;
    const uint4 none = padding_vector();
#pragma unroll
    for (int j = 0; j < kVectors; ++j) {
      const int vector = first + j * step;
      vectors[j] = none;
      if (vector >= first_whole && vector < end_whole) vectors[j] = __ldg(vector_at(vector));
    }
    if (lead_ == 0 && length_ % kPerVector == 0) return;
    // By every lane, whether it has them or not: all loads are under way together.
    const uint4 front = gathered_vector(0);
    const uint4 back = gathered_vector(end_whole);
    if (first < first_whole) vectors[0] = front;
#pragma unroll
    for (int j = 0; j < kVectors; ++j) {
      const int vector = first + j * step;
      if (vector >= first_whole && vector == end_whole) vectors[j] = back;
    }
  }

  template <int kCount, int kTimes>
  __device__ bool holds_all(const int (&places)[kTimes]) const {
    int last = places[0];
#pragma unroll
    for (int i = 1; i < kTimes; ++i) last = max(last, places[i]);
    return last + kCount <= length_;
  }

  static __device__ void load_aligned(std::uint32_t (&words)[4], const Key* from) {
    const uint4 vector = __ldg(reinterpret_cast<const uint4*>(from));
    words[0] = vector.x;
    words[1] = vector.y;
    words[2] = vector.z;
    words[3] = vector.w;
  }
  static __device__ void load_aligned(std::uint32_t (&words)[2], const Key* from) {
    const uint2 vector = __ldg(reinterpret_cast<const uint2*>(from));
    words[0] = vector.x;
    words[1] = vector.y;
  }

  __device__ uint4 padding_vector() const {
    std::uint32_t word = static_cast<Bits>(padding_);
    if constexpr (kPerWord == 2) word |= word << 16;
    return make_uint4(word, word, word, word);
  }

  __device__ uint4 gathered_vector(int vector) const {
    std::uint32_t words[4];
    gather(words, vector * kPerVector);
    return make_uint4(words[0], words[1], words[2], words[3]);
  }

  // One element at a time.
  template <int kWords>
  __device__ void gather(std::uint32_t (&words)[kWords], int place) const {
#pragma unroll
    for (int w = 0; w < kWords; ++w) {
      words[w] = 0;
#pragma unroll
      for (int e = 0; e < kPerWord; ++e) {
        const int column = place + w * kPerWord + e - lead_;
        const bool exists = static_cast<unsigned>(column) < static_cast<unsigned>(length_);
        const Key bits = exists ? __ldg(elements_ + column) : padding_;
        words[w] |= std::uint32_t{static_cast<Bits>(bits)}
                    << (8 * static_cast<int>(sizeof(Key)) * e);
      }
    }
  }

  const Key* elements_;
  int length_;
  int lead_;
  Key padding_;
};

}  // namespace skim::cuda
