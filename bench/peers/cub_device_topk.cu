// cub::DeviceTopK: AIR top-k, one row a call. CUB carries 32-bit indices and widens them as it
// writes.
#include <cuda/__execution/determinism.h>
#include <cuda/__execution/output_ordering.h>
#include <cuda/__execution/require.h>
#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cub/device/device_topk.cuh>
#include <cuda/iterator>
#include <cuda/stream_ref>
#include <limits>

#include "peers/cub_peer.h"
#include "peers/cub_peers.h"

namespace skim::bench {
namespace {

template <class T>
cudaError_t device_topk(void* temporary, std::size_t& temporary_bytes, const CubCall& call) {
  namespace execution = cuda::execution;
  const cuda::std::execution::env environment{
      cuda::stream_ref{call.stream}, execution::require(execution::determinism::not_guaranteed,
                                                        execution::output_ordering::unsorted)};
  return cub::DeviceTopK::MaxPairs(
      temporary, temporary_bytes, static_cast<const T*>(call.keys), static_cast<T*>(call.values),
      cuda::make_counting_iterator(std::int32_t{0}), call.indices,
      static_cast<std::int32_t>(call.cols), static_cast<std::int32_t>(call.k), environment);
}

class CubDeviceTopk final : public CubPeer {
 public:
  using CubPeer::CubPeer;

 private:
  CubSelect choose(DType dtype, const CubCall& call) const override {
    if (call.rows > 1) {
      throw NotApplicable("selects from one row a call; CUB's way for " +
                          std::to_string(call.rows) + " rows is DeviceBatchedTopK");
    }
    if (call.cols > std::numeric_limits<std::int32_t>::max()) {
      throw NotApplicable("is built for 32-bit indices, and the row is longer");
    }
    if (dtype == DType::f32) return device_topk<float>;
    if (dtype == DType::f16) return device_topk<__half>;
    if (dtype == DType::bf16) return device_topk<__nv_bfloat16>;
    throw NotApplicable("is built for float32, float16 and bfloat16 only");
  }
};

}  // namespace

PathPtr make_cub_device_topk() {
  return std::make_unique<CubDeviceTopk>(kCubDeviceTopk, SKIM_BENCH_UNSORTED |
                                                             SKIM_BENCH_TIES_ANY_ORDER |
                                                             SKIM_BENCH_NONDETERMINISTIC);
}

}  // namespace skim::bench
