// Per-target include: the lane-wise best keys of a group of vectors, at one or two operations a
// vector instead of the five that forming every key takes.
//
// Floats of 32 and 64 bits are compared as floats; a NaN in the group shows in their sum. Floats of
// 16 bits are compared as signed and unsigned integers; a negative NaN shows as the largest unsigned
// one. A group where a NaN (or a sum of both infinities) shows is folded once more over its keys.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "cpu/vector_ops-inl.h"
#include "hwy/highway.h"
#include "order/key_order.h"

#if defined(SKIM_CPU_GROUP_FOLD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SKIM_CPU_GROUP_FOLD_INL_H_
#undef SKIM_CPU_GROUP_FOLD_INL_H_
#else
#define SKIM_CPU_GROUP_FOLD_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace skim::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Folds over the keys themselves: right for every dtype and every input.
template <DType kDType, bool kLargest>
struct KeyFold {
  using Key = typename KeyOrder<kDType>::Key;
  using D = hn::ScalableTag<Key>;
  using V = hn::Vec<D>;

  static HWY_INLINE V keys_at(const Key* elements) {
    return order_key<kDType, kLargest>(VectorOps<D>(), hn::LoadU(D(), elements));
  }

  // `vectors` is a multiple of 4.
  static HWY_INLINE V fold(const Key* elements, std::size_t vectors) {
    const std::size_t step = hn::Lanes(D());
    V best = keys_at(elements);
    for (std::size_t v = 0; v < vectors; v += 4, elements += 4 * step) {
      const V a = hn::Max(keys_at(elements), keys_at(elements + step));
      const V b = hn::Max(keys_at(elements + 2 * step), keys_at(elements + 3 * step));
      best = hn::Max(best, hn::Max(a, b));
    }
    return best;
  }
};

// Whether this thread's floating-point mode compares denormals as zeros (DAZ, FZ).
inline bool flushes_denormals() {
  volatile float denormal = std::numeric_limits<float>::denorm_min();
  return !(denormal > 0.0f);
}

template <DType kDType, bool kLargest>
struct FloatFold {
  using Keys = KeyFold<kDType, kLargest>;
  using Key = typename Keys::Key;
  using Float = std::conditional_t<sizeof(Key) == 4, float, double>;
  using D = typename Keys::D;
  using V = typename Keys::V;
  using DF = hn::ScalableTag<Float>;
  using VF = hn::Vec<DF>;

  static bool applies() { return !flushes_denormals(); }

  static HWY_INLINE VF load(const Key* elements) {
    return hn::BitCast(DF(), hn::LoadU(D(), elements));
  }
  static HWY_INLINE VF better(VF a, VF b) { return kLargest ? hn::Max(a, b) : hn::Min(a, b); }

  static HWY_INLINE V fold(const Key* elements, std::size_t vectors) {
    const std::size_t step = hn::Lanes(D());
    VF best[4] = {load(elements), load(elements + step), load(elements + 2 * step),
                  load(elements + 3 * step)};
    VF sum[4] = {best[0], best[1], best[2], best[3]};
    for (std::size_t v = 4; v < vectors; v += 4) {
      for (std::size_t i = 0; i < 4; ++i) {
        const VF x = load(elements + (v + i) * step);
        best[i] = better(best[i], x);
        sum[i] = hn::Add(sum[i], x);
      }
    }
    const VF total = hn::Add(hn::Add(sum[0], sum[1]), hn::Add(sum[2], sum[3]));
    if (HWY_UNLIKELY(!hn::AllTrue(DF(), hn::Eq(total, total)))) return Keys::fold(elements, vectors);
    const VF fold = better(better(best[0], best[1]), better(best[2], best[3]));
    return order_key<kDType, kLargest>(VectorOps<D>(), hn::BitCast(D(), fold));
  }
};

template <DType kDType, bool kLargest>
struct SignMagnitudeFold {
  using Keys = KeyFold<kDType, kLargest>;
  using Key = typename Keys::Key;
  using Unsigned = std::make_unsigned_t<Key>;
  using D = typename Keys::D;
  using V = typename Keys::V;
  using DU = hn::ScalableTag<Unsigned>;
  using VU = hn::Vec<DU>;

  static bool applies() { return true; }

  static HWY_INLINE V fold(const Key* elements, std::size_t vectors) {
    const std::size_t step = hn::Lanes(D());
    V greatest[2];      // as signed integers: the largest positive, if there is one
    VU least[2];        // as unsigned ones: the smallest positive, else the smallest magnitude
    VU most[2];         // the most negative, if there is one, unless a negative NaN is
    for (std::size_t i = 0; i < 2; ++i) {
      greatest[i] = hn::LoadU(D(), elements + i * step);
      least[i] = most[i] = hn::BitCast(DU(), greatest[i]);
    }
    for (std::size_t v = 2; v < vectors; v += 2) {
      for (std::size_t i = 0; i < 2; ++i) {
        const V x = hn::LoadU(D(), elements + (v + i) * step);
        const VU bits = hn::BitCast(DU(), x);
        if constexpr (kLargest) greatest[i] = hn::Max(greatest[i], x);
        least[i] = hn::Min(least[i], bits);
        most[i] = hn::Max(most[i], bits);
      }
    }
    const V low = hn::BitCast(D(), hn::Min(least[0], least[1]));
    const V high = hn::BitCast(D(), hn::Max(most[0], most[1]));
    const V zero = hn::Zero(D());
    const auto has_negative = hn::Lt(high, zero);
    const auto negative_nan =
        hn::And(has_negative, hn::Gt(high, hn::Set(D(), KeyOrder<kDType>::negative_infinity)));
    if (HWY_UNLIKELY(!hn::AllFalse(D(), negative_nan))) return Keys::fold(elements, vectors);
    V fold;
    if constexpr (kLargest) {
      const V top = hn::Max(greatest[0], greatest[1]);
      fold = hn::IfThenElse(hn::Lt(top, zero), low, top);
    } else {
      fold = hn::IfThenElse(has_negative, high, low);
    }
    return order_key<kDType, kLargest>(VectorOps<D>(), fold);
  }
};

template <DType kDType, bool kLargest>
struct IntegerFold : KeyFold<kDType, kLargest> {
  static bool applies() { return true; }
};

template <DType kDType, bool kLargest>
using QuickFold = std::conditional_t<
    !KeyOrder<kDType>::is_float, IntegerFold<kDType, kLargest>,
    std::conditional_t<sizeof(typename KeyOrder<kDType>::Key) == 2,
                       SignMagnitudeFold<kDType, kLargest>, FloatFold<kDType, kLargest>>>;

// maxima[g * lanes ...] = the best keys of group g, for groups of `vectors` vectors.
template <class Fold>
void fold_groups(const typename Fold::Key* elements, std::size_t groups, std::size_t vectors,
                 typename Fold::Key* maxima) {
  const typename Fold::D d;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t g = 0; g < groups; ++g) {
    hn::StoreU(Fold::fold(elements + g * vectors * lanes, vectors), d, maxima + g * lanes);
  }
}

}  // namespace skim::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // SKIM_CPU_GROUP_FOLD_INL_H_
