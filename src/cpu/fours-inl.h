// Per-target include: vectors of floats whose lanes come in fours, the neighbours of one tile of
// random/mass.h. A target whose vectors have one lane gets four floats.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "cpu/mass_ops-inl.h"
#include "hwy/highway.h"
#include "order/float_of.h"
#include "random/mass.h"

#if defined(SKIM_CPU_FOURS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SKIM_CPU_FOURS_INL_H_
#undef SKIM_CPU_FOURS_INL_H_
#else
#define SKIM_CPU_FOURS_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace skim::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Elsewhere Highway 1.0.3 makes large numbers of the infinities and NaN of float16.
#undef SKIM_CPU_HAS_HALF
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128 || HWY_TARGET == HWY_SSE4
#define SKIM_CPU_HAS_HALF 0

template <class Half>
void widen(const Half* from, float* to, std::size_t count) {
  constexpr DType kDType = std::is_same_v<Half, hwy::float16_t> ? DType::f16 : DType::bf16;
  for (std::size_t i = 0; i < count; ++i) {
    typename KeyOrder<kDType>::Key bits;
    std::memcpy(&bits, from + i, sizeof bits);
    to[i] = float_of<kDType>(bits);
  }
}
#else
#define SKIM_CPU_HAS_HALF 1
#endif

#if HWY_TARGET == HWY_SCALAR

struct Fours {
  struct Value {
    float lane[4];
  };

  static constexpr std::size_t kMostLanes = 4;
  static constexpr std::size_t lanes() { return 4; }
  static Value set(float value) { return {{value, value, value, value}}; }
  static Value load(const float* from) { return {{from[0], from[1], from[2], from[3]}}; }
  template <class Half>
  static Value load(const Half* from) {
    Value value;
    widen(from, value.lane, lanes());
    return value;
  }
  static void store(Value value, float* to) {
    for (int i = 0; i < 4; ++i) to[i] = value.lane[i];
  }
  static Value add(Value a, Value b) {
    return zip(a, b, [](float x, float y) { return x + y; });
  }
  static Value multiply(Value a, Value b) {
    return zip(a, b, [](float x, float y) { return x * y; });
  }
  static Value max(Value a, Value b) { return zip(a, b, ScalarMassOps::max); }
  static Value relative_masses(Value x, Value reference, const MassScale& scale) {
    return zip(x, reference, [&](float a, float b) { return relative_mass(a, b, scale); });
  }
  static Value finite_masses(Value x, Value reference, const MassScale& scale) {
    return relative_masses(x, reference, scale);
  }
  static Value finite(Value a) {
    return zip(a, a, [](float x, float) { return finite_reference(x); });
  }
  static Value max_of_four(Value a) {
    return set(ScalarMassOps::max(ScalarMassOps::max(a.lane[0], a.lane[1]),
                                  ScalarMassOps::max(a.lane[2], a.lane[3])));
  }
  static Value sum_of_four(Value a) {
    return set((a.lane[0] + a.lane[1]) + (a.lane[2] + a.lane[3]));
  }
  static void store_fours(Value a, float* to) { *to = a.lane[0]; }
  static Value load_fours(const float* from) { return set(*from); }
  static float greatest(Value a) { return max_of_four(a).lane[0]; }
  static bool all_below(Value a, float bound) {
    return std::ranges::all_of(a.lane, [&](float x) { return x < bound; });
  }
  static bool any_nan(Value a) {
    return std::ranges::any_of(a.lane, [](float x) { return std::isnan(x); });
  }
  static Value where_before(Value x, float value, std::int32_t equal_lanes, Value masses,
                            Value others = set(0.0F)) {
    Value kept = others;
    for (int i = 0; i < 4; ++i) {
      const bool before = x.lane[i] > value || (x.lane[i] == value && i < equal_lanes);
      if (before) kept.lane[i] = masses.lane[i];
    }
    return kept;
  }

 private:
  template <class Function>
  static Value zip(Value a, Value b, const Function& function) {
    Value result;
    for (int i = 0; i < 4; ++i) result.lane[i] = function(a.lane[i], b.lane[i]);
    return result;
  }
};

#else

struct Fours {
  using D = hn::ScalableTag<float>;
  using Value = hn::Vec<D>;

