#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include "peers/cub_batched_topk.cuh"
#include "peers/cub_batched_topk.h"

namespace skim::bench {
namespace {

template <class T, int kLimit, auto& requirement>
cudaError_t bounded(void* temporary, std::size_t& temporary_bytes, const CubCall& call) {
  const cuda::args::immediate size{static_cast<std::int32_t>(call.cols),
                                   cuda::args::bounds<1, kLimit>()};
  return batched_topk<T>(temporary, temporary_bytes, call, size,
                         cuda::args::immediate{static_cast<std::int32_t>(call.k)}, requirement());
}

constexpr bool kClusters = SKIM_BENCH_CUB_CLUSTERS;
constexpr int kLongest = kClusters ? 1 << 21 : 8192;  // the first is from CUB's documentation

// Rows of up to 8192 are one block's, whose size depends on the limit: CUB's own blocks hold 256,
// 1024, 2048, 4096 and 8192. Longer ones are a cluster's, which does not depend on it.
template <class T>
CubSelect next_limit(std::int64_t cols) {
  if (cols <= 256) return bounded<T, 256, unsorted_ties_any_order>;
  if (cols <= 1024) return bounded<T, 1024, unsorted_ties_any_order>;
  if (cols <= 2048) return bounded<T, 2048, unsorted_ties_any_order>;
  if (cols <= 4096) return bounded<T, 4096, unsorted_ties_any_order>;
  if (cols <= 8192) return bounded<T, 8192, unsorted_ties_any_order>;
  if constexpr (kClusters) {
    if (cols <= kLongest) return bounded<T, kLongest, unsorted_ties_any_order>;
  }
  return nullptr;
}

template <class T>
CubSelect deterministic(std::int64_t cols) {
  if constexpr (kClusters) {
    if (cols <= kLongest) return bounded<T, kLongest, unsorted_ties_by_index>;
  }
  return nullptr;
}

}  // namespace

std::int64_t batched_topk_limit() { return kLongest; }

CubSelect bounded_batched_topk(DType dtype, std::int64_t cols) {
  if (dtype == DType::f32) return next_limit<float>(cols);
  if (dtype == DType::f16) return next_limit<__half>(cols);
  if (dtype == DType::bf16) return next_limit<__nv_bfloat16>(cols);
  return nullptr;
}

CubSelect deterministic_batched_topk(DType dtype, std::int64_t cols) {
  if (dtype == DType::f32) return deterministic<float>(cols);
  if (dtype == DType::f16) return deterministic<__half>(cols);
  if (dtype == DType::bf16) return deterministic<__nv_bfloat16>(cols);
  return nullptr;
}

}  // namespace skim::bench
