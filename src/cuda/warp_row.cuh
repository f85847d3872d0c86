// A row in the registers of one warp: its whole vectors of 16 bytes are dealt to the lanes, and
// each of the few elements before the first and behind the last of them goes to a lane of its own.
#pragma once

#include <cstdint>
#include <type_traits>

#include "cuda/block.cuh"
#include "cuda/row.cuh"
#include "cuda/warp_maxima_ptx.cuh"

namespace skim::cuda {

template <DType kDType, bool kLargest, int kVectors>
class WarpRow {
  using Order = KeyOrder<kDType>;
  using Float = ptx::FloatWord<kDType>;

 public:
  using Key = typename Order::Key;
  static constexpr int kPerVector = 16 / sizeof(Key);
  static constexpr int kWords = 4 * kVectors;

  // Nothing sorts behind it: -inf, or for the smallest NaN.
  static constexpr Key kPadding = kLargest ? Order::template fill_bits<true>() : Order::highest_key;
  static constexpr std::uint32_t kPaddingBits = static_cast<std::make_unsigned_t<Key>>(kPadding);
  static constexpr std::uint32_t kPaddingWord =
      sizeof(Key) == 2 ? kPaddingBits << 16 | kPaddingBits : kPaddingBits;

  __device__ WarpRow(const TopkArguments& arguments, std::int64_t row)
      : elements_(static_cast<const Key*>(arguments.input) + row * arguments.row_stride),
        length_(static_cast<std::uint32_t>(row_cols(arguments, row))) {
    const auto lead =
        static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(elements_) % 16 / sizeof(Key));
    head_ = min((kPerVector - lead) % kPerVector, length_);
    whole_ = (length_ - head_) / kPerVector;
    load_whole();
    load_ends();
  }

  __device__ std::uint32_t length() const { return length_; }
  __device__ std::uint32_t head() const { return head_; }  // elements before the first whole vector
  __device__ Key element(std::uint32_t index) const { return __ldg(elements_ + index); }

  // Two elements of 16 bits, or one float. Word w is of vector w / 4.
  __device__ std::uint32_t word(int place) const { return word_of(vectors_[place / 4], place % 4); }
  __device__ std::uint32_t end_word() const { return end_; }  // an upper half is padding

  static __device__ std::uint32_t both(std::uint32_t bits) {
    return sizeof(Key) == 2 ? __byte_perm(bits, 0, 0x1010) : bits;
  }

  // The better of each element of two words; a NaN wins where NaN is largest, and never where it
  // sorts last.
  static __device__ std::uint32_t better(std::uint32_t a, std::uint32_t b) {
    return kLargest ? Float::max_or_nan(a, b) : Float::min_or_other(a, b);
  }

  __device__ bool holds_vector(int vector) const { return vector_number(vector) < whole_; }
  __device__ bool holds_end() const { return end_place() < (is_head() ? head_ : tail()); }
  __device__ std::uint32_t end_index() const {
    return end_place() + (is_head() ? 0 : length_ - tail());
  }
  // Lower lanes take what lies before the first whole vector, upper ones what lies behind.
  __device__ bool is_head() const { return lane_id() < 16; }

 private:
  __device__ std::uint32_t vector_number(int vector) const {
    return static_cast<std::uint32_t>(32 * vector + lane_id());
  }
  __device__ std::uint32_t tail() const { return (length_ - head_) % kPerVector; }
  __device__ std::uint32_t end_place() const { return static_cast<std::uint32_t>(lane_id() % 16); }

  __device__ void load_whole() {
    const auto* const vectors = reinterpret_cast<const uint4*>(elements_ + head_) + lane_id();
    if (__builtin_expect(whole_ == 32 * kVectors, 1)) {
#pragma unroll
      for (int j = 0; j < kVectors; ++j) vectors_[j] = __ldg(vectors + 32 * j);
      return;
    }
#pragma unroll
    for (int j = 0; j < kVectors; ++j) {
      vectors_[j] = make_uint4(kPaddingWord, kPaddingWord, kPaddingWord, kPaddingWord);
      if (holds_vector(j)) vectors_[j] = __ldg(vectors + 32 * j);
    }
  }

  __device__ void load_ends() {
    end_ = kPaddingWord;
    if (__builtin_expect((head_ | tail()) == 0, 1)) return;
    std::uint32_t bits = kPaddingBits;
    if (holds_end()) bits = static_cast<std::make_unsigned_t<Key>>(element(end_index()));
    end_ = sizeof(Key) == 2 ? __byte_perm(bits, kPaddingWord, 0x5410) : bits;
  }

  uint4 vectors_[kVectors];
  std::uint32_t end_;
  const Key* elements_;
  std::uint32_t length_;
  std::uint32_t head_;
  std::uint32_t whole_;  // vectors
};

}  // namespace skim::cuda
