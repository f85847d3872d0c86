// cub::DeviceSegmentedRadixSort: every row is sorted whole, then its first k are taken. The sort
// carries 32-bit indices (half the traffic) that are made once, in prepare; taking the first k is
// part of the call, and widens them. Ties go to the lowest index, because the sort is stable; NaN
// it orders by their bits, negative ones last.
#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cub/device/device_segmented_radix_sort.cuh>
#include <limits>
#include <string>

#include "dlpack_dtype.h"
#include "peers/cub_peer.h"
#include "peers/cub_peers.h"

namespace skim::bench {
namespace {

constexpr int kThreads = 256;

unsigned blocks_for(std::int64_t count) {
  return static_cast<unsigned>((count + kThreads - 1) / kThreads);
}

__global__ void write_columns(std::int32_t* columns, std::int64_t cols, std::int64_t count) {
  const std::int64_t at = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (at < count) columns[at] = static_cast<std::int32_t>(at % cols);
}

__global__ void write_row_starts(std::int32_t* starts, std::int64_t cols, std::int64_t count) {
  const std::int64_t at = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (at < count) starts[at] = static_cast<std::int32_t>(at * cols);
}

template <class T>
__global__ void take_first(const T* keys, const std::int32_t* columns, std::int64_t cols,
                           std::int64_t k, std::int64_t count, T* values, std::int64_t* indices) {
  const std::int64_t at = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (at >= count) return;
  const std::int64_t sorted = at / k * cols + at % k;
  values[at] = keys[sorted];
  indices[at] = columns[sorted];
}

struct SortCall {
  const void* keys;
  void* sorted_keys;
  const std::int32_t* columns;
  std::int32_t* sorted_columns;
  const std::int32_t* row_starts;  // rows + 1
  std::int64_t rows;
  std::int64_t cols;
  cudaStream_t stream;
};

template <class T>
cudaError_t sort_rows(void* temporary, std::size_t& temporary_bytes, const SortCall& call) {
  return cub::DeviceSegmentedRadixSort::SortPairsDescending(
      temporary, temporary_bytes, static_cast<const T*>(call.keys),
      static_cast<T*>(call.sorted_keys), call.columns, call.sorted_columns,
      static_cast<int>(call.rows * call.cols), static_cast<int>(call.rows), call.row_starts,
      call.row_starts + 1, 0, static_cast<int>(sizeof(T) * 8), call.stream);
}

struct Kernels {
  cudaError_t (*sort)(void* temporary, std::size_t& temporary_bytes, const SortCall& call);
  void (*take)(const SortCall& call, std::int64_t k, void* values, std::int64_t* indices);
};

template <class T>
void take(const SortCall& call, std::int64_t k, void* values, std::int64_t* indices) {
  const std::int64_t count = call.rows * k;
  take_first<<<blocks_for(count), kThreads, 0, call.stream>>>(
      static_cast<const T*>(call.sorted_keys), call.sorted_columns, call.cols, k, count,
      static_cast<T*>(values), indices);
}

Kernels kernels_for(DType dtype) {
  if (dtype == DType::f32) return {sort_rows<float>, take<float>};
  if (dtype == DType::f16) return {sort_rows<__half>, take<__half>};
  if (dtype == DType::bf16) return {sort_rows<__nv_bfloat16>, take<__nv_bfloat16>};
  throw NotApplicable("is built for float32, float16 and bfloat16 only");
}

class CubSegmentedSort final : public Path {
 public:
  using Path::Path;

  void prepare(const skim_bench_case& bench_case) override {
    require_applicable(bench_case.inputs[0]);
    case_ = bench_case;
    const DType dtype = dtype_from(bench_case.inputs[0].dtype);
    kernels_ = kernels_for(dtype);
    const std::size_t elements = static_cast<std::size_t>(rows() * cols());
    sorted_keys_ = allocate_on_device(elements * size_of(dtype));
    columns_ = allocate_on_device(elements * sizeof(std::int32_t));
    sorted_columns_ = allocate_on_device(elements * sizeof(std::int32_t));
    row_starts_ = allocate_on_device(static_cast<std::size_t>(rows() + 1) * sizeof(std::int32_t));
    check_cuda(kernels_.sort(nullptr, temporary_bytes_, call_on(0)),
               "Asking CUB for its temporary memory");
    temporary_ = allocate_on_device(temporary_bytes_);
    write_unchanging_input();
  }

  void run(std::int64_t first, std::int64_t count) override {
    for (std::int64_t call = first; call < first + count; ++call) {
      const SortCall sort = call_on(call % case_.input_count);
      check_cuda(kernels_.sort(temporary_.get(), temporary_bytes_, sort), "CUB's sort");
      kernels_.take(sort, case_.k, case_.values->data,
                    static_cast<std::int64_t*>(case_.indices->data));
      check_cuda(cudaGetLastError(), "Taking the first k");
    }
  }

  void finish() override {
    for (DeviceMemory* memory :
         {&sorted_keys_, &columns_, &sorted_columns_, &row_starts_, &temporary_}) {
      memory->reset();
    }
  }

 private:
  static void require_applicable(const DLTensor& input) {
    if (input.device.device_type != kDLCUDA) throw NotApplicable("needs a CUDA device");
    const std::int64_t elements = input.shape[0] * input.shape[1];
    if (elements <= std::numeric_limits<std::int32_t>::max()) return;
    throw NotApplicable("sorts at most 2^31 - 1 elements a call, got " + std::to_string(elements));
  }

  std::int64_t rows() const { return case_.inputs[0].shape[0]; }
  std::int64_t cols() const { return case_.inputs[0].shape[1]; }

  SortCall call_on(std::int64_t input) const {
    return {case_.inputs[input].data,
            sorted_keys_.get(),
            static_cast<const std::int32_t*>(columns_.get()),
            static_cast<std::int32_t*>(sorted_columns_.get()),
            static_cast<const std::int32_t*>(row_starts_.get()),
            rows(),
            cols(),
            static_cast<cudaStream_t>(case_.stream)};
  }

  void write_unchanging_input() {
    const auto stream = static_cast<cudaStream_t>(case_.stream);
    const std::int64_t elements = rows() * cols();
    write_columns<<<blocks_for(elements), kThreads, 0, stream>>>(
        static_cast<std::int32_t*>(columns_.get()), cols(), elements);
    write_row_starts<<<blocks_for(rows() + 1), kThreads, 0, stream>>>(
        static_cast<std::int32_t*>(row_starts_.get()), cols(), rows() + 1);
    check_cuda(cudaGetLastError(), "Writing the columns' numbers");
  }

  skim_bench_case case_{};
  Kernels kernels_{};
  DeviceMemory sorted_keys_;
  DeviceMemory columns_;
  DeviceMemory sorted_columns_;
  DeviceMemory row_starts_;
  DeviceMemory temporary_;
  std::size_t temporary_bytes_ = 0;
};

}  // namespace

PathPtr make_cub_segmented_sort() {
  return std::make_unique<CubSegmentedSort>(PathInfo{kCubSegmentedSort, cub_version(), "", 0, 0});
}

}  // namespace skim::bench
