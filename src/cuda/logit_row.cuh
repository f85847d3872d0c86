// The logits of one row as they count: float32, biased, -inf where a token is not allowed or does
// not exist; tile by tile (random/mass.h).
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

#include "cuda/float_numbers.cuh"
#include "cuda/row.cuh"
#include "cuda/sample_arguments.h"
#include "cuda/words.cuh"
#include "order/key_order.h"
#include "random/mass.h"

namespace skim::cuda {

inline constexpr int kQuarters = kTileTokens / 4;

// Neighbours.
struct alignas(16) FourLogits {
  float x[4];
};

struct Tile {
  FourLogits quarters[kQuarters];
  std::uint32_t first = 0;  // its token 0

  __device__ Tile() {}
  __device__ explicit Tile(std::uint32_t number)
      : first(static_cast<std::uint32_t>(token_of_tile(number, 0))) {}

  __device__ float& x(int i) { return quarters[i / 4].x[i % 4]; }
  __device__ float x(int i) const { return quarters[i / 4].x[i % 4]; }
  __device__ std::uint32_t token(int i) const {
    return first + static_cast<std::uint32_t>(token_of_tile(0, i));
  }

  // NaN where there is one.
  __device__ float greatest() const {
    float best = x(0);
#pragma unroll
    for (int i = 1; i < kTileTokens; ++i) best = WordOf<DType::f32>::max_or_nan(best, x(i));
    return best;
  }
};

template <DType kDType>
class LogitRow {
  using Element = typename KeyOrder<kDType>::Key;
  using Vector = std::conditional_t<sizeof(Element) == 4, uint4, uint2>;
  static constexpr float kNoLogit = -std::numeric_limits<float>::infinity();
  static constexpr std::uint32_t kElementMask = sizeof(Element) == 4 ? ~0u : 0xffff;

 public:
  __device__ LogitRow(const SampleArguments& arguments, std::int64_t row)
      : elements_(static_cast<const Element*>(arguments.logits) + row * arguments.row_stride),
        length_(static_cast<std::uint32_t>(
            clamped_length(arguments.row_lengths, arguments.long_lengths, row, arguments.cols))),
        mask_(arguments.allow_mask + row * arguments.mask_stride),
        bias_(arguments.logit_bias + row * arguments.bias_stride),
        is_masked_(arguments.allow_mask != nullptr),
        is_biased_(arguments.logit_bias != nullptr) {}

  __device__ std::uint32_t length() const { return length_; }
  __device__ bool is_biased() const { return is_biased_; }
  // The row as it is without the bias.
  __device__ void drop_bias() { is_biased_ = false; }

  // Of a token that is allowed.
  __device__ float logit(std::uint32_t token) const {
    const float plain = plain_logit(token);
    return is_biased_ ? plain + bias_[token] : plain;
  }
  // Without its bias.
  __device__ float plain_logit(std::uint32_t token) const { return element(token); }

  // Loads are under way together.
  template <int kTiles>
  __device__ void load(Tile (&tiles)[kTiles]) const {
    if (reinterpret_cast<std::uintptr_t>(elements_) % sizeof(Vector) == 0) {
      load_vectors(tiles);
      if (length_ % 4 != 0) load_end(tiles);
    } else {
      load_elements(tiles);
    }
    if (is_biased_ || is_masked_) adjust(tiles);
  }

 private:
  __device__ float element(std::uint32_t token) const {
    return AsFloat<kDType>::from(elements_[token]);
  }

  template <int kTiles>
  __device__ void load_vectors(Tile (&tiles)[kTiles]) const {
    Vector vectors[kTiles][kQuarters];
#pragma unroll
    for (int t = 0; t < kTiles; ++t) {
#pragma unroll
      for (int q = 0; q < kQuarters; ++q) {
        const std::uint32_t token = tiles[t].token(4 * q);
        vectors[t][q] = no_logits();
        if (is_whole(token))
          vectors[t][q] = __ldg(reinterpret_cast<const Vector*>(elements_ + token));
      }
    }
#pragma unroll
    for (int t = 0; t < kTiles; ++t) {
#pragma unroll
      for (int i = 0; i < kTileTokens; ++i)
        tiles[t].x(i) = AsFloat<kDType>::from(element_in(vectors[t][i / 4], i % 4));
    }
  }

  __device__ bool is_whole(std::uint32_t token) const {
    return token < length_ && length_ - token >= 4;
  }

  static __device__ Vector no_logits() {
    constexpr auto kBits =
        static_cast<std::uint32_t>(KeyOrder<kDType>::negative_infinity) & kElementMask;
    constexpr std::uint32_t kWord = sizeof(Element) == 4 ? kBits : kBits << 16 | kBits;
    if constexpr (sizeof(Element) == 4) {
      return make_uint4(kWord, kWord, kWord, kWord);
    } else {
      return make_uint2(kWord, kWord);
    }
  }

  static __device__ Element element_in(const Vector& vector, int i) {
    if constexpr (sizeof(Element) == 4) {
      return element_of<Element>(vector, i);
    } else {
      return element_of<Element>(make_uint4(vector.x, vector.y, 0, 0), i);
    }
  }

  // Of the vector that the row ends in.
  template <int kTiles>
  __device__ void load_end(Tile (&tiles)[kTiles]) const {
#pragma unroll
    for (Tile& tile : tiles) {
#pragma unroll
      for (int q = 0; q < kQuarters; ++q) {
        const std::uint32_t token = tile.token(4 * q);
        if (token >= length_ || is_whole(token)) continue;
#pragma unroll
        for (std::uint32_t i = 0; i < 4; ++i)
          if (token + i < length_) tile.quarters[q].x[i] = element(token + i);
      }
    }
  }

  template <int kTiles>
  __device__ void load_elements(Tile (&tiles)[kTiles]) const {
#pragma unroll
    for (Tile& tile : tiles) {
#pragma unroll
      for (int i = 0; i < kTileTokens; ++i) {
        const bool is_there = tile.token(i) < length_;
        const std::uint32_t from = is_there ? tile.token(i) : 0;
        const float x = length_ > 0 ? element(from) : kNoLogit;
        tile.x(i) = is_there ? x : kNoLogit;
      }
    }
  }

  template <int kTiles>
  __device__ void adjust(Tile (&tiles)[kTiles]) const {
#pragma unroll
    for (Tile& tile : tiles) {
      if (is_biased_) add_bias(tile);
      if (is_masked_) disallow(tile);
    }
  }

  __device__ void add_bias(Tile& tile) const {
#pragma unroll
    for (int i = 0; i < kTileTokens; ++i)
      if (tile.token(i) < length_) tile.x(i) += bias_[tile.token(i)];
  }

  // A logit that is not allowed does not matter, NaN included.
  __device__ void disallow(Tile& tile) const {
#pragma unroll
    for (int q = 0; q < kQuarters; ++q) {
      const std::uint32_t token = tile.token(4 * q);
      if (token >= length_) continue;
      const std::uint32_t allowed = static_cast<std::uint32_t>(mask_[token / 32]) >> token % 32;
#pragma unroll
      for (int i = 0; i < 4; ++i)
        if ((allowed >> i & 1) == 0) tile.quarters[q].x[i] = kNoLogit;
    }
  }

  const Element* elements_;
  std::uint32_t length_;
  const std::int32_t* mask_;
  const float* bias_;
  bool is_masked_;
  bool is_biased_;
};

}  // namespace skim::cuda
