// Kernels of the benchmark itself. Every launch is on the given stream and throws nothing: ask
// cudaGetLastError().
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace skim::bench {

// One way to read memory once: `unroll` loads of 16 bytes in flight a thread.
struct ReadVariant {
  int unroll = 1;
  int threads = 256;
  int ctas = 0;  // a multiple of the multiprocessors, or as many as reach all bytes in one step
  std::string name;
};

// All that it pays to try: grids that would leave CTAs without work are left out.
std::vector<ReadVariant> read_variants(std::size_t bytes, int multiprocessors);

// Reads up to the next multiple of 16 bytes. `sink` is written only on a value that hardly occurs,
// which is what keeps the compiler from dropping the reads.
void launch_read(const ReadVariant& variant, const void* memory, std::size_t bytes,
                 std::uint32_t* sink, cudaStream_t stream);

void launch_nothing(cudaStream_t stream);

// Adds to *sum a number that depends on every bit and its place.
void launch_fingerprint(const void* memory, std::size_t bytes, unsigned long long* sum,
                        cudaStream_t stream);

void launch_widen(std::int64_t* to, const std::int32_t* from, std::int64_t count,
                  cudaStream_t stream);

}  // namespace skim::bench
