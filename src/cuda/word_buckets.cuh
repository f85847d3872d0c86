// Candidates to buckets by their words, key and index together: evenly between the least and the
// greatest. Where those by value are crowded, because keys are equal or lie much closer together
// than the numbers above and below them, these seldom are.
#pragma once

#include <cstdint>

#include "cuda/layout.h"
#include "order/candidate.h"

namespace skim::cuda {

// The better a candidate, the lower its bucket's number: every step rounds so that the order stays.
class WordBuckets {
 public:
  __device__ WordBuckets(RowCandidate least, RowCandidate greatest, std::uint32_t buckets)
      : greatest_(static_cast<std::uint64_t>(greatest)), last_(buckets - 1) {
    const std::uint64_t apart = greatest_ - static_cast<std::uint64_t>(least);
    const auto high = static_cast<std::uint32_t>(apart >> 32);
    shift_ = high == 0 ? 0 : 32 - __clz(static_cast<int>(high));
    const float steps = static_cast<float>(static_cast<std::uint32_t>(apart >> shift_));
    scale_ = __fdiv_rn(static_cast<float>(buckets), __fadd_rn(steps, 1));
  }

  __device__ std::uint32_t operator()(RowCandidate candidate) const {
    const std::uint64_t below = greatest_ - static_cast<std::uint64_t>(candidate);
    const float steps = static_cast<float>(static_cast<std::uint32_t>(below >> shift_));
    return min(static_cast<std::uint32_t>(__fmul_rn(steps, scale_)), last_);
  }

 private:
  std::uint64_t greatest_;
  int shift_;
  float scale_;
  std::uint32_t last_;
};

}  // namespace skim::cuda
