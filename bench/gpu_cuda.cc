#include <cuda_profiler_api.h>
#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <array>

#include "gpu.h"
#include "gpu_kernels.h"
#include "nvml.h"
#include "skim/error.h"

namespace skim::bench {
namespace {

void check(cudaError_t status, const char* what) {
  if (status == cudaSuccess) return;
  cudaGetLastError();  // not an error of whoever asks next
  throw DeviceError(fmt::format("{} failed: {} ({})", what, cudaGetErrorString(status),
                                cudaGetErrorName(status)));
}

void check_launch(const char* what) { check(cudaGetLastError(), what); }

class CudaGraph final : public GpuGraph {
 public:
  // The executable graph does not need the one that it was made from.
  CudaGraph(cudaGraph_t graph, cudaStream_t stream) : stream_(stream) {
    check(cudaGraphInstantiate(&executable_, graph, cudaGraphInstantiateFlagAutoFreeOnLaunch),
          "cudaGraphInstantiate");
  }
  ~CudaGraph() override { cudaGraphExecDestroy(executable_); }
  CudaGraph(const CudaGraph&) = delete;
  CudaGraph& operator=(const CudaGraph&) = delete;

  void launch() override { check(cudaGraphLaunch(executable_, stream_), "cudaGraphLaunch"); }

 private:
  cudaGraphExec_t executable_{};
  cudaStream_t stream_;
};

struct GraphDestroy {
  void operator()(cudaGraph_t graph) const { cudaGraphDestroy(graph); }
};
using OwnedGraph = std::unique_ptr<CUgraph_st, GraphDestroy>;

// A capture that ends however it is left.
class Capture {
 public:
  explicit Capture(cudaStream_t stream) : stream_(stream) {
    check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed), "cudaStreamBeginCapture");
  }
  ~Capture() {
    if (!ended_) end_quietly();
  }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  OwnedGraph end() {
    ended_ = true;
    cudaGraph_t graph{};
    const cudaError_t status = cudaStreamEndCapture(stream_, &graph);
    OwnedGraph owned(graph);
    check(status, "cudaStreamEndCapture");
    return owned;
  }

 private:
  void end_quietly() {
    cudaGraph_t graph{};
    cudaStreamEndCapture(stream_, &graph);
    if (graph != nullptr) cudaGraphDestroy(graph);
    cudaGetLastError();
  }

  cudaStream_t stream_;
  bool ended_ = false;
};

class CudaGpu final : public Gpu {
 public:
  CudaGpu() : device_(Device::cuda(0)) {
    check(cudaSetDevice(device_.id.ordinal), "cudaSetDevice");
    check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreate");
    check(cudaEventCreate(&start_), "cudaEventCreate");
    check(cudaEventCreate(&stop_), "cudaEventCreate");
    sum_ = static_cast<unsigned long long*>(CudaGpu::allocate(sizeof(*sum_)));
    sink_ = static_cast<std::uint32_t*>(CudaGpu::allocate(sizeof(*sink_)));
  }

  const Device& device() const override { return device_; }
  void* stream() const override { return stream_; }
  void synchronise() override {
    check(cudaStreamSynchronize(stream_), "What was enqueued on the GPU");
  }

  void* allocate(std::size_t bytes) override {
    void* memory = nullptr;
    check(cudaMalloc(&memory, bytes), fmt::format("Allocating {} bytes of the GPU", bytes).c_str());
    return memory;
  }
  void release(void* memory) noexcept override { cudaFree(memory); }

  void to_gpu(void* to, const void* from, std::size_t bytes) override {
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream_), "A copy to the GPU");
  }
  void to_host(void* to, const void* from, std::size_t bytes) override {
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, stream_), "A copy to the host");
    synchronise();
  }
  void copy(void* to, const void* from, std::size_t bytes) override {
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream_), "A copy on the GPU");
  }
  void fill(void* to, int byte, std::size_t bytes) override {
    check(cudaMemsetAsync(to, byte, bytes, stream_), "cudaMemsetAsync");
  }
  void widen(std::int64_t* to, const std::int32_t* from, std::int64_t count) override {
    launch_widen(to, from, count, stream_);
    check_launch("Widening indices");
  }

  std::uint64_t fingerprint(const void* memory, std::size_t bytes) override {
    fill(sum_, 0, sizeof(*sum_));
    launch_fingerprint(memory, bytes, sum_, stream_);
    check_launch("A fingerprint");
    unsigned long long sum = 0;
    to_host(&sum, sum_, sizeof(sum));
    return sum;
  }

  std::unique_ptr<GpuGraph> capture(const std::function<void()>& enqueue) override {
    Capture capture(stream_);
    enqueue();
    const OwnedGraph graph = capture.end();
    return std::make_unique<CudaGraph>(graph.get(), stream_);
  }
  std::unique_ptr<GpuGraph> adopt(void* cuda_graph) override {
    return std::make_unique<CudaGraph>(static_cast<cudaGraph_t>(cuda_graph), stream_);
  }

  double time_us(const std::function<void()>& enqueue) override {
    check(cudaEventRecord(start_, stream_), "cudaEventRecord");
    enqueue();
    check(cudaEventRecord(stop_, stream_), "cudaEventRecord");
    check(cudaEventSynchronize(stop_), "What was timed");
    float milliseconds = 0;
    check(cudaEventElapsedTime(&milliseconds, start_, stop_), "cudaEventElapsedTime");
    return 1e3 * static_cast<double>(milliseconds);
  }

  std::vector<GpuRead> reads(std::size_t bytes) override {
    std::vector<GpuRead> reads;
    for (const ReadVariant& variant : read_variants(bytes, device_.multiprocessors)) {
      reads.push_back({variant.name, [this, variant, bytes](const void* memory) {
                         launch_read(variant, memory, bytes, sink_, stream_);
                         check_launch("A plain read");
                       }});
    }
    return reads;
  }
  void do_nothing() override {
    launch_nothing(stream_);
    check_launch("An empty kernel");
  }

  void start_profiler() override { check(cudaProfilerStart(), "cudaProfilerStart"); }
  void stop_profiler() override { check(cudaProfilerStop(), "cudaProfilerStop"); }

 private:
  const Device& device_;
  cudaStream_t stream_{};
  cudaEvent_t start_{};
  cudaEvent_t stop_{};
  unsigned long long* sum_ = nullptr;
  std::uint32_t* sink_ = nullptr;
};

std::string version_text(int version) {
  return fmt::format("{}.{}", version / 1000, version % 1000 / 10);
}

}  // namespace

// Lives as long as the process: the driver may be gone before a static is destroyed.
Gpu& open_gpu() {
  static Gpu* const gpu = new CudaGpu;
  return *gpu;
}

std::optional<GpuEnvironment> gpu_environment() {
  if (cuda_device_count() == 0) return std::nullopt;
  const Device& device = Device::cuda(0);
  int driver = 0;
  int runtime = 0;
  check(cudaDriverGetVersion(&driver), "cudaDriverGetVersion");
  check(cudaRuntimeGetVersion(&runtime), "cudaRuntimeGetVersion");
  return GpuEnvironment{device.name,
                        nvml_driver_version().value_or("unknown"),
                        version_text(driver),
                        version_text(runtime),
                        device.multiprocessors,
                        device.l2_bytes};
}

std::optional<int> sm_clock_mhz() {
  if (cuda_device_count() == 0) return std::nullopt;
  std::array<char, 32> bus{};
  check(cudaDeviceGetPCIBusId(bus.data(), bus.size(), 0), "cudaDeviceGetPCIBusId");
  return nvml_sm_clock_mhz(bus.data());
}

}  // namespace skim::bench
