// How far numbers lie above another one, by roundings that never change the order of two of them.
#pragma once

#include <cstdint>

namespace skim::cuda {

// By value; above a positive number by the bits, which spread numbers of every magnitude.
class Measure {
 public:
  __device__ explicit Measure(float low) : low_(low), by_bits_(low > 0) {}

  __device__ float low() const { return low_; }
  __device__ bool by_bits() const { return by_bits_; }

  // Of a number that is no less.
  __device__ float operator()(float number) const {
    const float steps = static_cast<float>(
        static_cast<std::int32_t>(__float_as_uint(number) - __float_as_uint(low_)));
    const float difference = __fsub_rn(number, low_);
    return by_bits_ ? steps : difference;
  }

  // A number that is not above any of that distance or more, which may have been rounded a few
  // times.
  __device__ float number_at(float distance) const {
    const float sure = __fmul_rn(distance, 1 - 0x1p-20f);
    if (by_bits_) return __int_as_float(__float_as_int(low_) + static_cast<std::int32_t>(sure));
    const float number = __fadd_rn(low_, sure);
    return fmaxf(__fsub_rn(number, __fmul_rn(fabsf(number), 0x1p-22f)), low_);
  }

 private:
  float low_;
  bool by_bits_;
};

}  // namespace skim::cuda
