// Compiled once a dtype, with SKIM_DTYPE = f32, f16 or bf16; see src/CMakeLists.txt.
#include "cpu/masses.h"

#include "cpu/simd_target.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/masses.cc"
#include "hwy/foreach_target.h"
//
#include "cpu/find_between-inl.h"
#include "cpu/masses-inl.h"

HWY_BEFORE_NAMESPACE();
namespace skim::cpu::HWY_NAMESPACE {

static MassFunctions<DType::SKIM_DTYPE> functions() {
  return {fold<DType::SKIM_DTYPE>, sums_before<DType::SKIM_DTYPE>, masses,
          find_between<DType::SKIM_DTYPE>, to_float<DType::SKIM_DTYPE>};
}

}  // namespace skim::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace skim::cpu {
namespace {

HWY_EXPORT(functions);

}  // namespace

template <>
MassFunctions<DType::SKIM_DTYPE> mass_functions<DType::SKIM_DTYPE>(SimdTarget target) {
  return HWY_DISPATCH_TABLE(functions)[table_index(target)]();
}

}  // namespace skim::cpu
#endif  // HWY_ONCE
