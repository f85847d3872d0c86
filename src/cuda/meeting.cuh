// Where the CTAs of a row meet that are no cluster: each leaves a list in the workspace, and the
// last one to arrive has them all.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/arguments.h"
#include "cuda/layout.h"

namespace skim::cuda {

template <class Candidate>
class Meeting {
 public:
  __device__ Meeting(const TopkArguments& arguments, std::int64_t row, std::uint32_t entries)
      : ctas_(static_cast<std::uint32_t>(arguments.ctas)), entries_(entries) {
    const auto rows = static_cast<std::size_t>(arguments.rows);
    const std::size_t first = static_cast<std::size_t>(row) * ctas_;
    std::byte* at = arguments.workspace;
    arrivals_ = reinterpret_cast<std::uint32_t*>(at) + row;
    at += round_up(rows * sizeof(std::uint32_t));
    counts_ = reinterpret_cast<std::uint32_t*>(at) + first;
    at += round_up(rows * ctas_ * sizeof(std::uint32_t));
    lists_ = reinterpret_cast<Candidate*>(at) + first * entries_;
  }

  __device__ Candidate* list(std::uint32_t cta) const {
    return lists_ + std::size_t{cta} * entries_;
  }
  __device__ std::uint32_t count(std::uint32_t cta) const { return __ldcg(counts_ + cta); }

  // After all threads have written the list of their CTA; true for the last CTA of the row, which
  // then sees all lists (CUDA C++ Programming Guide, "Memory fence functions").
  __device__ bool arrive(std::uint32_t cta, std::uint32_t count, std::uint32_t& shared_flag) const {
    __threadfence();
    __syncthreads();
    if (threadIdx.x == 0) {
      counts_[cta] = count;
      __threadfence();
      shared_flag = atomicAdd(arrivals_, 1u) == ctas_ - 1;
    }
    __syncthreads();
    const bool last = shared_flag != 0;
    if (last) __threadfence();
    return last;
  }

 private:
  std::uint32_t ctas_;
  std::uint32_t entries_;
  std::uint32_t* arrivals_;
  std::uint32_t* counts_;
  Candidate* lists_;
};

}  // namespace skim::cuda
