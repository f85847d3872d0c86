#include "peers/cub_peer.h"

#include <fmt/format.h>

#include <cub/version.cuh>
#include <stdexcept>

#include "dlpack_dtype.h"

namespace skim::bench {

std::string cub_version() {
  constexpr const char* kCommit = SKIM_BENCH_CCCL_COMMIT;
  const std::string release =
      fmt::format("{}.{}.{}", CUB_MAJOR_VERSION, CUB_MINOR_VERSION, CUB_SUBMINOR_VERSION);
  return *kCommit == '\0' ? release : fmt::format("{} at {}", release, kCommit);
}

void check_cuda(cudaError_t status, const char* what) {
  if (status == cudaSuccess) return;
  throw std::runtime_error(fmt::format("{} failed: {}", what, cudaGetErrorString(status)));
}

DeviceMemory allocate_on_device(std::size_t bytes) {
  void* memory = nullptr;
  check_cuda(cudaMalloc(&memory, bytes), "Allocating CUB's temporary memory");
  return DeviceMemory(memory);
}

void CubPeer::prepare(const skim_bench_case& bench_case) {
  if (bench_case.inputs[0].device.device_type != kDLCUDA) {
    throw NotApplicable("needs a CUDA device");
  }
  case_ = bench_case;
  const CubCall call = call_on(0);
  select_ = choose(dtype_from(bench_case.inputs[0].dtype), call);
  check_cuda(select_(nullptr, temporary_bytes_, call), "Asking CUB for its temporary memory");
  temporary_ = allocate_on_device(temporary_bytes_);
}

void CubPeer::run(std::int64_t first, std::int64_t count) {
  for (std::int64_t call = first; call < first + count; ++call) {
    check_cuda(select_(temporary_.get(), temporary_bytes_, call_on(call % case_.input_count)),
               "CUB's selection");
  }
}

CubCall CubPeer::call_on(std::int64_t input) const {
  const DLTensor& keys = case_.inputs[input];
  return {keys.data,
          case_.values->data,
          static_cast<std::int64_t*>(case_.indices->data),
          keys.shape[0],
          keys.shape[1],
          case_.k,
          static_cast<cudaStream_t>(case_.stream)};
}

}  // namespace skim::bench
