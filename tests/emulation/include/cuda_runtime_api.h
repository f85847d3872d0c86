// The part of the CUDA runtime that src/cuda uses, on the emulated machine: everything is done when
// the call returns, so streams and events have nothing to do.
#pragma once

#include <cstddef>
#include <utility>

#include "machine.h"

enum cudaError_t {
  cudaSuccess = 0,
  cudaErrorMemoryAllocation = 2,
  cudaErrorLaunchFailure = 719,
};
const char* cudaGetErrorString(cudaError_t error);
const char* cudaGetErrorName(cudaError_t error);
cudaError_t cudaGetLastError();

struct CUstream_st;
using cudaStream_t = CUstream_st*;

struct dim3 : skim::emulation::Dim3 {
  constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : skim::emulation::Dim3{x, y, z} {}
};

enum cudaLaunchAttributeID {
  cudaLaunchAttributeClusterDimension = 4,
  cudaLaunchAttributeProgrammaticStreamSerialization = 6,
};
struct cudaLaunchAttributeValue {
  dim3 clusterDim;
  int programmaticStreamSerializationAllowed = 0;
};
struct cudaLaunchAttribute {
  cudaLaunchAttributeID id = cudaLaunchAttributeClusterDimension;
  cudaLaunchAttributeValue val;
};
struct cudaLaunchConfig_t {
  dim3 gridDim;
  dim3 blockDim;
  std::size_t dynamicSmemBytes = 0;
  cudaStream_t stream = nullptr;
  cudaLaunchAttribute* attrs = nullptr;
  unsigned numAttrs = 0;
};

skim::emulation::Launch emulated_launch(const cudaLaunchConfig_t& config);
// What a kernel failed with, printed; kept for cudaGetLastError.
cudaError_t run_emulated(const skim::emulation::Launch& launch,
                         const std::function<void()>& kernel);

template <class... Parameters>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* config, void (*kernel)(Parameters...),
                               const Parameters&... arguments) {
  return run_emulated(emulated_launch(*config), [&] { kernel(arguments...); });
}

cudaError_t cudaGetDevice(int* ordinal);
cudaError_t cudaSetDevice(int ordinal);
cudaError_t cudaGetDeviceCount(int* count);

struct cudaDeviceProp {
  char name[256];
  int major;
  int minor;
  int multiProcessorCount;
  int l2CacheSize;
  std::size_t sharedMemPerBlockOptin;
};
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int ordinal);

enum cudaDeviceAttr { cudaDevAttrClusterLaunch = 120 };
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr which, int ordinal);

struct cudaFuncAttributes {
  std::size_t sharedSizeBytes;
};
enum cudaFuncAttribute {
  cudaFuncAttributeMaxDynamicSharedMemorySize = 8,
  cudaFuncAttributeNonPortableClusterSizeAllowed = 13,
};
cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, const void* function);
cudaError_t cudaFuncSetAttribute(const void* function, cudaFuncAttribute which, int value);
cudaError_t cudaOccupancyMaxPotentialClusterSize(int* ctas, const void* function,
                                                 const cudaLaunchConfig_t* config);

enum cudaStreamCaptureMode { cudaStreamCaptureModeRelaxed = 2 };
cudaError_t cudaThreadExchangeStreamCaptureMode(cudaStreamCaptureMode* mode);

cudaError_t cudaMallocAsync(void** memory, std::size_t bytes, cudaStream_t stream);
cudaError_t cudaFreeAsync(void* memory, cudaStream_t stream);
cudaError_t cudaMemsetAsync(void* memory, int byte, std::size_t bytes, cudaStream_t stream);
