// Takes the place of src/cuda/cluster.cuh.
#pragma once

#include <cstdint>

#include "machine.h"

namespace skim::cuda::cluster {

using Address = std::uint32_t;

inline Address mapped(Address address, std::uint32_t rank) {
  return emulation::mapped(address, rank);
}
template <class T>
T* in_cta(T* here, std::uint32_t rank) {
  return static_cast<T*>(emulation::pointer_to(mapped(emulation::address_of(here), rank)));
}
inline std::uint32_t rank() { return emulation::cluster_rank(); }

inline void arrive_relaxed() {
  __syncwarp();
  emulation::cluster_arrive();
}
inline void arrive() { arrive_relaxed(); }
inline void wait() {
  __syncwarp();
  emulation::cluster_wait();
}

inline void init_barrier(Address barrier, std::uint32_t arrivals) {
  emulation::init_barrier(barrier, arrivals);
}
inline void publish_barriers() {}
inline void expect_bytes_there(Address barrier, std::uint32_t bytes) {
  emulation::arrive_expecting(barrier, bytes);
}
inline void wait_for(Address barrier, std::uint32_t parity = 0) {
  emulation::wait_for_phase(barrier, parity);
}
inline void store(Address there, std::int64_t value, Address barrier) {
  emulation::store_later(there, static_cast<std::uint64_t>(value), sizeof(value), barrier);
}
inline void store(Address there, std::int32_t value, Address barrier) {
  emulation::store_later(there, static_cast<std::uint32_t>(value), sizeof(value), barrier);
}

}  // namespace skim::cuda::cluster

namespace skim::cuda {

inline void start_next_kernel() {}
inline void wait_for_previous_results() {}
inline void wait_for_previous_kernel() {}

}  // namespace skim::cuda
