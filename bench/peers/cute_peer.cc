// The CuTe kernel of cute_topk.cuh: exact, with ties by index.
#include "peers/cute_peer.h"

#include <fmt/format.h>

#include <bit>
#include <cstddef>
#include <stdexcept>

#include "dlpack_dtype.h"
#include "peers/cute_topk.h"

namespace skim::bench {
namespace {

void require_power_of_two(const char* what, std::int64_t limit, std::int64_t got) {
  if (std::has_single_bit(static_cast<std::uint64_t>(got)) && got <= limit) return;
  throw NotApplicable(fmt::format("needs a power-of-two {} <= {}, got {}", what, limit, got));
}

void require_aligned_rows(const DLTensor& input) {
  const std::int64_t cols = input.shape[1];
  const bool contiguous =
      input.strides == nullptr || (input.strides[0] == cols && input.strides[1] == 1);
  if (!contiguous) throw NotApplicable("needs contiguous rows, got strided ones");
  const std::int64_t row_bytes = cols * input.dtype.bits / 8;
  const auto address = reinterpret_cast<std::uintptr_t>(input.data) + input.byte_offset;
  if (row_bytes % kCuteAlignment == 0 && address % kCuteAlignment == 0) return;
  throw NotApplicable(
      fmt::format("copies rows {} bytes at a time, got rows of {} bytes at address {:#x}",
                  kCuteAlignment, row_bytes, address));
}

class CuteTopk final : public Path {
 public:
  using Path::Path;

  void prepare(const skim_bench_case& bench_case) override {
    if (!on_gpu(bench_case)) throw NotApplicable("needs a CUDA device");
    const DLTensor& input = bench_case.inputs[0];
    require_power_of_two("vocabulary", kCuteMostCols, input.shape[1]);
    require_power_of_two("k", kCuteMostK, bench_case.k);
    for (std::int32_t i = 0; i < bench_case.input_count; ++i) {
      require_aligned_rows(bench_case.inputs[i]);
    }
    case_ = bench_case;
    select_ = cute_topk(dtype_from(input.dtype), input.shape[1], bench_case.k);
    if (select_ == nullptr) {
      throw NotApplicable("is built for float32, float16 and bfloat16 only");
    }
  }

  void run(std::int64_t first, std::int64_t count) override {
    for (std::int64_t call = first; call < first + count; ++call) {
      select_(rows_of(case_.inputs[call % case_.input_count]),
              static_cast<cudaStream_t>(case_.stream));
    }
    const cudaError_t status = cudaGetLastError();
    if (status == cudaSuccess) return;
    throw std::runtime_error(
        fmt::format("Launching the CuTe kernel failed: {}", cudaGetErrorString(status)));
  }

 private:
  CuteRows<void> rows_of(const DLTensor& input) const {
    return {static_cast<const std::byte*>(input.data) + input.byte_offset,
            case_.values->data,
            static_cast<std::int64_t*>(case_.indices->data),
            input.shape[0],
            static_cast<int>(input.shape[1]),
            static_cast<int>(case_.k)};
  }

  skim_bench_case case_{};
  CuteSelect select_ = nullptr;
};

}  // namespace

PathPtr make_cute_topk() {
  return std::make_unique<CuteTopk>(
      PathInfo{kCute, fmt::format("CUTLASS {}", cutlass_version()), "", 0, 0});
}

}  // namespace skim::bench
