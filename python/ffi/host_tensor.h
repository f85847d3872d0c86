// Results that the CPU writes: on a GPU the frameworks make theirs themselves.
#pragma once

#include <tvm/ffi/tvm_ffi.h>

#include <cstddef>
#include <cstdlib>
#include <string>

#include "errors.h"

namespace skim_ffi {

// Aligned as PyTorch aligns its own.
struct HostAllocator {
  static constexpr std::size_t kAlignment = 64;

  void AllocData(DLTensor* tensor) {
    const std::size_t bytes = ffi::GetDataSize(*tensor);
    tensor->data = std::aligned_alloc(kAlignment, (bytes / kAlignment + 1) * kAlignment);
    if (tensor->data == nullptr) {
      raise("MemoryError", "no memory for a result of " + std::to_string(bytes) + " bytes");
    }
  }
  void FreeData(DLTensor* tensor) { std::free(tensor->data); }
};

inline ffi::Tensor new_host_tensor(ffi::ShapeView shape, DLDataType dtype) {
  return ffi::Tensor::FromNDAlloc(HostAllocator{}, shape, dtype, DLDevice{kDLCPU, 0});
}

}  // namespace skim_ffi
