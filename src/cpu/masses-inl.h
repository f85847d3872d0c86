// Per-target include: the functions of cpu/masses.h.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "cpu/fours-inl.h"
#include "cpu/logit_row-inl.h"
#include "cpu/masses.h"
#include "hwy/highway.h"

#if defined(SKIM_CPU_MASSES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SKIM_CPU_MASSES_INL_H_
#undef SKIM_CPU_MASSES_INL_H_
#else
#define SKIM_CPU_MASSES_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace skim::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// The tiles that begin at one vector, as the vectors of their quarters.
template <DType kDType, int kQuarters>
class TileGroup {
 public:
  // `first` is the first token of the first tile.
  HWY_INLINE TileGroup(const LogitRow<kDType>& row, std::int64_t first) : first_(first) {
    for (int j = 0; j < kQuarters; ++j) quarter_[j] = row.at(column(j));
  }

  HWY_INLINE Fours::Value maxima() const {
    Fours::Value best = quarter_[0];
    for (int j = 1; j < kQuarters; ++j) best = Fours::max(best, quarter_[j]);
    return Fours::max_of_four(best);
  }

  // select(masses, vector, its first column) leaves those that count. `kFinite`: no logit is +inf.
  template <bool kFinite, class Select>
  HWY_INLINE Fours::Value sums(Fours::Value maxima, const MassScale& scale,
                               const Select& select) const {
    const Fours::Value reference = Fours::finite(maxima);
    Fours::Value sum = Fours::set(0.0F);
    for (int j = 0; j < kQuarters; ++j) {
      const Fours::Value masses = kFinite ? Fours::finite_masses(quarter_[j], reference, scale)
                                          : Fours::relative_masses(quarter_[j], reference, scale);
      sum = Fours::add(sum, select(masses, quarter_[j], column(j)));
    }
    return Fours::sum_of_four(sum);
  }

  HWY_INLINE Fours::Value plain_sum() const {
    Fours::Value sum = quarter_[0];
    for (int j = 1; j < kQuarters; ++j) sum = Fours::add(sum, quarter_[j]);
    return sum;
  }

 private:
  HWY_INLINE std::int64_t column(int quarter) const {
    return first_ + quarter * kTileQuarterTokens;
  }

  Fours::Value quarter_[kQuarters];
  std::int64_t first_;
};

// action.operator()<quarters>(tile, first token) for each vector of tiles of one block.
template <int kQuarters, class Action>
HWY_INLINE void for_tile_groups_of(std::int64_t block, std::int64_t tokens, const Action& action) {
  const std::int64_t of_first_quarter = std::min(tokens, kTileQuarterTokens);
  for (std::int64_t at = 0; at < of_first_quarter;
       at += static_cast<std::int64_t>(Fours::lanes())) {
    action.template operator()<kQuarters>(tile_of(block + at), block + at);
  }
}

template <class Action>
HWY_INLINE void for_tile_groups(std::int64_t block, std::int64_t cols, const Action& action) {
  const std::int64_t tokens = std::min(cols - block, kTileBlockTokens);
  switch ((tokens + kTileQuarterTokens - 1) / kTileQuarterTokens) {
    case 1:
      return for_tile_groups_of<1>(block, tokens, action);
    case 2:
      return for_tile_groups_of<2>(block, tokens, action);
    case 3:
      return for_tile_groups_of<3>(block, tokens, action);
    default:
      return for_tile_groups_of<4>(block, tokens, action);
  }
}

// Tiles whose maximum is below this have the mass 0: 16 * 2^-45 is less than a unit.
inline float least_weighty(float row_maximum, const MassScale& scale) {
  return finite_reference(row_maximum) - static_cast<float>(kMassBits + 5) / scale.factor;
}

template <bool kFinite, DType kDType, class Select>
HWY_INLINE void sums_of_tiles(const LogitRow<kDType>& row, std::int64_t block,
                              const MassScale& scale, const float* maxima, float least,
                              const Select& select, float* sums) {
  for_tile_groups(
      block, row.cols(), [&]<int kQuarters>(std::int64_t tile, std::int64_t first) HWY_ATTR {
        const Fours::Value of_tiles = Fours::load_fours(maxima + tile);
        if (HWY_UNLIKELY(Fours::all_below(of_tiles, least))) {
          Fours::store_fours(Fours::set(0.0F), sums + tile);
          return;
        }
        const TileGroup<kDType, kQuarters> group(row, first);
        Fours::store_fours(group.template sums<kFinite>(of_tiles, scale, select), sums + tile);
      });
}

// The sums of a block's tiles that have a maximum of `least` and more, over what `select` leaves; 0
// of others. `greatest`: no logit of the block is above it.
template <DType kDType, class Select>
HWY_INLINE void sums_of_tiles(const LogitRow<kDType>& row, std::int64_t block,
                              const MassScale& scale, const float* maxima, float greatest,
                              float least, const Select& select, float* sums) {
  if (HWY_LIKELY(greatest <= std::numeric_limits<float>::max())) {
    sums_of_tiles<true>(row, block, scale, maxima, least, select, sums);
  } else {
    sums_of_tiles<false>(row, block, scale, maxima, least, select, sums);
  }
}

