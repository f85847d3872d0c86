// Per-target include: the lane-wise best keys of a group of vectors, at one or two operations a
// vector instead of the five that forming every key takes.
//
// Floats of 32 and 64 bits are compared as floats; a NaN in the group shows in their sum. Floats of
// 16 bits are compared as signed and unsigned integers; a negative NaN shows as the largest
// unsigned one. Groups where a NaN (or a sum of both infinities) shows are folded once more over
// their keys.
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
  using Keys = KeyFold;
  using Key = typename KeyOrder<kDType>::Key;
  using D = hn::ScalableTag<Key>;
  using V = hn::Vec<D>;

  static HWY_INLINE V keys_at(const Key* elements) {
    return order_key<kDType, kLargest>(VectorOps<D>(), hn::LoadU(D(), elements));
  }

  struct Watch {
    static constexpr bool saw_nan() { return false; }
  };

  // Which lanes are below a bound, given as a key.
  class Below {
   public:
    explicit HWY_INLINE Below(Key bound) { bound_ = hn::Set(D(), bound); }
    HWY_INLINE hn::Mask<D> operator()(const Key* elements) const {
      return hn::Lt(keys_at(elements), bound_);
    }

   private:
    V bound_;
  };

  static constexpr bool expresses(Key) { return true; }

  // `vectors` is a multiple of 4.
  static HWY_INLINE V fold(const Key* elements, std::size_t vectors, Watch&) {
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

  // Whether the bound is a number.
  static constexpr bool expresses(Key bound) {
    const Key key = kLargest ? bound : static_cast<Key>(~bound);
    return key >= -KeyOrder<kDType>::infinity && key <= KeyOrder<kDType>::infinity;
  }

  // Compares as floats. No NaN is below anything here: whoever looks at its key will see.
  class Below {
   public:
    explicit HWY_INLINE Below(Key bound) {
      bound_ = hn::BitCast(DF(), hn::Set(D(), bits_of_key<kDType, kLargest>(bound)));
    }
    HWY_INLINE hn::Mask<D> operator()(const Key* elements) const {
      const VF x = load(elements);
      return hn::RebindMask(D(), kLargest ? hn::Lt(x, bound_) : hn::Gt(x, bound_));
    }

   private:
    VF bound_;
  };

  static HWY_INLINE VF load(const Key* elements) {
    return hn::LoadU(DF(), reinterpret_cast<const Float*>(elements));
  }
  static HWY_INLINE VF better(VF a, VF b) { return kLargest ? hn::Max(a, b) : hn::Min(a, b); }

  // Notices a NaN as a NaN in the sum of all elements.
  struct Watch {
    VF sum[4];

    HWY_INLINE Watch() { sum[0] = sum[1] = sum[2] = sum[3] = hn::Zero(DF()); }
    HWY_INLINE bool saw_nan() const {
      const VF total = hn::Add(hn::Add(sum[0], sum[1]), hn::Add(sum[2], sum[3]));
      return !hn::AllTrue(DF(), hn::Eq(total, total));
    }
  };

  static HWY_INLINE V fold(const Key* elements, std::size_t vectors, Watch& watch) {
    const std::size_t step = hn::Lanes(D());
    VF best[4];
    for (std::size_t i = 0; i < 4; ++i) {
      best[i] = load(elements + i * step);
      watch.sum[i] = hn::Add(watch.sum[i], best[i]);
    }
    for (std::size_t v = 4; v < vectors; v += 4) {
      for (std::size_t i = 0; i < 4; ++i) {
        const VF x = load(elements + (v + i) * step);
        best[i] = better(x, best[i]);  // in this order g++ loads x once
        watch.sum[i] = hn::Add(watch.sum[i], x);
      }
    }
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

  using Below = typename Keys::Below;

  static bool applies() { return true; }
  static constexpr bool expresses(Key) { return true; }

  // Notices a negative NaN: as an unsigned integer it exceeds -inf. Positive ones need no care,
  // they exceed +inf in both orders.
  struct Watch {
    VU most;

    HWY_INLINE Watch() { most = hn::Zero(DU()); }
    HWY_INLINE bool saw_nan() const {
      const auto limit = static_cast<Unsigned>(KeyOrder<kDType>::negative_infinity);
      return !hn::AllFalse(DU(), hn::Gt(most, hn::Set(DU(), limit)));
    }
  };

  static HWY_INLINE V fold(const Key* elements, std::size_t vectors, Watch& watch) {
    const std::size_t step = hn::Lanes(D());
    V greatest[2];  // as signed integers: the largest positive, if there is one
    VU least[2];    // as unsigned ones: the smallest positive, else the smallest magnitude
    VU most[2];     // the most negative, if there is one
    for (std::size_t i = 0; i < 2; ++i) {
      greatest[i] = hn::LoadU(D(), elements + i * step);
      least[i] = most[i] = hn::BitCast(DU(), greatest[i]);
    }
    for (std::size_t v = 2; v < vectors; v += 2) {
      for (std::size_t i = 0; i < 2; ++i) {
        const V x = hn::LoadU(D(), elements + (v + i) * step);
        if constexpr (kLargest) greatest[i] = hn::Max(greatest[i], x);
        least[i] = hn::Min(least[i], hn::BitCast(DU(), x));
        most[i] = hn::Max(most[i], hn::BitCast(DU(), x));
      }
    }
    const VU highest = hn::Max(most[0], most[1]);
    watch.most = hn::Max(watch.most, highest);
    const V low = hn::BitCast(D(), hn::Min(least[0], least[1]));
    const V high = hn::BitCast(D(), highest);
    const V zero = hn::Zero(D());
    const V top = hn::Max(greatest[0], greatest[1]);
    const V fold = kLargest ? hn::IfThenElse(hn::Lt(top, zero), low, top)
                            : hn::IfThenElse(hn::Lt(high, zero), high, low);
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

// Groups come in pairs: the halves of each group's vector fold onto one another, and two groups
// share a vector of maxima. Storing fewer bytes matters: 1x128256 f32 folds in 6.4 us with a vector
// a group, in 5.8 with half of one, in 5.3 when nothing is stored.
inline constexpr std::size_t kPairsBetweenLooks = 4;

#if HWY_TARGET == HWY_SCALAR
inline constexpr std::size_t kGroupsPerVector = 1;  // one lane has no halves

template <class D, class V>
HWY_INLINE V pair_up(D, V first, V) {
  return first;
}
#else
inline constexpr std::size_t kGroupsPerVector = 2;

template <class D, class V>
HWY_INLINE V pair_up(D d, V first, V second) {
  return hn::Max(hn::ConcatLowerLower(d, second, first), hn::ConcatUpperUpper(d, second, first));
}
#endif

template <class Fold>
HWY_INLINE typename Fold::V fold_vector(const typename Fold::Key* elements, std::size_t group,
                                        std::size_t groups, std::size_t vectors,
                                        typename Fold::Watch& watch) {
  const typename Fold::D d;
  const std::size_t size = vectors * hn::Lanes(d);
  const auto first = Fold::fold(elements + group * size, vectors, watch);
  auto second = hn::Set(d, std::numeric_limits<typename Fold::Key>::min());
  if (kGroupsPerVector == 2 && HWY_LIKELY(group + 1 < groups)) {
    second = Fold::fold(elements + (group + 1) * size, vectors, watch);
  }
  return pair_up(d, first, second);
}

// Vectors [first, last) of maxima; returns whether the fold saw a NaN.
template <class Fold>
HWY_INLINE bool fold_range(const typename Fold::Key* elements, std::size_t first, std::size_t last,
                           std::size_t groups, std::size_t vectors, typename Fold::Key* maxima) {
  const typename Fold::D d;
  typename Fold::Watch watch;
  for (std::size_t v = first; v < last; ++v) {
    const auto best = fold_vector<Fold>(elements, v * kGroupsPerVector, groups, vectors, watch);
    hn::StoreU(best, d, maxima + v * hn::Lanes(d));
  }
  return watch.saw_nan();
}

// Folds all groups of `vectors` vectors each; returns how many vectors of maxima that makes.
template <class Fold>
std::size_t fold_groups(const typename Fold::Key* elements, std::size_t groups, std::size_t vectors,
                        typename Fold::Key* maxima) {
  const std::size_t count = (groups + kGroupsPerVector - 1) / kGroupsPerVector;
  for (std::size_t first = 0; first < count; first += kPairsBetweenLooks) {
    const std::size_t last = std::min(count, first + kPairsBetweenLooks);
    if (HWY_UNLIKELY(fold_range<Fold>(elements, first, last, groups, vectors, maxima))) {
      fold_range<typename Fold::Keys>(elements, first, last, groups, vectors, maxima);
    }
  }
  return count;
}

}  // namespace skim::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // SKIM_CPU_GROUP_FOLD_INL_H_
