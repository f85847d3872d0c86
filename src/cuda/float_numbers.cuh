// Elements as numbers in float32 of which the greater ones come first in the result.
#pragma once

#include <cstdint>
#include <limits>

#include "cuda/bucket_select_ptx.cuh"
#include "order/key_order.h"

namespace skim::cuda {

// Floats of any size as float32, which holds all of them, and back.
template <DType kDType>
struct AsFloat {
  using Key = typename KeyOrder<kDType>::Key;

  static __device__ float from(Key bits) {
    if constexpr (kDType == DType::f32) return __int_as_float(bits);
    if constexpr (kDType == DType::f16) return float_of_half(static_cast<std::uint16_t>(bits));
    if constexpr (kDType == DType::bf16)
      return __uint_as_float(std::uint32_t{static_cast<std::uint16_t>(bits)} << 16);
  }
  // Of a number that is no NaN.
  static __device__ Key to(std::int32_t bits) {
    if constexpr (kDType == DType::f32) return bits;
    if constexpr (kDType == DType::f16)
      return static_cast<Key>(half_of_float(__int_as_float(bits)));
    if constexpr (kDType == DType::bf16) return static_cast<Key>(bits >> 16);
  }
  // The greatest that is not above the number.
  static __device__ Key not_above(float number) {
    const std::int32_t bits = __float_as_int(number);
    if constexpr (kDType == DType::f32) return bits;
    if constexpr (kDType == DType::f16) return static_cast<Key>(half_not_above(number));
    if constexpr (kDType == DType::bf16)  // the larger the magnitude, the lower a negative number
      return static_cast<Key>((bits < 0 ? bits + 0xffff : bits) >> 16);
  }

  // From one number to the next in the bits of float32; less than that below the normal ones.
  static constexpr std::int32_t kStep = kDType == DType::f16    ? 1 << 13
                                        : kDType == DType::bf16 ? 1 << 16
                                                                : 1;
};

template <DType kDType, bool kLargest>
struct NumberOf {
  using Key = typename KeyOrder<kDType>::Key;
  static constexpr float kMost = std::numeric_limits<float>::max();

  // A NaN is no less than any other where it is largest, and no greater where it sorts last.
  static __device__ float of_bits(Key bits) {
    const float value = AsFloat<kDType>::from(bits);
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    const bool is_nan = !(value == value);
    return is_nan ? (kLargest ? kInfinity : -kInfinity) : (kLargest ? value : -value);
  }
  static __device__ float of_key(std::int32_t key) {
    return of_bits(bits_of_key<kDType, kLargest>(static_cast<Key>(key)));
  }
  // No number of a greater key is below.
  static __device__ std::int32_t key_not_above(float number) {
    Key bits = AsFloat<kDType>::not_above(number);
    if constexpr (!kLargest) bits = static_cast<Key>(bits ^ KeyOrder<kDType>::lowest_key);
    return order_key<kDType, kLargest>(bits);
  }
  // No less than this number, and no greater than the next that an element can be.
  static __device__ float next(float number) {
    const std::int32_t bits = __float_as_int(__fadd_rn(fminf(number, kMost), 0.0f));  // one zero
    const std::int32_t step = AsFloat<kDType>::kStep;
    return fminf(__int_as_float(bits + (bits < 0 ? -step : step)), kMost);
  }
};

}  // namespace skim::cuda
