// How the CTAs of one row hand their lists over in filter: a cluster reads them where they are, a
// plain grid leaves them in the workspace.
#pragma once

#include <cstdint>

#include "cuda/arguments.h"
#include "cuda/cluster.cuh"
#include "cuda/meeting.cuh"

namespace skim::cuda {

struct FilterTeamShared {
  std::uint32_t count;  // of this CTA's list, once it is complete
  std::uint32_t last;
};

template <class Candidate>
class FilterClusterTeam {
 public:
  __device__ FilterClusterTeam(const TopkArguments& arguments, FilterTeamShared& shared,
                               Candidate* list)
      : shared_(shared),
        list_(list),
        ctas_(static_cast<std::uint32_t>(arguments.ctas)),
        rank_(cluster::rank()) {}

  __device__ std::int64_t row() const { return blockIdx.x; }
  __device__ std::uint32_t rank() const { return rank_; }
  __device__ std::uint32_t ctas() const { return ctas_; }

  __device__ bool finishes(std::uint32_t count) const {
    if (threadIdx.x == 0) shared_.count = count;
    cluster::arrive();
    cluster::wait();
    return rank_ == 0;
  }
  // Nobody's shared memory may go while it is read.
  __device__ void leave() const {
    cluster::arrive();
    cluster::wait();
  }

  __device__ std::uint32_t count(std::uint32_t cta) const {
    return *cluster::in_cta(&shared_.count, cta);
  }
  __device__ Candidate candidate(std::uint32_t cta, std::uint32_t i) const {
    return cluster::in_cta(list_, cta)[i];
  }

 private:
  FilterTeamShared& shared_;
  Candidate* list_;
  std::uint32_t ctas_;
  std::uint32_t rank_;
};

template <class Candidate>
class FilterGridTeam {
 public:
  __device__ FilterGridTeam(const TopkArguments& arguments, FilterTeamShared& shared,
                            Candidate* list)
      : shared_(shared),
        list_(list),
        ctas_(static_cast<std::uint32_t>(arguments.ctas)),
        rank_(blockIdx.y),
        meeting_(arguments, arguments.first_row + blockIdx.x,
                 static_cast<std::uint32_t>(arguments.k)) {}

  __device__ std::int64_t row() const { return blockIdx.x; }
  __device__ std::uint32_t rank() const { return rank_; }
  __device__ std::uint32_t ctas() const { return ctas_; }

  __device__ bool finishes(std::uint32_t count) const {
    if (ctas_ == 1) return true;
    for (std::uint32_t i = threadIdx.x; i < count; i += blockDim.x)
      meeting_.list(rank_)[i] = list_[i];
    return meeting_.arrive(rank_, count, shared_.last);
  }
  __device__ void leave() const {}

  __device__ std::uint32_t count(std::uint32_t cta) const { return meeting_.count(cta); }
  __device__ Candidate candidate(std::uint32_t cta, std::uint32_t i) const {
    return load_past_l1(meeting_.list(cta) + i);
  }

 private:
  // Other CTAs wrote it while this one ran.
  static __device__ Candidate load_past_l1(const Candidate* from) {
    if constexpr (sizeof(Candidate) == 16) {
      const longlong2 halves = __ldcg(reinterpret_cast<const longlong2*>(from));
      return static_cast<Candidate>(static_cast<UInt128>(halves.y) << 64 |
                                    static_cast<std::uint64_t>(halves.x));
    } else {
      return __ldcg(from);
    }
  }

  FilterTeamShared& shared_;
  Candidate* list_;
  std::uint32_t ctas_;
  std::uint32_t rank_;
  Meeting<Candidate> meeting_;
};

}  // namespace skim::cuda
