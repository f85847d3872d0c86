// A race in shared memory for compute-sanitizer's racecheck to find (argument `racy`), and the same
// work behind a barrier, in which it must find none (`ordered`).
#include <cuda_runtime.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "skim/device.h"

namespace {

constexpr int kThreads = 256;

// Each thread reads what one of another warp writes.
template <bool ordered>
__global__ void hand_over(int* results) {
  __shared__ int slots[kThreads];
  const int thread = static_cast<int>(threadIdx.x);
  slots[thread] = thread;
  if (ordered) __syncthreads();
  results[thread] = slots[(thread + kThreads / 2) % kThreads];
}

void check(cudaError_t status, const char* what) {
  if (status == cudaSuccess) return;
  std::fprintf(stderr, "%s failed: %s\n", what, cudaGetErrorString(status));
  std::exit(EXIT_FAILURE);
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (skim::cuda_device_count() == 0) {
    std::printf("SKIPPED: %s\n", skim::why_no_cuda().c_str());
    return EXIT_SUCCESS;
  }
  int* results = nullptr;
  check(cudaMalloc(&results, kThreads * sizeof(int)), "cudaMalloc");
  if (argument_count == 2 && std::strcmp(arguments[1], "racy") == 0) {
    hand_over<false><<<1, kThreads>>>(results);
  } else {
    hand_over<true><<<1, kThreads>>>(results);
  }
  check(cudaGetLastError(), "launching");
  check(cudaDeviceSynchronize(), "running");
  check(cudaFree(results), "cudaFree");
  return EXIT_SUCCESS;
}
