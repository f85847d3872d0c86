// Per-target include: the Ops policy of order/key_order.h on Highway vectors.
#include "hwy/highway.h"
#include "order/key_order.h"

#if defined(SKIM_CPU_VECTOR_OPS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SKIM_CPU_VECTOR_OPS_INL_H_
#undef SKIM_CPU_VECTOR_OPS_INL_H_
#else
#define SKIM_CPU_VECTOR_OPS_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace skim::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

template <class D>
struct VectorOps {
  using Key = hn::TFromD<D>;
  using Value = hn::Vec<D>;
  using Mask = hn::Mask<D>;

  static HWY_INLINE Value set(Key value) { return hn::Set(D(), value); }
  static HWY_INLINE Value bit_and(Value a, Value b) { return hn::And(a, b); }
  static HWY_INLINE Value bit_xor(Value a, Value b) { return hn::Xor(a, b); }
  static HWY_INLINE Value bit_not(Value a) { return hn::Not(a); }
  static HWY_INLINE Value min(Value a, Value b) { return hn::Min(a, b); }
  static HWY_INLINE Mask less(Value a, Value b) { return hn::Lt(a, b); }
  static HWY_INLINE Value negate_if(Mask negative, Value a) {
    return hn::IfThenElse(negative, hn::Neg(a), a);
  }
};

#include "order/key_formula.inc"

}  // namespace skim::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // SKIM_CPU_VECTOR_OPS_INL_H_
