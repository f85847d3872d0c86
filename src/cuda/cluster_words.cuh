// Numbers that every CTA of a cluster tells every other, in one hop: stores that count at their
// destination. Reading them there, each thread for itself, takes ten times as long.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/block.cuh"
#include "cuda/cluster.cuh"
#include "cuda/layout.h"
#include "cuda/shared.cuh"

namespace skim::cuda {

inline constexpr int kMostClusterWords = 8;

struct ClusterWordsShared {
  alignas(8) std::uint64_t arrived[2];  // barriers
  std::int64_t of_cta[2][kMostClusterCtas][kMostClusterWords];
};

// Every thread of the cluster calls, in the same order. Two places suffice: who sends the next but
// one has heard of everyone after that read the last.
class ClusterWords {
  using Address = shared::Address;

 public:
  __device__ ClusterWords(ClusterWordsShared& shared, std::uint32_t ctas)
      : shared_(shared::address_of(&shared)), ctas_(ctas) {}

  // By one thread, before barriers are published and the CTAs meet for the first time.
  __device__ void begin() const {
    cluster::init_barrier(arrived(0), ctas_);
    cluster::init_barrier(arrived(1), ctas_);
  }

  // The words of the first warp, to all; where those of the CTA with the lane's number are now.
  template <int kWords>
  __device__ Address exchange(const std::int64_t (&words)[kWords]) {
    static_assert(kWords <= kMostClusterWords);
    const std::uint32_t place = turn_ & 1;
    const auto lane = static_cast<std::uint32_t>(lane_id());
    if (warp_id() == 0 && lane < ctas_) {
      const Address there = cluster::mapped(arrived(place), lane);
      const Address row = cluster::mapped(of_cta(place, cluster::rank()), lane);
      cluster::expect_bytes_there(there, kWords * 8);
#pragma unroll
      for (int i = 0; i < kWords; ++i)
        cluster::store(row + static_cast<Address>(i) * 8, words[i], there);
    }
    cluster::wait_for(arrived(place), turn_ >> 1 & 1);
    ++turn_;
    return of_cta(place, lane & (ctas_ - 1));
  }

 private:
  __device__ Address arrived(std::uint32_t place) const {
    return shared_ + static_cast<Address>(offsetof(ClusterWordsShared, arrived)) + place * 8;
  }
  __device__ Address of_cta(std::uint32_t place, std::uint32_t cta) const {
    return shared_ + static_cast<Address>(offsetof(ClusterWordsShared, of_cta)) +
           (place * kMostClusterCtas + cta) * kMostClusterWords * 8;
  }

  Address shared_;
  std::uint32_t ctas_;
  std::uint32_t turn_ = 0;
};

}  // namespace skim::cuda
