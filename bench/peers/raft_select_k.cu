// raft::matrix::select_k with the algorithm of its choice; compiled once a dtype, SKIM_DTYPE. Its
// temporary memory comes from CUDA's own pools: of RMM's resources the one that can be captured.
#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <optional>
#include <raft/core/device_mdspan.hpp>
#include <raft/core/resource/cuda_stream.hpp>
#include <raft/core/resource/device_memory_resource.hpp>
#include <raft/core/resources.hpp>
#include <raft/matrix/select_k.cuh>
#include <rmm/mr/cuda_async_memory_resource.hpp>

#include "peers/raft_select_k.h"

namespace skim::bench {
namespace {

template <DType>
struct ElementOf;
template <>
struct ElementOf<DType::f32> {
  using Type = float;
};
template <>
struct ElementOf<DType::f16> {
  using Type = __half;
};
template <>
struct ElementOf<DType::bf16> {
  using Type = __nv_bfloat16;
};

template <class Element>
class Selection final : public RaftSelection {
 public:
  explicit Selection(cudaStream_t stream) {
    raft::resource::set_cuda_stream(resources_, cuda::stream_ref{stream});
    raft::resource::set_workspace_resource(
        resources_, raft::mr::device_resource{rmm::mr::cuda_async_memory_resource{}});
  }

  void enqueue(const RaftCall& call) const override {
    constexpr bool kSmallest = false;
    constexpr bool kSorted = true;
    raft::matrix::select_k<Element, std::int64_t>(
        resources_, view(static_cast<const Element*>(call.keys), call.rows, call.cols),
        std::nullopt, view(static_cast<Element*>(call.values), call.rows, call.k),
        view(call.indices, call.rows, call.k), kSmallest, kSorted);
  }

 private:
  template <class T>
  static auto view(T* data, std::int64_t rows, std::int64_t cols) {
    return raft::make_device_matrix_view<T, std::int64_t>(data, rows, cols);
  }

  raft::resources resources_;
};

}  // namespace

template <>
RaftSelection* make_raft_selection<DType::SKIM_DTYPE>(void* stream) {
  using Element = ElementOf<DType::SKIM_DTYPE>::Type;
  return new Selection<Element>(static_cast<cudaStream_t>(stream));
}

}  // namespace skim::bench
