// The floor on a GPU: plain reads, without anything that a selection has to do.
#include <array>
#include <string>

#include "gpu_kernels.h"

namespace skim::bench {
namespace {

constexpr std::size_t kVectorBytes = sizeof(uint4);

std::int64_t vectors_in(std::size_t bytes) {
  return static_cast<std::int64_t>((bytes + kVectorBytes - 1) / kVectorBytes);
}

constexpr int kMostThreads = 1024;

template <int kUnroll>
__global__ void __launch_bounds__(kMostThreads)
    read_once(const uint4* data, std::int64_t vectors, std::uint32_t* sink) {
  const std::int64_t step = std::int64_t{gridDim.x} * blockDim.x;
  std::uint32_t all = 0;
  for (std::int64_t first = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x; first < vectors;
       first += kUnroll * step) {
    uint4 loaded[kUnroll];
#pragma unroll
    for (int i = 0; i < kUnroll; ++i) {
      const std::int64_t at = first + i * step;
      loaded[i] = at < vectors ? __ldg(data + at) : uint4{};
    }
#pragma unroll
    for (int i = 0; i < kUnroll; ++i) {
      all |= loaded[i].x | loaded[i].y | loaded[i].z | loaded[i].w;
    }
  }
  constexpr std::uint32_t kHardlyOccurs = 0x5ca1ab1e;
  if (all == kHardlyOccurs) *sink = all;
}

__global__ void nothing() {}

using ReadKernel = void (*)(const uint4*, std::int64_t, std::uint32_t*);

struct Unrolled {
  int unroll;
  ReadKernel kernel;
};

constexpr std::array<Unrolled, 4> kKernels = {
    {{1, read_once<1>}, {2, read_once<2>}, {4, read_once<4>}, {8, read_once<8>}}};

ReadKernel kernel_of(int unroll) {
  for (const Unrolled& candidate : kKernels) {
    if (candidate.unroll == unroll) return candidate.kernel;
  }
  return nullptr;
}

std::string name_of(int unroll, int threads, const std::string& ctas) {
  return std::to_string(unroll) + " x 16 B a thread, " + ctas + " CTAs of " +
         std::to_string(threads);
}

}  // namespace

std::vector<ReadVariant> read_variants(std::size_t bytes, int multiprocessors) {
  std::vector<ReadVariant> variants;
  for (const Unrolled& kernel : kKernels) {
    for (const int threads : {256, 512, kMostThreads}) {
      const std::int64_t of_cta = std::int64_t{threads} * kernel.unroll;
      const auto in_one_step = static_cast<int>((vectors_in(bytes) + of_cta - 1) / of_cta);
      variants.push_back({kernel.unroll, threads, in_one_step,
                          name_of(kernel.unroll, threads, std::to_string(in_one_step))});
      for (const int each : {1, 2, 4, 8}) {
        const int ctas = each * multiprocessors;
        if (ctas >= in_one_step) continue;
        variants.push_back(
            {kernel.unroll, threads, ctas, name_of(kernel.unroll, threads, std::to_string(ctas))});
      }
    }
  }
  return variants;
}

void launch_read(const ReadVariant& variant, const void* memory, std::size_t bytes,
                 std::uint32_t* sink, cudaStream_t stream) {
  kernel_of(variant.unroll)<<<static_cast<unsigned>(variant.ctas),
                              static_cast<unsigned>(variant.threads), 0, stream>>>(
      static_cast<const uint4*>(memory), vectors_in(bytes), sink);
}

void launch_nothing(cudaStream_t stream) { nothing<<<1, 32, 0, stream>>>(); }

}  // namespace skim::bench
