// One call of cub::DeviceBatchedTopK on rows of one length, whatever is known of length and k when
// this is compiled. CUB carries 32-bit indices, as its own benchmark does, and widens them as it
// writes: no call pays for a conversion.
#pragma once

#include <cuda/__execution/determinism.h>
#include <cuda/__execution/output_ordering.h>
#include <cuda/__execution/require.h>
#include <cuda/__execution/tie_break.h>

#include <cub/device/device_batched_topk.cuh>
#include <cuda/argument>
#include <cuda/iterator>
#include <cuda/stream_ref>

#include "peers/cub_peer.h"

namespace skim::bench {

inline auto unsorted_ties_any_order() {
  namespace execution = cuda::execution;
  return execution::require(execution::determinism::not_guaranteed,
                            execution::tie_break::unspecified,
                            execution::output_ordering::unsorted);
}

inline auto unsorted_ties_by_index() {
  namespace execution = cuda::execution;
  return execution::require(execution::determinism::gpu_to_gpu,
                            execution::tie_break::prefer_smaller_index,
                            execution::output_ordering::unsorted);
}

template <class T, class Size, class K, class Requirement>
cudaError_t batched_topk(void* temporary, std::size_t& temporary_bytes, const CubCall& call,
                         Size size, K k, Requirement requirement) {
  const auto rows_of = [](auto* data, std::int64_t stride) {
    return cuda::make_strided_iterator(cuda::make_counting_iterator(data), stride);
  };
  const cuda::std::execution::env environment{cuda::stream_ref{call.stream}, requirement};
  return cub::DeviceBatchedTopK::MaxPairs(
      temporary, temporary_bytes, rows_of(static_cast<const T*>(call.keys), call.cols),
      rows_of(static_cast<T*>(call.values), call.k),
      cuda::make_constant_iterator(cuda::make_counting_iterator(std::int32_t{0})),
      rows_of(call.indices, call.k), size, k, cuda::args::immediate{call.rows}, environment);
}

}  // namespace skim::bench
