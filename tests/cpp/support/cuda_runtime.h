// The CUDA runtime for tests that use streams and graphs of their own.
#pragma once

#include <cuda_runtime_api.h>

#include <utility>

#include "cuda/runtime.h"

namespace skim::test {

class CudaStream {
 public:
  CudaStream() {
    cuda::check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreate");
  }
  ~CudaStream() { cudaStreamDestroy(stream_); }
  CudaStream(const CudaStream&) = delete;
  CudaStream& operator=(const CudaStream&) = delete;

  cudaStream_t get() const { return stream_; }
  void wait() const { cuda::check(cudaStreamSynchronize(stream_), "cudaStreamSynchronize"); }

 private:
  cudaStream_t stream_{};
};

// What `enqueue` does on a stream, to be done again and again.
class CudaGraph {
 public:
  template <class Enqueue>
  CudaGraph(cudaStream_t stream, Enqueue&& enqueue) {
    cuda::check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal),
                "cudaStreamBeginCapture");
    try {
      std::forward<Enqueue>(enqueue)();
    } catch (...) {  // or the stream would stay captured for whoever comes next
      cudaStreamEndCapture(stream, &graph_);
      cudaGraphDestroy(graph_);
      throw;
    }
    cuda::check(cudaStreamEndCapture(stream, &graph_), "cudaStreamEndCapture");
    cuda::check(cudaGraphInstantiate(&executable_, graph_, 0), "cudaGraphInstantiate");
  }
  ~CudaGraph() {
    cudaGraphExecDestroy(executable_);
    cudaGraphDestroy(graph_);
  }
  CudaGraph(const CudaGraph&) = delete;
  CudaGraph& operator=(const CudaGraph&) = delete;

  void launch(cudaStream_t stream) const {
    cuda::check(cudaGraphLaunch(executable_, stream), "cudaGraphLaunch");
  }

 private:
  cudaGraph_t graph_{};
  cudaGraphExec_t executable_{};
};

}  // namespace skim::test
