// What the paths over CUB share: one selection in CUB's two phases (how much temporary memory? then
// go), the memory that prepare allocates, and the loop of run.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "path.h"
#include "skim/dtype.h"

namespace skim::bench {

struct CubCall {
  const void* keys;
  void* values;
  std::int64_t* indices;
  std::int64_t rows;
  std::int64_t cols;
  std::int64_t k;
  cudaStream_t stream;
};

// Without temporary memory it only writes how much it needs; with it, it enqueues the selection.
using CubSelect = cudaError_t (*)(void* temporary, std::size_t& temporary_bytes,
                                  const CubCall& call);

std::string cub_version();

// Throws std::runtime_error that says what failed.
void check_cuda(cudaError_t status, const char* what);

struct DeviceFree {
  void operator()(void* memory) const { cudaFree(memory); }
};
using DeviceMemory = std::unique_ptr<void, DeviceFree>;
DeviceMemory allocate_on_device(std::size_t bytes);

class CubPeer : public Path {
 public:
  CubPeer(const char* name, std::uint32_t promises)
      : Path(PathInfo{name, cub_version(), "", promises, 0}) {}

  void prepare(const skim_bench_case& bench_case) final;
  void run(std::int64_t first, std::int64_t count) final;
  void finish() final { temporary_.reset(); }

 private:
  // The kernel for a case; throws NotApplicable where there is none.
  virtual CubSelect choose(DType dtype, const CubCall& call) const = 0;

  CubCall call_on(std::int64_t input) const;

  skim_bench_case case_{};
  CubSelect select_ = nullptr;
  DeviceMemory temporary_;
  std::size_t temporary_bytes_ = 0;
};

}  // namespace skim::bench
