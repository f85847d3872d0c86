// How CTAs that hold a row together share it out: in short runs of vectors, because the likely
// elements of a row lie close together.
#pragma once

#include <cstdint>

namespace skim::cuda {

// Which vectors of the row a thread holds; they ascend with j, warp and lane, and in runs with the
// CTA's rank.
template <std::uint32_t kRun>
class DealtVectors {
 public:
  __device__ DealtVectors(std::uint32_t rank, std::uint32_t ctas)
      : first_((threadIdx.x / kRun * ctas + rank) * kRun + threadIdx.x % kRun),
        step_(blockDim.x * ctas) {}
  __device__ std::uint32_t operator()(int j) const {
    return first_ + static_cast<std::uint32_t>(j) * step_;
  }
  // The same, which the compiler does not know: what is rarely needed is then not worked out early.
  __device__ DealtVectors again() const {
    DealtVectors vectors = *this;
    asm volatile("" : "+r"(vectors.first_), "+r"(vectors.step_));
    return vectors;
  }

 private:
  std::uint32_t first_;
  std::uint32_t step_;
};

}  // namespace skim::cuda
