// The CUDA runtime, with its status turned into an exception.
#pragma once

#include <cuda_runtime_api.h>

#include <string>

#include "skim/error.h"

namespace skim::cuda {

// Without {fmt}, whose compile-time checks nvcc does not get through.
inline void check(cudaError_t status, const char* what) {
  if (status == cudaSuccess) return;
  throw DeviceError(std::string(what) + " failed: " + cudaGetErrorString(status) + " (" +
                    cudaGetErrorName(status) + ")");
}

// Makes a device current for as long as this lives. Costs a look at a variable of the thread where
// it is current already.
class CurrentDevice {
 public:
  explicit CurrentDevice(int ordinal) {
    check(cudaGetDevice(&previous_), "cudaGetDevice");
    if (previous_ == ordinal) return;
    check(cudaSetDevice(ordinal), "cudaSetDevice");
    changed_ = true;
  }
  ~CurrentDevice() {
    if (changed_) cudaSetDevice(previous_);
  }
  CurrentDevice(const CurrentDevice&) = delete;
  CurrentDevice& operator=(const CurrentDevice&) = delete;

 private:
  int previous_ = 0;
  bool changed_ = false;
};

}  // namespace skim::cuda
