#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <array>

#include "peers/cub_batched_topk.cuh"
#include "peers/cub_batched_topk.h"

namespace skim::bench {
namespace {

struct Fixed {
  DType dtype;
  int cols;
  int k;
  CubSelect select;
};

template <class T, int kCols, int kK>
cudaError_t fixed(void* temporary, std::size_t& temporary_bytes, const CubCall& call) {
  return batched_topk<T>(temporary, temporary_bytes, call, cuda::args::constant<kCols>{},
                         cuda::args::constant<kK>{}, unsorted_ties_any_order());
}

template <int kCols>
constexpr std::array<Fixed, 5> small_rows() {
  return {{{DType::bf16, kCols, 8, fixed<__nv_bfloat16, kCols, 8>},
           {DType::bf16, kCols, 16, fixed<__nv_bfloat16, kCols, 16>},
           {DType::bf16, kCols, 32, fixed<__nv_bfloat16, kCols, 32>},
           {DType::bf16, kCols, 64, fixed<__nv_bfloat16, kCols, 64>},
           {DType::bf16, kCols, 128, fixed<__nv_bfloat16, kCols, 128>}}};
}

// The sweeps small and stress.
constexpr std::array kSmall = {small_rows<256>(), small_rows<512>(), small_rows<1024>(),
                               small_rows<2048>(), small_rows<4096>()};

#if SKIM_BENCH_CUB_CLUSTERS
// The sweep realistic.
constexpr std::array kLong = {Fixed{DType::f16, 50304, 50, fixed<__half, 50304, 50>},
                              Fixed{DType::f16, 50304, 5, fixed<__half, 50304, 5>},
                              Fixed{DType::f16, 50304, 128, fixed<__half, 50304, 128>},
                              Fixed{DType::f32, 32000, 40, fixed<float, 32000, 40>}};
#else
constexpr std::array<Fixed, 0> kLong = {};
#endif

template <class Table>
CubSelect find(const Table& table, DType dtype, std::int64_t cols, std::int64_t k) {
  for (const Fixed& entry : table) {
    if (entry.dtype == dtype && entry.cols == cols && entry.k == k) return entry.select;
  }
  return nullptr;
}

}  // namespace

CubSelect fixed_batched_topk(DType dtype, std::int64_t cols, std::int64_t k) {
  for (const auto& table : kSmall) {
    if (const CubSelect found = find(table, dtype, cols, k)) return found;
  }
  return find(kLong, dtype, cols, k);
}

}  // namespace skim::bench