// Block by block, which the first caches hold: maxima, then sums, because in one pass a sum would
// wait for its maximum longer than loading twice takes. While sums keep the processor busy, the
// next block is on its way. Tiles that are too light beside the blocks so far are too light beside
// all.
template <DType kDType>
RowFold fold(const typename KeyOrder<kDType>::Key* elements, std::int64_t cols,
             const MassScale& scale, float* maxima, float* sums) {
  const LogitRow<kDType> row(elements, cols);
  const auto all = [&](Fours::Value masses, Fours::Value, std::int64_t column) HWY_ATTR {
    row.prefetch(column + kTileBlockTokens);
    return masses;
  };
  Fours::Value greatest = Fours::set(kNoLogit);
  Fours::Value plain_sum = Fours::set(0.0F);  // shows a NaN at an addition a vector
  float maximum = kNoLogit;
  for (std::int64_t block = 0; block < cols; block += kTileBlockTokens) {
    for_tile_groups(block, cols,
                    [&]<int kQuarters>(std::int64_t tile, std::int64_t first) HWY_ATTR {
                      const TileGroup<kDType, kQuarters> group(row, first);
                      const Fours::Value best = group.maxima();
                      plain_sum = Fours::add(plain_sum, group.plain_sum());
                      greatest = Fours::max(greatest, best);
                      Fours::store_fours(best, maxima + tile);
                    });
    maximum = Fours::greatest(greatest);
    if (sums == nullptr) continue;
    sums_of_tiles(row, block, scale, maxima, maximum, least_weighty(maximum, scale), all, sums);
  }
  return {maximum, Fours::any_nan(plain_sum) && has_nan(row)};
}

template <DType kDType>
void sums_before(const typename KeyOrder<kDType>::Key* elements, std::int64_t cols,
                 const MassScale& scale, const float* maxima, float row_maximum,
                 const TokenBound& bound, float* sums) {
  constexpr std::int64_t kMostLanes = Fours::kMostLanes;
  const auto before = [&](Fours::Value masses, Fours::Value x, std::int64_t column) HWY_ATTR {
    const auto equal_lanes =
        static_cast<std::int32_t>(std::clamp<std::int64_t>(bound.index - column, 0, kMostLanes));
    return Fours::where_before(x, bound.value, equal_lanes, masses);
  };
  const LogitRow<kDType> row(elements, cols);
  const float least = std::max(bound.value, least_weighty(row_maximum, scale));
  for (std::int64_t block = 0; block < cols; block += kTileBlockTokens) {
    sums_of_tiles(row, block, scale, maxima, row_maximum, least, before, sums);
  }
}

// floor(2^40 * mass) of vectors of half as many lanes.
template <class D64, class V32>
HWY_INLINE hn::Vec<hn::RebindToUnsigned<D64>> fixed_masses(D64 d64, V32 masses) {
  constexpr double kUnit = static_cast<double>(std::uint64_t{1} << kMassBits);
  return floor_to_integers(d64, hn::Mul(hn::PromoteTo(d64, masses), hn::Set(d64, kUnit)));
}

inline std::uint64_t masses(const float* maxima, const float* sums, std::int64_t count,
                            float row_maximum, const MassScale& scale, std::uint64_t* results) {
  const hn::ScalableTag<double> d64;
  const hn::Rebind<float, decltype(d64)> d32;
  const hn::RebindToUnsigned<decltype(d64)> bits;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d64));
  const auto factor = hn::Set(d32, scale.factor);
  const auto least = hn::Set(d32, scale.least);
  const auto reference = hn::Set(d32, finite_reference(row_maximum));
  const auto store = [&](std::int64_t i) HWY_ATTR {
    const auto relative = relative_mass(MassOps<decltype(d32)>(), hn::LoadU(d32, maxima + i),
                                        reference, factor, least);
    const auto whole = sums == nullptr ? relative : hn::Mul(hn::LoadU(d32, sums + i), relative);
    const auto fixed = fixed_masses(d64, whole);
    hn::StoreU(fixed, bits, results + i);
    return fixed;
  };
  std::uint64_t total = 0;
  std::int64_t i = 0;
  auto of_lanes = hn::Zero(bits);
  for (; i + lanes <= count; i += lanes) of_lanes = hn::Add(of_lanes, store(i));
  if (i < count) store(i);  // what is behind the last counts for nothing
  for (; i < count; ++i) total += results[i];
  // The total may be 2^63, for which x86's own sum of lanes is signed.
  HWY_ALIGN std::uint64_t totals[hn::MaxLanes(bits)];
  hn::Store(of_lanes, bits, totals);
  for (std::int64_t lane = 0; lane < lanes; ++lane) total += totals[lane];
  return total;
}

template <DType kDType>
void to_float(const typename KeyOrder<kDType>::Key* elements, std::int64_t cols, float* to) {
  const LogitRow<kDType> row(elements, cols);
  for (std::int64_t at = 0; at < cols; at += static_cast<std::int64_t>(Fours::lanes())) {
    Fours::store(row.at(at), to + at);
  }
}

}  // namespace skim::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // SKIM_CPU_MASSES_INL_H_
