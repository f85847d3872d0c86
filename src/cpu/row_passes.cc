// Compiled once a dtype, with SKIM_DTYPE = f32, f16 or bf16; see src/CMakeLists.txt.
#include "cpu/row_passes.h"

#include "cpu/simd_target.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/row_passes.cc"
#include "hwy/foreach_target.h"
//
#include "cpu/find_between-inl.h"
#include "cpu/row_passes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace skim::cpu::HWY_NAMESPACE {

static RowPasses<DType::SKIM_DTYPE> passes() {
  constexpr DType kDType = DType::SKIM_DTYPE;
  return {fold_row<kDType>,     weigh<kDType>,         find_between<kDType>,
          write_shares<kDType>, write_softmax<kDType>, write_kept<kDType>};
}

}  // namespace skim::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace skim::cpu {
namespace {

HWY_EXPORT(passes);

}  // namespace

template <>
RowPasses<DType::SKIM_DTYPE> row_passes<DType::SKIM_DTYPE>(SimdTarget target) {
  return HWY_DISPATCH_TABLE(passes)[table_index(target)]();
}

}  // namespace skim::cpu
#endif  // HWY_ONCE
