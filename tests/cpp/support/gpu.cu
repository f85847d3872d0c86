#include "support/gpu.h"

#include <cuda_runtime.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "cuda/runtime.h"
#include "support/gpu_calls.h"

namespace skim::test {
namespace {

constexpr std::chrono::seconds kLongestRun{60};
constexpr int kThreads = 256;
constexpr std::size_t kMostRegions = 8;

using cuda::check;

struct Regions {
  GpuRegion region[kMostRegions];
  unsigned count;
};

// What compare() tells the host, in memory that both see.
struct Verdict {
  unsigned ticket;  // of the comparison that wrote this last: one that never ran is no success
  unsigned differs;
};

__global__ void compare(Regions regions, unsigned ticket, volatile Verdict* verdict) {
  const std::size_t step = std::size_t{gridDim.x} * blockDim.x;
  const std::size_t first = std::size_t{blockIdx.x} * blockDim.x + threadIdx.x;
  for (unsigned number = 0; number < regions.count; ++number) {
    const GpuRegion region = regions.region[number];
    for (std::size_t i = first; i < region.size; i += step) {
      if (region.found[i] != region.wanted[i]) verdict->differs = 1;
    }
  }
  if (first == 0) verdict->ticket = ticket;
}

// Noise from SplitMix64's finaliser, and the pattern of the guards on both sides of it.
__global__ void fill_workspace(std::byte* first_guard, std::size_t size, std::uint64_t seed) {
  using gpu::kGuard;
  const std::size_t step = std::size_t{gridDim.x} * blockDim.x;
  for (std::size_t i = std::size_t{blockIdx.x} * blockDim.x + threadIdx.x; i < size + 2 * kGuard;
       i += step) {
    std::uint64_t noise = (seed + i / 8) * 0x9E3779B97F4A7C15ULL;
    noise = (noise ^ (noise >> 30)) * 0xBF58476D1CE4E5B9ULL;
    noise = (noise ^ (noise >> 27)) * 0x94D049BB133111EBULL;
    noise ^= noise >> 31;
    const bool inside = i >= kGuard && i < kGuard + size;
    first_guard[i] = inside ? static_cast<std::byte>(noise >> (8 * (i % 8)))
                            : static_cast<std::byte>(gpu::kGuardPattern);
  }
}

unsigned grid_for(std::size_t bytes) {
  constexpr std::size_t kMostBlocks = 1024;
  return static_cast<unsigned>(std::min((bytes + kThreads - 1) / kThreads + 1, kMostBlocks));
}

// What one process sets up once.
class Gpu {
 public:
  static Gpu& get() {
    static Gpu gpu;
    return gpu;
  }

  cudaStream_t stream() const { return stream_; }

  std::uint64_t next_seed() { return seed_ += 1ULL << 40; }

  unsigned enqueue_comparison(const Regions& regions, std::size_t bytes) {
    verdict_->differs = 0;
    compare<<<grid_for(bytes), kThreads, 0, stream_>>>(regions, ++ticket_, verdict_);
    check(cudaGetLastError(), "comparing");
    return ticket_;
  }

  bool equal(unsigned ticket) const {
    if (verdict_->ticket != ticket) throw std::logic_error("the comparison on the GPU did not run");
    return verdict_->differs == 0;
  }

 private:
  Gpu() {
    check(cudaSetDevice(kGpu.ordinal), "cudaSetDevice");
    check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreate");
    cudaMemPool_t pool{};
    check(cudaDeviceGetDefaultMemPool(&pool, kGpu.ordinal), "cudaDeviceGetDefaultMemPool");
    std::uint64_t keep = ~std::uint64_t{0};
    check(cudaMemPoolSetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &keep),
          "cudaMemPoolSetAttribute");
    check(cudaMallocHost(reinterpret_cast<void**>(&verdict_), sizeof(Verdict)), "cudaMallocHost");
    *verdict_ = {};
  }

  cudaStream_t stream_{};
  Verdict* verdict_ = nullptr;
  std::uint64_t seed_ = 0;
  unsigned ticket_ = 0;
};

}  // namespace

namespace gpu {

std::byte* allocate(std::size_t size) {
  void* memory = nullptr;
  check(cudaMallocAsync(&memory, size, Gpu::get().stream()), "cudaMallocAsync");
  return static_cast<std::byte*>(memory);
}
void release(std::byte* memory) noexcept { cudaFreeAsync(memory, Gpu::get().stream()); }

void upload(std::byte* to, const std::byte* host, std::size_t size) {
  check(cudaMemcpyAsync(to, host, size, cudaMemcpyHostToDevice, Gpu::get().stream()),
        "cudaMemcpyAsync to the GPU");
}
void copy(std::byte* to, const std::byte* from, std::size_t size) {
  check(cudaMemcpyAsync(to, from, size, cudaMemcpyDeviceToDevice, Gpu::get().stream()),
        "cudaMemcpyAsync on the GPU");
}
void download(std::byte* host, const std::byte* from, std::size_t size) {
  check(cudaMemcpyAsync(host, from, size, cudaMemcpyDeviceToHost, Gpu::get().stream()),
        "cudaMemcpyAsync from the GPU");
}
void fill(std::byte* memory, int value, std::size_t size) {
  check(cudaMemsetAsync(memory, value, size, Gpu::get().stream()), "cudaMemsetAsync");
}

void fill_guarded(std::byte* first_guard, std::size_t size) {
  fill_workspace<<<grid_for(size + 2 * kGuard), kThreads, 0, Gpu::get().stream()>>>(
      first_guard, size, Gpu::get().next_seed());
  check(cudaGetLastError(), "filling the workspace");
}

}  // namespace gpu

bool gpu_is_emulated() { return false; }

Stream gpu_stream() { return {Gpu::get().stream(), false}; }

void wait_for_gpu(const std::function<std::string()>& what) {
  const auto end = std::chrono::steady_clock::now() + kLongestRun;
  while (true) {
    const cudaError_t status = cudaStreamQuery(Gpu::get().stream());
    if (status != cudaErrorNotReady) return check(status, "running on the GPU");
    if (std::chrono::steady_clock::now() < end) continue;
    std::fprintf(stderr, "the GPU is not done after %lld s with %s\n",
                 static_cast<long long>(kLongestRun.count()), what().c_str());
    std::_Exit(EXIT_FAILURE);
  }
}

bool all_as_wanted(std::span<const GpuRegion> wanted, const std::function<std::string()>& what) {
  if (wanted.size() > kMostRegions) throw std::logic_error("too many regions to compare");
  Regions regions{};
  std::size_t longest = 0;
  for (const GpuRegion& region : wanted) {
    regions.region[regions.count++] = region;
    longest = std::max(longest, region.size);
  }
  Gpu& gpu = Gpu::get();
  const unsigned ticket = gpu.enqueue_comparison(regions, longest);
  wait_for_gpu(what);
  return gpu.equal(ticket);
}

}  // namespace skim::test
