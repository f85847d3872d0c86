// How the CTAs of one row work together in group_maxima: as a cluster, through each other's shared
// memory, with one threshold for the row and an equal share of the work to the end; or as a plain
// grid, through the workspace, with a threshold a CTA, where the last CTA finishes the row.
#pragma once

#include <cstdint>

#include "cuda/arguments.h"
#include "cuda/block.cuh"
#include "cuda/candidate_list.cuh"
#include "cuda/cluster.cuh"
#include "cuda/layout.h"
#include "cuda/meeting.cuh"
#include "cuda/threshold.cuh"

namespace skim::cuda {

struct TeamShared {
  alignas(16) std::int32_t maxima[kMostGroups];
  alignas(8) std::uint64_t maxima_barrier;
  alignas(8) std::uint64_t lists_barrier;
  std::int32_t counts[kMostClusterCtas];
  std::uint32_t last;
};

// One hop: every group's maximum is stored into every CTA and counted there, and every candidate
// into each CTA that writes results: one, so that the others are gone early and let the next rows
// in; or all, so that each has to order its own candidates only.
class ClusterTeam {
 public:
  __device__ ClusterTeam(const TopkArguments& arguments, TeamShared& shared, RowCandidate* lists)
      : shared_(shared),
        lists_(lists),
        ctas_(static_cast<std::uint32_t>(arguments.ctas)),
        capacity_(arguments.capacity),
        groups_of_cta_(blockDim.x / 32 * static_cast<std::uint32_t>(arguments.groups_per_warp)),
        writers_(static_cast<std::uint32_t>(arguments.writers)),
        rank_(cluster::rank()) {}

  __device__ std::int64_t row() const { return blockIdx.x; }
  __device__ std::uint32_t rank() const { return rank_; }
  __device__ std::uint32_t ctas() const { return ctas_; }
  __device__ std::uint32_t groups() const { return ctas_ * groups_of_cta_; }

  // Between begin and await_all the row's loads are under way.
  __device__ void begin() const {
    if (threadIdx.x == 0) {
      cluster::init_barrier(maxima_barrier(), 1);
      cluster::init_barrier(lists_barrier(), ctas_);
      cluster::publish_barriers();
      cluster::expect_bytes(maxima_barrier(),
                            groups() * static_cast<std::uint32_t>(sizeof(std::int32_t)));
    }
    cluster::arrive_relaxed();
  }
  __device__ void await_all() const { cluster::wait(); }

  // The lanes of a group hold the same maximum and share out its copies.
  __device__ void share_maximum(std::uint32_t group, std::int32_t maximum, std::uint32_t lane,
                                std::uint32_t lanes) const {
    const auto place = cluster::address_of(&shared_.maxima[rank_ * groups_of_cta_ + group]);
    for (std::uint32_t cta = lane; cta < ctas_; cta += lanes)
      cluster::store(cluster::mapped(place, cta), maximum, cluster::mapped(maxima_barrier(), cta));
  }
  // By the warp that then reads all maxima.
  __device__ void await_maxima() const { cluster::wait_for(maxima_barrier()); }

  __device__ void send(std::uint32_t slot, RowCandidate candidate) const {
    const auto place = cluster::address_of(lists_ + rank_ * capacity_ + slot);
    for (std::uint32_t writer = 0; writer < writers_; ++writer)
      cluster::store(cluster::mapped(place, writer), candidate,
                     cluster::mapped(lists_barrier(), writer));
  }

  // By all threads after their last send; true in the CTAs that then write results.
  __device__ bool finishes(std::uint32_t count) const {
    if (threadIdx.x < writers_) {
      const auto place = cluster::address_of(&shared_.counts[rank_]);
      const auto barrier = cluster::mapped(lists_barrier(), threadIdx.x);
      constexpr auto kCountBytes = static_cast<std::uint32_t>(sizeof(std::int32_t));
      constexpr auto kCandidateBytes = static_cast<std::uint32_t>(sizeof(RowCandidate));
      cluster::store(cluster::mapped(place, threadIdx.x), static_cast<std::int32_t>(count),
                     barrier);
      cluster::expect_bytes_there(barrier, kCountBytes + count * kCandidateBytes);
    }
    if (rank_ >= writers_) return false;
    cluster::wait_for(lists_barrier());
    return true;
  }

  template <class Write>
  __device__ void write_best(std::uint32_t k, ListScratch<RowCandidate>& scratch,
                             Write write) const {
    if (writers_ > 1) {
      write_ranked(lists_ + rank_ * capacity_, count(rank_), *this, k, write);
    } else {
      skim::cuda::write_best(gathered(), gather(), k, scratch, write);
    }
  }

  __device__ bool fills() const { return rank_ == 0; }

  // The lists of all CTAs, as write_ranked wants them.
  __device__ std::uint32_t lists() const { return ctas_; }
  __device__ std::uint32_t count(std::uint32_t cta) const {
    return static_cast<std::uint32_t>(shared_.counts[cta]);
  }
  __device__ RowCandidate at(std::uint32_t cta, std::uint32_t i) const {
    return lists_[cta * capacity_ + i];
  }

 private:
  __device__ RowCandidate* gathered() const { return lists_ + ctas_ * capacity_; }

  // All lists end to end, a warp a list.
  __device__ std::uint32_t gather() const {
    const auto lane = static_cast<std::uint32_t>(lane_id());
    const std::uint32_t of_lane = lane < ctas_ ? count(lane) : 0;
    std::uint32_t through = of_lane;
    for (int offset = 1; offset < kMostClusterCtas; offset *= 2) {
      const std::uint32_t before = __shfl_up_sync(~0u, through, offset);
      if (lane_id() >= offset) through += before;
    }
    for (int cta = warp_id(); cta < static_cast<int>(ctas_); cta += warp_count()) {
      const std::uint32_t of_cta = __shfl_sync(~0u, of_lane, cta);
      const std::uint32_t first = __shfl_sync(~0u, through, cta) - of_cta;
      for (std::uint32_t i = lane; i < of_cta; i += 32)
        gathered()[first + i] = at(static_cast<std::uint32_t>(cta), i);
    }
    __syncthreads();
    return __shfl_sync(~0u, through, kMostClusterCtas - 1);
  }

  __device__ cluster::Address maxima_barrier() const {
    return cluster::address_of(&shared_.maxima_barrier);
  }
  __device__ cluster::Address lists_barrier() const {
    return cluster::address_of(&shared_.lists_barrier);
  }

  TeamShared& shared_;
  RowCandidate* lists_;
  std::uint32_t ctas_;
  std::uint32_t capacity_;
  std::uint32_t groups_of_cta_;
  std::uint32_t writers_;
  std::uint32_t rank_;
};

// A CTA alone keeps its list where it is.
class GridTeam {
 public:
  __device__ GridTeam(const TopkArguments& arguments, TeamShared& shared, RowCandidate* list)
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

  __device__ void begin() const {}
  __device__ void await_all() const {}

  __device__ void share_maximum(std::uint32_t group, std::int32_t maximum, std::uint32_t lane,
                                std::uint32_t) const {
    if (lane == 0) shared_.maxima[group] = maximum;
    __syncthreads();
  }
  __device__ void await_maxima() const {}

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
  __device__ bool fills() const { return true; }

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

  TeamShared& shared_;
  RowCandidate* list_;
  std::uint32_t ctas_;
  std::uint32_t groups_;
  std::uint32_t rank_;
  std::uint32_t count_ = 0;
  Meeting<RowCandidate> meeting_;
};

}  // namespace skim::cuda
