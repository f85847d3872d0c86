// Stores that bucket_select wants without a branch around them, and conversions.
#pragma once

#include <cstdint>

#include "cuda/shared.cuh"

namespace skim::cuda {

__device__ inline void store_if(bool wanted, shared::Address address, std::int64_t value) {
  asm volatile(
      "{\n"
      ".reg .pred wanted;\n"
      "setp.ne.s32 wanted, %2, 0;\n"
      "@wanted st.shared.s64 [%0], %1;\n"
      "}" ::"r"(address),
      "l"(value), "r"(static_cast<std::int32_t>(wanted))
      : "memory");
}

__device__ inline void store_four(shared::Address address, uint4 four) {
  asm volatile("st.shared.v4.u32 [%0], {%1, %2, %3, %4};" ::"r"(address), "r"(four.x), "r"(four.y),
               "r"(four.z), "r"(four.w)
               : "memory");
}

// What is made of the number behind this place is not made before it, on the way of those who do
// not come here.
__device__ inline void renew(float& number) { asm volatile("" : "+f"(number)); }

// One zero for both, and one NaN, positive with all bits set, for all.
__device__ inline std::int32_t bits_plus_zero(float number) {
  std::int32_t sum = 0;
  asm("add.f32 %0, %1, 0f00000000;" : "=r"(sum) : "f"(number));
  return sum;
}

__device__ inline float approximate_reciprocal(float number) {
  float reciprocal = 0;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(reciprocal) : "f"(number));
  return reciprocal;
}

// a * b + c, rounded towards +inf.
__device__ inline float multiply_add_up(float a, float b, float c) {
  float sum = 0;
  asm("fma.rp.f32 %0, %1, %2, %3;" : "=f"(sum) : "f"(a), "f"(b), "f"(c));
  return sum;
}

__device__ inline float float_of_half(std::uint16_t bits) {
  float number = 0;
  asm("cvt.f32.f16 %0, %1;" : "=f"(number) : "h"(bits));
  return number;
}

// Of a number that a half holds.
__device__ inline std::uint16_t half_of_float(float number) {
  std::uint16_t bits = 0;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(number));
  return bits;
}

// The greatest half that is not above the number.
__device__ inline std::uint16_t half_not_above(float number) {
  std::uint16_t bits = 0;
  asm("cvt.rm.f16.f32 %0, %1;" : "=h"(bits) : "f"(number));
  return bits;
}

}  // namespace skim::cuda
