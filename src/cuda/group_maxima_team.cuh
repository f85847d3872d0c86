// How the CTAs of one row work together in group_maxima: through the workspace, with a threshold a
// CTA; the last CTA finishes the row.
#pragma once

#include <cstdint>

#include "cuda/arguments.h"
#include "cuda/block.cuh"
#include "cuda/candidate_list.cuh"
#include "cuda/layout.h"
#include "cuda/meeting.cuh"
#include "cuda/threshold.cuh"

namespace skim::cuda {

struct MeetingTeamShared {
  std::uint32_t last;
};

// A CTA alone keeps its list where it is.
class MeetingTeam {
 public:
  __device__ MeetingTeam(const TopkArguments& arguments, MeetingTeamShared& shared,
                         RowCandidate* list)
      : shared_(shared),
        list_(list),
        ctas_(static_cast<std::uint32_t>(arguments.ctas)),
        groups_(blockDim.x / 32 * static_cast<std::uint32_t>(arguments.groups_per_warp)),
        rank_(blockIdx.y),
        meeting_(arguments, arguments.first_row + blockIdx.x, arguments.capacity) {}

  __device__ std::int64_t row() const { return blockIdx.x; }
  __device__ std::uint32_t rank() const { return rank_; }
  __device__ std::uint32_t ctas() const { return ctas_; }
  __device__ std::uint32_t groups() const { return groups_; }

  __device__ void send(std::uint32_t slot, RowCandidate candidate) const {
    (ctas_ == 1 ? list_ : meeting_.list(rank_))[slot] = candidate;
  }

  __device__ bool finishes(std::uint32_t count) {
    count_ = count;
    if (ctas_ == 1) {
      __syncthreads();
      return true;
    }
    return meeting_.arrive(rank_, count, shared_.last);
  }

  template <class Write>
  __device__ void write_best(std::uint32_t k, ListScratch<RowCandidate>& scratch,
                             Write write) const {
    skim::cuda::write_best(list_, ctas_ == 1 ? count_ : gather(), k, scratch, write);
  }

 private:
  // All lists end to end.
  __device__ std::uint32_t gather() const {
    std::uint32_t total = 0;
    for (std::uint32_t cta = 0; cta < ctas_; ++cta) {
      const std::uint32_t of_cta = meeting_.count(cta);
      for (std::uint32_t i = threadIdx.x; i < of_cta; i += blockDim.x)
        list_[total + i] = __ldcg(meeting_.list(cta) + i);
      total += of_cta;
    }
    __syncthreads();
    return total;
  }

  MeetingTeamShared& shared_;
  RowCandidate* list_;
  std::uint32_t ctas_;
  std::uint32_t groups_;
  std::uint32_t rank_;
  std::uint32_t count_ = 0;
  Meeting<RowCandidate> meeting_;
};

}  // namespace skim::cuda
