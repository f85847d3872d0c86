// Per-target include: find_between of cpu/masses.h.
#include <algorithm>
#include <cstdint>
#include <limits>

#include "cpu/fours-inl.h"
#include "cpu/logit_row-inl.h"
#include "cpu/masses.h"
#include "hwy/highway.h"

#if defined(SKIM_CPU_FIND_BETWEEN_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SKIM_CPU_FIND_BETWEEN_INL_H_
#undef SKIM_CPU_FIND_BETWEEN_INL_H_
#else
#define SKIM_CPU_FIND_BETWEEN_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace skim::cpu::HWY_NAMESPACE {

// Chooses among the tokens of a vector those between two bounds.
struct Between {
  HWY_INLINE Between(const TokenBound& from, const TokenBound& to) : from_(from), to_(to) {}

  HWY_INLINE Fours::Value choose(Fours::Value x, std::int64_t column, Fours::Value chosen,
                                 Fours::Value others) const {
    const Fours::Value before =
        Fours::where_before(x, to_.value, equal_lanes(to_, column), chosen, others);
    return Fours::where_before(x, from_.value, equal_lanes(from_, column), others, before);
  }

 private:
  static HWY_INLINE std::int32_t equal_lanes(const TokenBound& bound, std::int64_t column) {
    constexpr std::int64_t kMostLanes = Fours::kMostLanes;
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(bound.index - column, 0, kMostLanes));
  }

  const TokenBound& from_;
  const TokenBound& to_;
};

HWY_NOINLINE inline void list_marked(Fours::Value marks, std::int64_t column, TokensBetween& found,
                                     std::int64_t& listed) {
  HWY_ALIGN float lanes[Fours::kMostLanes];
  Fours::store(marks, lanes);
  for (std::size_t i = 0; i < Fours::lanes() && listed < TokensBetween::kMostListed; ++i) {
    if (lanes[i] != 0.0F) found.tokens[listed++] = column + static_cast<std::int64_t>(i);
  }
}

template <DType kDType>
void find_between(const typename KeyOrder<kDType>::Key* elements, std::int64_t cols,
                  const TokenBound& from, const TokenBound& to, TokensBetween& found) {
  const LogitRow<kDType> row(elements, cols);
  const Between between(from, to);
  const Fours::Value none = Fours::set(0.0F);
  const Fours::Value one = Fours::set(1.0F);
  const Fours::Value least = Fours::set(kNoLogit);
  Fours::Value counts = none;  // at most 2^23 a lane, which floats count exactly
  Fours::Value greatest = least;
  Fours::Value greatest_opposite = least;
  std::int64_t listed = 0;
  for (std::int64_t at = 0; at < cols; at += static_cast<std::int64_t>(Fours::lanes())) {
    const Fours::Value x = row.at(at);
    const Fours::Value marks = between.choose(x, at, one, none);
    if (Fours::all_below(marks, 0.5F)) continue;
    if (listed < TokensBetween::kMostListed) list_marked(marks, at, found, listed);
    counts = Fours::add(counts, marks);
    const Fours::Value opposite = Fours::multiply(x, Fours::set(-1.0F));
    greatest = Fours::max(greatest, between.choose(x, at, x, least));
    greatest_opposite = Fours::max(greatest_opposite, between.choose(x, at, opposite, least));
  }
  HWY_ALIGN float of_lanes[Fours::kMostLanes];
  Fours::store(counts, of_lanes);
  found.count = 0;
  for (std::size_t i = 0; i < Fours::lanes(); ++i) {
    found.count += static_cast<std::int64_t>(of_lanes[i]);
  }
  found.greatest = Fours::greatest(greatest);
  found.least = -Fours::greatest(greatest_opposite);
}

}  // namespace skim::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // SKIM_CPU_FIND_BETWEEN_INL_H_
