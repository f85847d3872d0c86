// Per-target include: the Ops policy of random/mass.h on Highway vectors.
#include <cmath>
#include <cstdint>

#include "hwy/highway.h"
#include "random/mass.h"

#if defined(SKIM_CPU_MASS_OPS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SKIM_CPU_MASS_OPS_INL_H_
#undef SKIM_CPU_MASS_OPS_INL_H_
#else
#define SKIM_CPU_MASS_OPS_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace skim::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

template <class D>
struct MassOps {
  using Value = hn::Vec<D>;

  static HWY_INLINE Value set(float value) { return hn::Set(D(), value); }
  static HWY_INLINE Value sub(Value a, Value b) { return hn::Sub(a, b); }
  static HWY_INLINE Value min(Value a, Value b) { return hn::Min(a, b); }
  static HWY_INLINE Value max(Value a, Value b) { return hn::Max(a, b); }

  static HWY_INLINE Value multiply_add(Value a, Value b, Value c) {
#if HWY_NATIVE_FMA
    return hn::MulAdd(a, b, c);
#else
    return lane_by_lane(a, b, c);
#endif
  }
  static HWY_INLINE Value multiply_sub(Value a, Value b, Value c) {
#if HWY_NATIVE_FMA
    return hn::MulSub(a, b, c);
#else
    return lane_by_lane(a, b, hn::Neg(c));
#endif
  }

  static HWY_INLINE Value add_to_exponent(Value power, Value rounded) {
    const hn::RebindToUnsigned<D> bits;
    return hn::BitCast(
        D(), hn::Add(hn::BitCast(bits, power), hn::ShiftLeft<23>(hn::BitCast(bits, rounded))));
  }

 private:
  // Two roundings instead of one would change tokens.
  static HWY_INLINE Value lane_by_lane(Value a, Value b, Value c) {
    HWY_ALIGN float lanes[3][hn::MaxLanes(D())];
    hn::Store(a, D(), lanes[0]);
    hn::Store(b, D(), lanes[1]);
    hn::Store(c, D(), lanes[2]);
    for (std::size_t i = 0; i < hn::Lanes(D()); ++i) {
      lanes[0][i] = std::fma(lanes[0][i], lanes[1][i], lanes[2][i]);
    }
    return hn::Load(D(), lanes[0]);
  }
};

#include "random/mass_formula.inc"

// Of doubles from 0 to below 2^52: adding 2^52 to a whole number puts it into the low bits of the
// sum.
template <class D64>
HWY_INLINE hn::Vec<hn::RebindToUnsigned<D64>> floor_to_integers(D64 d64, hn::Vec<D64> numbers) {
  const hn::RebindToUnsigned<D64> bits;
  const auto sum = hn::BitCast(bits, hn::Add(hn::Floor(numbers), hn::Set(d64, 0x1p52)));
  return hn::And(sum, hn::Set(bits, (std::uint64_t{1} << 52) - 1));
}

}  // namespace skim::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // SKIM_CPU_MASS_OPS_INL_H_
