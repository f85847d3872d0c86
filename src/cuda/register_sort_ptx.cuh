// The instructions of register_sort that C++ has no words for.
#pragma once

#include <cstdint>

#include "skim/dtype.h"

namespace skim::cuda {

// All bits of each half are its sign.
__device__ inline std::uint32_t signs_of_halves(std::uint32_t halves) {
  std::uint32_t signs = 0;
  asm("prmt.b32 %0, %1, 0, 0xbb99;" : "=r"(signs) : "r"(halves));
  return signs;
}

// Plus +0: both zeros become +0, and every NaN the one with all bits but the sign. An addition in
// C++ promises nothing about NaN. Halves are also multiplied by one: bf16 has no addition before
// compute capability 9.0.
template <DType kDType>
__device__ std::uint32_t one_zero_and_one_nan(std::uint32_t word) {
  std::uint32_t result = 0;
  if constexpr (kDType == DType::f32) {
    asm("{\n"
        ".reg .f32 sum;\n"
        "mov.b32 sum, %1;\n"
        "add.f32 sum, sum, 0f00000000;\n"
        "mov.b32 %0, sum;\n"
        "}"
        : "=r"(result)
        : "r"(word));
  } else if constexpr (kDType == DType::f16) {
    asm("fma.rn.f16x2 %0, %1, %2, %3;" : "=r"(result) : "r"(word), "r"(0x3c003c00), "r"(0));
  } else {
    static_assert(kDType == DType::bf16);
    asm("fma.rn.bf16x2 %0, %1, %2, %3;" : "=r"(result) : "r"(word), "r"(0x3f803f80), "r"(0));
  }
  return result;
}

// The greater one first. 64 bits have no instruction for a maximum; written with whole words this
// becomes a comparison for each of the two.
__device__ inline void order_long_pair(std::int64_t& first, std::int64_t& second) {
  asm("{\n"
      ".reg .pred swapped;\n"
      ".reg .b32 low1, low2, high1, high2, low, high;\n"
      "setp.lt.s64 swapped, %0, %1;\n"
      "mov.b64 {low1, high1}, %0;\n"
      "mov.b64 {low2, high2}, %1;\n"
      "selp.b32 low, low2, low1, swapped;\n"
      "selp.b32 high, high2, high1, swapped;\n"
      "selp.b32 low2, low1, low2, swapped;\n"
      "selp.b32 high2, high1, high2, swapped;\n"
      "mov.b64 %0, {low, high};\n"
      "mov.b64 %1, {low2, high2};\n"
      "}"
      : "+l"(first), "+l"(second));
}

}  // namespace skim::cuda
