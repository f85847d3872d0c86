// Between the CTAs of a cluster: addresses, barriers and stores that count at their destination
// (PTX ISA, "Distributed shared memory", mbarrier and st.async; compute capability 9.0). Elsewhere
// these do not compile to anything, and no plan asks for them.
#pragma once

#include <cooperative_groups.h>

#include <cstdint>

namespace skim::cuda::cluster {

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
#define SKIM_CLUSTER_PTX(...) asm volatile(__VA_ARGS__)
#else
#define SKIM_CLUSTER_PTX(...) __trap()
#endif

using Address = std::uint32_t;

// The same place in another CTA's shared memory.
__device__ inline Address mapped(Address address, std::uint32_t rank) {
  Address there = 0;
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  asm("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(there) : "r"(address), "r"(rank));
#endif
  return there;
}

// The same variable in another CTA's shared memory.
template <class T>
__device__ T* in_cta(T* here, std::uint32_t rank) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  return cooperative_groups::this_cluster().map_shared_rank(here, rank);
#else
  return here;
#endif
}

__device__ inline std::uint32_t rank() {
  std::uint32_t rank = 0;
  SKIM_CLUSTER_PTX("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  return rank;
}

// The aligned forms want a warp that is together. Relaxed: what follows is ordered by the
// mbarriers, and the releasing form empties the L1.
__device__ inline void arrive_relaxed() {
  __syncwarp();
  SKIM_CLUSTER_PTX("barrier.cluster.arrive.relaxed.aligned;" ::: "memory");
}
__device__ inline void arrive() {
  __syncwarp();
  SKIM_CLUSTER_PTX("barrier.cluster.arrive.release.aligned;" ::: "memory");
}
__device__ inline void wait() {
  __syncwarp();
  SKIM_CLUSTER_PTX("barrier.cluster.wait.acquire.aligned;" ::: "memory");
}

__device__ inline void init_barrier(Address barrier, std::uint32_t arrivals) {
  SKIM_CLUSTER_PTX("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(arrivals)
                   : "memory");
}
__device__ inline void publish_barriers() {
  SKIM_CLUSTER_PTX("fence.mbarrier_init.release.cluster;" ::: "memory");
}
__device__ inline void expect_bytes_there(Address barrier, std::uint32_t bytes) {
  SKIM_CLUSTER_PTX(
      "mbarrier.arrive.expect_tx.relaxed.cluster.shared::cluster.b64 _, [%0], %1;" ::"r"(barrier),
      "r"(bytes)
      : "memory");
}
// Of its uses in turn: parity 0, 1, 0, ...
__device__ inline void wait_for(Address barrier, std::uint32_t parity = 0) {
  SKIM_CLUSTER_PTX(
      "{\n"
      ".reg .pred done;\n"
      "again:\n"
      "mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n"
      "@done bra finished;\n"
      "bra again;\n"
      "finished:\n"
      "}" ::"r"(barrier),
      "r"(parity)
      : "memory");
}

__device__ inline void store(Address there, std::int64_t value, Address barrier) {
  SKIM_CLUSTER_PTX(
      "st.async.shared::cluster.mbarrier::complete_tx::bytes.s64 [%0], %1, [%2];" ::"r"(there),
      "l"(value), "r"(barrier)
      : "memory");
}
__device__ inline void store(Address there, std::int32_t value, Address barrier) {
  SKIM_CLUSTER_PTX(
      "st.async.shared::cluster.mbarrier::complete_tx::bytes.s32 [%0], %1, [%2];" ::"r"(there),
      "r"(value), "r"(barrier)
      : "memory");
}

#undef SKIM_CLUSTER_PTX

}  // namespace skim::cuda::cluster

namespace skim::cuda {

// Programmatic dependent launch (CUDA C++ Programming Guide). Without the launch attribute none of
// this means anything.

// The next kernel may start.
__device__ inline void start_next_kernel() {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.launch_dependents;");
#endif
}
// Until the previous kernel has finished, and what it wrote can be read.
__device__ inline void wait_for_previous_results() {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}
__device__ inline void wait_for_previous_kernel() {
  start_next_kernel();
  wait_for_previous_results();
}

}  // namespace skim::cuda
