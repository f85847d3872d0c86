// In place of src/cuda/register_sort_ptx.cuh.
#pragma once

#include <cstdint>
#include <utility>

#include "skim/dtype.h"

namespace skim::cuda {

inline std::uint32_t signs_of_halves(std::uint32_t halves) {
  return (halves >> 15 & 0x10001u) * 0xffffu;
}

namespace emulated {

template <std::uint32_t kSign, std::uint32_t kInfinity>
std::uint32_t one_zero_and_one_nan(std::uint32_t bits) {
  if ((bits & ~kSign) > kInfinity) return kSign - 1;
  return bits == kSign ? 0 : bits;
}

}  // namespace emulated

template <DType kDType>
std::uint32_t one_zero_and_one_nan(std::uint32_t word) {
  if constexpr (kDType == DType::f32) {
    return emulated::one_zero_and_one_nan<0x80000000u, 0x7f800000u>(word);
  } else {
    constexpr std::uint32_t kInfinity = kDType == DType::f16 ? 0x7c00 : 0x7f80;
    return emulated::one_zero_and_one_nan<0x8000u, kInfinity>(word & 0xffff) |
           emulated::one_zero_and_one_nan<0x8000u, kInfinity>(word >> 16) << 16;
  }
}

inline void order_long_pair(std::int64_t& first, std::int64_t& second) {
  if (first < second) std::swap(first, second);
}

}  // namespace skim::cuda
