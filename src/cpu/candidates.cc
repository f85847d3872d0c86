#include "cpu/candidates.h"

#include "cpu/simd_target.h"
#include "hwy/contrib/sort/vqsort.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/candidates.cc"
#include "hwy/foreach_target.h"
//
#include "cpu/candidates-inl.h"

HWY_BEFORE_NAMESPACE();
namespace skim::cpu::HWY_NAMESPACE {

const CandidateFunctions<std::int64_t>& packed_functions() {
  static constexpr CandidateFunctions<std::int64_t> functions{&keep_best<PackedList>,
                                                              &PackedList::sort};
  return functions;
}

const CandidateFunctions<Int128>& wide_functions() {
  static constexpr CandidateFunctions<Int128> functions{&keep_best<WideList>, &WideList::sort};
  return functions;
}

}  // namespace skim::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace skim::cpu {

namespace {

// A Sorter owns the buffer that vectors of unknown size need. x86 has none such: there VQSort works
// on its stack and one Sorter, made when the library is loaded, serves all threads.
#if HWY_ARCH_X86
const hwy::Sorter sorter;
#else
thread_local const hwy::Sorter sorter;
#endif

}  // namespace

// The library's compiled VQSort: what g++ 12 makes of vqsort-inl.h takes 4 times as long.
void sort_many(std::int64_t* list, std::size_t count) {
  sorter(list, count, hwy::SortDescending());
}

HWY_EXPORT(packed_functions);
HWY_EXPORT(wide_functions);

template <>
const CandidateFunctions<std::int64_t>& candidate_functions<std::int64_t>(SimdTarget target) {
  return HWY_DISPATCH_TABLE(packed_functions)[table_index(target)]();
}

template <>
const CandidateFunctions<Int128>& candidate_functions<Int128>(SimdTarget target) {
  return HWY_DISPATCH_TABLE(wide_functions)[table_index(target)]();
}

}  // namespace skim::cpu
#endif  // HWY_ONCE