  static constexpr std::size_t kMostLanes = hn::MaxLanes(D());
  static HWY_INLINE std::size_t lanes() { return hn::Lanes(D()); }
  static HWY_INLINE Value set(float value) { return hn::Set(D(), value); }
  static HWY_INLINE Value load(const float* from) { return hn::LoadU(D(), from); }
  template <class Half>
  static HWY_INLINE Value load(const Half* from) {
#if SKIM_CPU_HAS_HALF
    return hn::PromoteTo(D(), hn::LoadU(hn::Rebind<Half, D>(), from));
#else
    HWY_ALIGN float numbers[kMostLanes];
    widen(from, numbers, lanes());
    return hn::Load(D(), numbers);
#endif
  }
  static HWY_INLINE void store(Value value, float* to) { hn::StoreU(value, D(), to); }
  static HWY_INLINE Value add(Value a, Value b) { return hn::Add(a, b); }
  static HWY_INLINE Value multiply(Value a, Value b) { return hn::Mul(a, b); }
  static HWY_INLINE Value max(Value a, Value b) { return hn::Max(a, b); }
  static HWY_INLINE Value relative_masses(Value x, Value reference, const MassScale& scale) {
    return relative_mass(MassOps<D>(), x, reference, set(scale.factor), set(scale.least));
  }
  // The same where no x is +inf, and so none above its reference: distances are -0, +0 or negative,
  // and of these the integers of their bits have the order of their sizes. Integers leave the units
  // for floats to the polynomial.
  static HWY_INLINE Value finite_masses(Value x, Value reference, const MassScale& scale) {
    const hn::RebindToUnsigned<D> integers;
    const auto distance = hn::BitCast(integers, hn::Sub(x, reference));
    const auto least = hn::BitCast(integers, set(scale.least));
    return mass_at_distance(MassOps<D>(), hn::BitCast(D(), hn::Min(distance, least)),
                            set(scale.factor));
  }
  static HWY_INLINE Value finite(Value a) {
    constexpr float kMost = std::numeric_limits<float>::max();
    return hn::Max(hn::Min(a, set(kMost)), set(-kMost));
  }
  static HWY_INLINE Value max_of_four(Value a) {
    const Value pairs = hn::Max(a, hn::Shuffle2301(a));
    return hn::Max(pairs, hn::Shuffle1032(pairs));
  }
  // (n0 + n1) + (n2 + n3), the same in all four lanes because a sum of two commutes.
  static HWY_INLINE Value sum_of_four(Value a) {
    const Value pairs = hn::Add(a, hn::Shuffle2301(a));
    return hn::Add(pairs, hn::Shuffle1032(pairs));
  }
  // One lane of each four to `to`, which has room for a whole vector.
  static HWY_INLINE void store_fours(Value a, float* to) {
    HWY_ALIGN std::int32_t firsts[kMostLanes] = {};
    for (std::size_t i = 0; i < lanes() / 4; ++i) firsts[i] = static_cast<std::int32_t>(4 * i);
    store(hn::TableLookupLanes(a, hn::SetTableIndices(D(), firsts)), to);
  }
  // The way back: each of the first floats four times.
  static HWY_INLINE Value load_fours(const float* from) {
    HWY_ALIGN std::int32_t fours[kMostLanes] = {};
    for (std::size_t i = 0; i < lanes(); ++i) fours[i] = static_cast<std::int32_t>(i / 4);
    return hn::TableLookupLanes(load(from), hn::SetTableIndices(D(), fours));
  }
  // Not MaxOfLanes: portable Highway 1.0.3 makes the lowest finite number of vectors of -inf.
  static HWY_INLINE float greatest(Value a) {
    HWY_ALIGN float numbers[kMostLanes];
    hn::Store(max_of_four(a), D(), numbers);
    float most = numbers[0];
    for (std::size_t i = 4; i < lanes(); i += 4) most = ScalarMassOps::max(most, numbers[i]);
    return most;
  }
  static HWY_INLINE bool all_below(Value a, float bound) {
    return hn::AllTrue(D(), hn::Lt(a, set(bound)));
  }
  static HWY_INLINE bool any_nan(Value a) { return !hn::AllTrue(D(), hn::Eq(a, a)); }
  // Masses of lanes whose x is above the value, or equal in one of the first `equal_lanes`.
  static HWY_INLINE Value where_before(Value x, float value, std::int32_t equal_lanes, Value masses,
                                       Value others = hn::Zero(D())) {
    const hn::RebindToSigned<D> integers;
    const Value bound = set(value);
    const auto early =
        hn::RebindMask(D(), hn::Lt(hn::Iota(integers, 0), hn::Set(integers, equal_lanes)));
    const auto before = hn::Or(hn::Gt(x, bound), hn::And(hn::Eq(x, bound), early));
    return hn::IfThenElse(before, masses, others);
  }
};

#endif

}  // namespace skim::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // SKIM_CPU_FOURS_INL_H_
