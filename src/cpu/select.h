// Selecting the best of one part of a row, one compiled copy a dtype and SIMD target.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cpu/candidates.h"
#include "order/key_order.h"
#include "skim/topk.h"

namespace skim::cpu {

// What one part needs of the workspace (src/cpu/workspace.h); only candidates unless the algorithm
// is group_maxima.
template <class Key>
struct SelectScratch {
  CandidateFor<Key>* candidates = nullptr;
  Key* maxima = nullptr;          // of the groups of one tile
  Key* folded = nullptr;          // maxima of maxima
  std::uint32_t* hits = nullptr;  // groups to visit again
};

template <class Key>
struct SelectTask {
  const Key* elements = nullptr;  // bits of the first element of the part
  std::int64_t cols = 0;
  std::int64_t first_index = 0;  // of the part within its row
  std::int64_t k = 0;            // 1 <= k <= cols
  TopkAlgorithm algorithm = TopkAlgorithm::filter;
  const CpuGeometry* geometry = nullptr;
  const CandidateFunctions<CandidateFor<Key>>* functions = nullptr;
  SelectScratch<Key> scratch;
};

// Leaves the best of the part in scratch.candidates in ascending order of index and returns how
// many: at least k, of which the k best are the answer, at most geometry.buffer.
template <class Key>
using SelectFunction = std::size_t (*)(const SelectTask<Key>& task);

template <DType kDType>
SelectFunction<typename KeyOrder<kDType>::Key> select_function(bool largest, SimdTarget target);

#define SKIM_DECLARE(dtype) \
  template <>               \
  SelectFunction<KeyOrder<DType::dtype>::Key> select_function<DType::dtype>(bool, SimdTarget)
SKIM_DECLARE(f32);
SKIM_DECLARE(f16);
SKIM_DECLARE(bf16);
SKIM_DECLARE(f64);
SKIM_DECLARE(i8);
SKIM_DECLARE(u8);
SKIM_DECLARE(i16);
SKIM_DECLARE(i32);
SKIM_DECLARE(i64);
#undef SKIM_DECLARE

}  // namespace skim::cpu
