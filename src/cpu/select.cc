// Compiled once a dtype, with SKIM_DTYPE = f32, f16, ...; see src/CMakeLists.txt.
#include "cpu/select.h"

#include "cpu/simd_target.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/select.cc"
#include "hwy/foreach_target.h"
//
#include "cpu/select-inl.h"

HWY_BEFORE_NAMESPACE();
namespace skim::cpu::HWY_NAMESPACE {

using Key = KeyOrder<DType::SKIM_DTYPE>::Key;

static std::size_t select_largest(const SelectTask<Key>& task) {
  return select_part<DType::SKIM_DTYPE, true>(task);
}

static std::size_t select_smallest(const SelectTask<Key>& task) {
  return select_part<DType::SKIM_DTYPE, false>(task);
}

}  // namespace skim::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace skim::cpu {
namespace {

HWY_EXPORT(select_largest);
HWY_EXPORT(select_smallest);

}  // namespace

template <>
SelectFunction<KeyOrder<DType::SKIM_DTYPE>::Key> select_function<DType::SKIM_DTYPE>(
    bool largest, SimdTarget target) {
  const std::size_t index = table_index(target);
  return largest ? HWY_DISPATCH_TABLE(select_largest)[index]
                 : HWY_DISPATCH_TABLE(select_smallest)[index];
}

}  // namespace skim::cpu
#endif  // HWY_ONCE
