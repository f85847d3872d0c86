// What warp_maxima asks of the machine that C++ has no words for (PTX ISA, "max", "set", "fma",
// "shfl.sync"). Words of 32 bits hold one float, or two of 16 bits on which an instruction
// works at once.
#pragma once

#include <cuda_bf16.h>

#include <cstdint>

#include "skim/dtype.h"

namespace skim::cuda::ptx {

#define SKIM_PTX_OF_PAIRS(name, instruction)                               \
  static __device__ std::uint32_t name(std::uint32_t a, std::uint32_t b) { \
    std::uint32_t result;                                                  \
    asm(instruction " %0, %1, %2;" : "=r"(result) : "r"(a), "r"(b));       \
    return result;                                                         \
  }
#define SKIM_PTX_OF_FLOATS(name, instruction)                              \
  static __device__ std::uint32_t name(std::uint32_t a, std::uint32_t b) { \
    float result;                                                          \
    asm(instruction " %0, %1, %2;"                                         \
        : "=f"(result)                                                     \
        : "f"(__uint_as_float(a)), "f"(__uint_as_float(b)));               \
    return __float_as_uint(result);                                        \
  }

// Comparisons give 1.0 where they hold, else 0.0.
template <DType>
struct FloatWord;

template <>
struct FloatWord<DType::f32> {
  SKIM_PTX_OF_FLOATS(max_or_nan, "max.NaN.f32")
  SKIM_PTX_OF_FLOATS(min_or_other, "min.f32")
  SKIM_PTX_OF_FLOATS(at_least_or_nan, "set.geu.f32.f32")
  SKIM_PTX_OF_FLOATS(above_or_nan, "set.gtu.f32.f32")
  SKIM_PTX_OF_FLOATS(at_most, "set.le.f32.f32")
  static __device__ std::uint32_t multiply_add(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
    return __float_as_uint(__fmaf_rn(__uint_as_float(a), __uint_as_float(b), __uint_as_float(c)));
  }
};

template <>
struct FloatWord<DType::f16> {
  SKIM_PTX_OF_PAIRS(max_or_nan, "max.NaN.f16x2")
  SKIM_PTX_OF_PAIRS(min_or_other, "min.f16x2")
  SKIM_PTX_OF_PAIRS(at_least_or_nan, "set.geu.f16x2.f16x2")
  SKIM_PTX_OF_PAIRS(above_or_nan, "set.gtu.f16x2.f16x2")
  SKIM_PTX_OF_PAIRS(at_most, "set.le.f16x2.f16x2")
  static __device__ std::uint32_t multiply_add(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
    std::uint32_t result;
    asm("fma.rn.f16x2 %0, %1, %2, %3;" : "=r"(result) : "r"(a), "r"(b), "r"(c));
    return result;
  }
};

template <>
struct FloatWord<DType::bf16> {
  SKIM_PTX_OF_PAIRS(max_or_nan, "max.NaN.bf16x2")
  SKIM_PTX_OF_PAIRS(min_or_other, "min.bf16x2")
  // The vendor's functions know what to do before compute capability 9.0.
  static __device__ std::uint32_t at_least_or_nan(std::uint32_t a, std::uint32_t b) {
    return bits_of(__hgeu2(pair_of(a), pair_of(b)));
  }
  static __device__ std::uint32_t above_or_nan(std::uint32_t a, std::uint32_t b) {
    return bits_of(__hgtu2(pair_of(a), pair_of(b)));
  }
  static __device__ std::uint32_t at_most(std::uint32_t a, std::uint32_t b) {
    return bits_of(__hle2(pair_of(a), pair_of(b)));
  }
  static __device__ std::uint32_t multiply_add(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
    std::uint32_t result;
    asm("fma.rn.bf16x2 %0, %1, %2, %3;" : "=r"(result) : "r"(a), "r"(b), "r"(c));
    return result;
  }

 private:
  static __device__ __nv_bfloat162 pair_of(std::uint32_t bits) {
    return reinterpret_cast<const __nv_bfloat162&>(bits);
  }
  static __device__ std::uint32_t bits_of(__nv_bfloat162 pair) {
    return reinterpret_cast<const std::uint32_t&>(pair);
  }
};

#undef SKIM_PTX_OF_PAIRS
#undef SKIM_PTX_OF_FLOATS

// Of two signed integers of 16 bits.
__device__ inline std::uint32_t max_of_16(std::uint32_t a, std::uint32_t b) {
  return __vmaxs2(a, b);
}
__device__ inline std::uint32_t min_of_16(std::uint32_t a, std::uint32_t b) {
  return __vmins2(a, b);
}

// The sum over this lane and those before it. In C++ the predicate of the shuffle, which says that
// there is such a lane, is lost.
__device__ inline std::uint32_t sum_through(std::uint32_t value) {
#pragma unroll
  for (int offset = 1; offset < 32; offset *= 2) {
    asm volatile(
        "{ .reg .pred there; .reg .u32 before;"
        "shfl.sync.up.b32 before|there, %0, %1, 0, 0xffffffff;"
        "@there add.u32 %0, %0, before; }"
        : "+r"(value)
        : "r"(offset));
  }
  return value;
}

// By an address in shared memory, without a branch around the store, which an `if` becomes.
__device__ inline void store_if(bool wanted, std::uint32_t address, std::uint32_t value) {
  asm volatile(
      "{ .reg .pred wanted; setp.ne.u32 wanted, %0, 0;"
      "@wanted st.shared.u32 [%1], %2; }" ::"r"(static_cast<std::uint32_t>(wanted)),
      "r"(address), "r"(value)
      : "memory");
}

}  // namespace skim::cuda::ptx
