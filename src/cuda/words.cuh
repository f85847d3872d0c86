// Words of 32 bits, one float or two of 16 bits, in the floating-point domain.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstdint>

#include "skim/dtype.h"

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
  static __device__ std::uint32_t above_or_nan(Word a, Word b) { return !(a <= b) ? ~0u : 0u; }
  static __device__ std::uint32_t at_most(Word a, Word b) { return a <= b ? ~0u : 0u; }
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
  static __device__ std::uint32_t above_or_nan(Word a, Word b) { return __hgtu2_mask(a, b); }
  static __device__ std::uint32_t at_most(Word a, Word b) { return __hle2_mask(a, b); }
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

}  // namespace skim::cuda
