// cuda_first_call plan|topk: the first call of skim in this process is made while a stream is being
// captured, in the mode that allows least. The graph must then select as the CPU does.
#include <cuda_runtime_api.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <vector>

#include "skim/topk.h"

namespace {

constexpr skim::DeviceId kGpu{skim::DeviceKind::cuda, 0};
constexpr std::int64_t kRows = 3;
constexpr std::int64_t kCols = 50304;
constexpr std::int64_t kSelected = 50;
constexpr std::size_t kWorkspace = std::size_t{64} << 20;  // more than any plan of this wants

void check(cudaError_t status, const char* what) {
  if (status == cudaSuccess) return;
  std::fprintf(stderr, "%s failed: %s\n", what, cudaGetErrorString(status));
  std::exit(EXIT_FAILURE);
}

void* allocate(std::size_t bytes) {
  void* memory = nullptr;
  check(cudaMalloc(&memory, bytes), "cudaMalloc");
  return memory;
}

struct Memory {
  void* input = allocate(kRows * kCols * sizeof(float));
  void* values = allocate(kRows * kSelected * sizeof(float));
  void* indices = allocate(kRows * kSelected * sizeof(std::int64_t));
  void* workspace = allocate(kWorkspace);

  skim::TensorView input_view() const {
    return {input, skim::DType::f32, kRows, kCols, kCols, kGpu};
  }
  skim::MutableTensorView values_view() const {
    return {values, skim::DType::f32, kRows, kSelected, kSelected, kGpu};
  }
  skim::MutableTensorView indices_view() const {
    return {indices, skim::DType::i64, kRows, kSelected, kSelected, kGpu};
  }
};

// Every value differs from its neighbours', and the largest are spread over the row.
std::vector<float> some_input() {
  std::vector<float> input(kRows * kCols);
  std::uint32_t number = 12345;
  for (float& element : input) {
    number = number * 1664525U + 1013904223U;  // Knuth's and Lewis's generator
    element = static_cast<float>(number >> 8);
  }
  return input;
}

void plan_and_run(const Memory& memory, cudaStream_t stream) {
  const skim::TopkProblem problem = skim::make_problem({memory.input_view(), kSelected, {}, {}});
  const skim::TopkPlan plan = skim::plan_topk(problem, skim::Device::cuda(kGpu.ordinal));
  skim::run(skim::bind(plan, {memory.input_view(),
                              memory.values_view(),
                              memory.indices_view(),
                              {},
                              memory.workspace,
                              kWorkspace}),
            {stream, false});
}

void select_at_once(const Memory& memory, cudaStream_t stream) {
  skim::topk(memory.input_view(), kSelected, memory.values_view(), memory.indices_view(), {}, {},
             {stream, false});
}

template <class T>
std::vector<T> download(const void* memory, std::size_t count) {
  std::vector<T> contents(count);
  check(cudaMemcpy(contents.data(), memory, count * sizeof(T), cudaMemcpyDeviceToHost),
        "cudaMemcpy");
  return contents;
}

bool as_on_cpu(const Memory& memory, const std::vector<float>& input) {
  std::vector<float> values(kRows * kSelected);
  std::vector<std::int64_t> indices(kRows * kSelected);
  skim::topk(skim::matrix_view(input.data(), kRows, kCols), kSelected,
             skim::mutable_matrix_view(values.data(), kRows, kSelected),
             skim::mutable_matrix_view(indices.data(), kRows, kSelected));
  return download<float>(memory.values, values.size()) == values &&
         download<std::int64_t>(memory.indices, indices.size()) == indices;
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 2) {
    std::fputs("usage: cuda_first_call plan|topk\n", stderr);
    return 2;
  }
  int devices = 0;  // asked of CUDA, because skim must not have been called yet
  if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
    std::printf("SKIPPED: %s\n", skim::why_no_cuda().c_str());
    return 0;
  }
  const std::vector<float> input = some_input();
  const Memory memory;
  check(
      cudaMemcpy(memory.input, input.data(), input.size() * sizeof(float), cudaMemcpyHostToDevice),
      "cudaMemcpy");
  cudaStream_t stream{};
  check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cudaStreamCreate");

  check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal), "cudaStreamBeginCapture");
  std::strcmp(arguments[1], "topk") == 0 ? select_at_once(memory, stream)
                                         : plan_and_run(memory, stream);
  cudaGraph_t graph{};
  check(cudaStreamEndCapture(stream, &graph), "cudaStreamEndCapture");

  cudaGraphExec_t executable{};
  check(cudaGraphInstantiate(&executable, graph, 0), "cudaGraphInstantiate");
  check(cudaGraphLaunch(executable, stream), "cudaGraphLaunch");
  check(cudaStreamSynchronize(stream), "cudaStreamSynchronize");
  const bool right = as_on_cpu(memory, input);
  std::puts(right ? "the captured first call is right" : "the captured first call is wrong");
  return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
