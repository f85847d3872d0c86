// The instantiations of the CuTe kernel.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "skim/dtype.h"

namespace skim::bench {

inline constexpr int kCuteThreads = 128;  // of a CTA
inline constexpr int kCuteValues = 32;    // of a row in a thread's registers
inline constexpr int kCuteMostCols = 4096;
inline constexpr int kCuteMostK = 128;
inline constexpr int kCuteAlignment = 16;  // of a row in bytes: it is copied 128 bits at a time

// Contiguous rows of Element, which is void where the type is not known yet.
template <class Element>
struct CuteRows {
  const Element* input;
  Element* values;
  std::int64_t* indices;
  std::int64_t rows;
  int cols;
  int k;
};

// Enqueues the selection from rows within the limits above.
using CuteSelect = void (*)(const CuteRows<void>& rows, cudaStream_t stream);

// nullptr for dtypes that the kernel is not built for.
CuteSelect cute_topk(DType dtype, std::int64_t cols, std::int64_t k);

const char* cutlass_version();

}  // namespace skim::bench
