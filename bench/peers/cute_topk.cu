#include "peers/cute_topk.cuh"

#include <cutlass/version.h>

namespace skim::bench {
namespace {

struct HardwareWarp {
  __device__ int lane() const { return static_cast<int>(cutlass::canonical_lane_idx()); }

  template <class T>
  __device__ T exchange(T value, int mask) const {
    return __shfl_xor_sync(0xffffffffu, value, mask);
  }
};

// So many CTAs on a multiprocessor leave 64 registers a thread to lists of 32-bit composites.
template <class Element>
constexpr int kCtasTogether = sizeof(typename CompositeOf<Element>::Composite) == 4 ? 8 : 4;

template <class Element, int kLanes, int kLimit>
__global__ void __launch_bounds__(kCuteThreads, kCtasTogether<Element>)
    select_kernel(const CuteRows<Element> rows) {
  select_rows<kLanes, kLimit>(rows, blockIdx.x, threadIdx.x, HardwareWarp{});
}

template <class Element, int kLanes, int kLimit>
void select(const CuteRows<void>& rows, cudaStream_t stream) {
  const CuteRows<Element> typed = {static_cast<const Element*>(rows.input),
                                   static_cast<Element*>(rows.values),
                                   rows.indices,
                                   rows.rows,
                                   rows.cols,
                                   rows.k};
  const auto blocks = cute::ceil_div(rows.rows, std::int64_t{kCuteThreads / kLanes});
  select_kernel<Element, kLanes, kLimit>
      <<<static_cast<unsigned>(blocks), kCuteThreads, 0, stream>>>(typed);
}

template <class Element, int kLanes>
CuteSelect with_limit(std::int64_t k) {
  if (k <= 8) return select<Element, kLanes, 8>;
  if (k <= 16) return select<Element, kLanes, 16>;
  if (k <= 32) return select<Element, kLanes, 32>;
  if (k <= 64) return select<Element, kLanes, 64>;
  return select<Element, kLanes, kCuteMostK>;
}

// Short rows share a warp.
template <class Element>
CuteSelect with_lanes(std::int64_t cols, std::int64_t k) {
  constexpr int kWarp = 32;
  return cols < kWarp * kCuteValues ? with_limit<Element, 8>(k) : with_limit<Element, kWarp>(k);
}

}  // namespace

CuteSelect cute_topk(DType dtype, std::int64_t cols, std::int64_t k) {
  if (dtype == DType::f32) return with_lanes<float>(cols, k);
  if (dtype == DType::f16) return with_lanes<cute::half_t>(cols, k);
  if (dtype == DType::bf16) return with_lanes<cute::bfloat16_t>(cols, k);
  return nullptr;
}

const char* cutlass_version() {
#define SKIM_TEXT_OF(number) #number
#define SKIM_TEXT(number) SKIM_TEXT_OF(number)
  return SKIM_TEXT(CUTLASS_MAJOR) "." SKIM_TEXT(CUTLASS_MINOR) "." SKIM_TEXT(CUTLASS_PATCH);
#undef SKIM_TEXT
#undef SKIM_TEXT_OF
}

}  // namespace skim::bench
