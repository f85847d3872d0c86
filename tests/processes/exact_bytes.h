// An allocation of the GPU of exactly so many bytes, so that compute-sanitizer sees what reaches
// past them.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <span>
#include <vector>

#include "support/cuda_runtime.h"

namespace skim::test {

class ExactBytes {
 public:
  explicit ExactBytes(std::size_t size) : size_(size) {
    if (size != 0) cuda::check(cudaMalloc(&data_, size), "cudaMalloc");
  }
  explicit ExactBytes(std::span<const std::byte> contents) : ExactBytes(contents.size()) {
    if (size_ == 0) return;
    cuda::check(cudaMemcpy(data_, contents.data(), size_, cudaMemcpyHostToDevice), "cudaMemcpy");
  }
  ~ExactBytes() { cudaFree(data_); }
  ExactBytes(const ExactBytes&) = delete;
  ExactBytes& operator=(const ExactBytes&) = delete;

  std::byte* data() const { return static_cast<std::byte*>(data_); }
  std::size_t size() const { return size_; }
  std::vector<std::byte> download() const {
    std::vector<std::byte> contents(size_);
    cuda::check(cudaMemcpy(contents.data(), data_, size_, cudaMemcpyDeviceToHost), "cudaMemcpy");
    return contents;
  }

 private:
  void* data_ = nullptr;
  std::size_t size_;
};

}  // namespace skim::test
