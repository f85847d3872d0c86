#include "gpu_kernels.h"

namespace skim::bench {
namespace {

constexpr unsigned kThreads = 256;

unsigned ctas_for(std::int64_t elements) {
  constexpr std::int64_t kMost = 1024;
  const std::int64_t enough = (elements + kThreads - 1) / kThreads;
  return static_cast<unsigned>(enough < 1 ? 1 : enough < kMost ? enough : kMost);
}

__device__ std::int64_t first_of_thread() {
  return std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
}

__device__ std::int64_t threads_of_grid() { return std::int64_t{gridDim.x} * blockDim.x; }

// SplitMix64's finaliser.
__device__ std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

// Integer sums do not depend on the order of the threads.
__global__ void add_fingerprint(const ulonglong2* data, std::int64_t pairs,
                                unsigned long long* sum) {
  constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15ULL;
  std::uint64_t own = 0;
  for (std::int64_t at = first_of_thread(); at < pairs; at += threads_of_grid()) {
    const ulonglong2 pair = data[at];
    const std::uint64_t place = kGolden * static_cast<std::uint64_t>(2 * at + 1);
    own += mix(pair.x ^ mix(place)) + mix(pair.y ^ mix(place + kGolden));
  }
  atomicAdd(sum, static_cast<unsigned long long>(own));
}

__global__ void widen(std::int64_t* to, const std::int32_t* from, std::int64_t count) {
  for (std::int64_t at = first_of_thread(); at < count; at += threads_of_grid()) {
    to[at] = from[at];
  }
}

}  // namespace

void launch_fingerprint(const void* memory, std::size_t bytes, unsigned long long* sum,
                        cudaStream_t stream) {
  const auto pairs = static_cast<std::int64_t>(bytes / sizeof(ulonglong2));
  add_fingerprint<<<ctas_for(pairs), kThreads, 0, stream>>>(static_cast<const ulonglong2*>(memory),
                                                            pairs, sum);
}

void launch_widen(std::int64_t* to, const std::int32_t* from, std::int64_t count,
                  cudaStream_t stream) {
  widen<<<ctas_for(count), kThreads, 0, stream>>>(to, from, count);
}

}  // namespace skim::bench
