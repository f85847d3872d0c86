// Per-target include: the functions of cpu/row_passes.h. A row goes by in parts that stay in the
// first cache, as floats in memory: what vectors of floats leave there, vectors of half as many
// doubles take up.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "cpu/fours-inl.h"
#include "cpu/logit_row-inl.h"
#include "cpu/mass_ops-inl.h"
#include "cpu/row_passes.h"
#include "hwy/highway.h"
#include "random/mass.h"

#if defined(SKIM_CPU_ROW_PASSES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SKIM_CPU_ROW_PASSES_INL_H_
#undef SKIM_CPU_ROW_PASSES_INL_H_
#else
#define SKIM_CPU_ROW_PASSES_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace skim::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

constexpr std::int64_t kPartTokens = 256;  // whole vectors on every target

// action(part, first column, columns) for each part of row[from, to), where value_of(x) stands for
// the tokens that count and 0 for others.
template <DType kDType, class ValueOf, class Action>
HWY_INLINE void for_parts(const typename KeyOrder<kDType>::Key* elements, std::int64_t from,
                          std::int64_t to, const TokenBound& bound, const ValueOf& value_of,
                          const Action& action) {
  constexpr std::int64_t kMostLanes = Fours::kMostLanes;
  const auto lanes = static_cast<std::int64_t>(Fours::lanes());
  const LogitRow<kDType> row(elements, to);
  HWY_ALIGN float part[kPartTokens];
  for (std::int64_t first = from; first < to; first += kPartTokens) {
    for (std::int64_t at = 0; at < kPartTokens; at += lanes) {
      const Fours::Value x = row.at(first + at);
      const auto equal_lanes = static_cast<std::int32_t>(
          std::clamp<std::int64_t>(bound.index - (first + at), 0, kMostLanes));
      Fours::store(Fours::where_before(x, bound.value, equal_lanes, value_of(x)), part + at);
    }
    action(part, first, std::min(to - first, kPartTokens));
  }
}

template <DType kDType>
RowFold fold_row(const typename KeyOrder<kDType>::Key* elements, std::int64_t cols) {
  const LogitRow<kDType> row(elements, cols);
  Fours::Value greatest = Fours::set(kNoLogit);
  Fours::Value sum = Fours::set(0.0F);  // shows a NaN at an addition a vector
  for (std::int64_t at = 0; at < cols; at += static_cast<std::int64_t>(Fours::lanes())) {
    const Fours::Value x = row.at(at);
    greatest = Fours::max(greatest, x);
    sum = Fours::add(sum, x);
  }
  return {Fours::greatest(greatest), Fours::any_nan(sum) && has_nan(row)};
}

// Weights as finite doubles of 0 and more.
template <class D64>
HWY_INLINE hn::Vec<D64> weights(D64 d64, const float* from) {
  const hn::Rebind<float, D64> d32;
  const auto most = hn::Set(d32, std::numeric_limits<float>::max());
  const auto x = hn::Min(hn::Max(hn::LoadU(d32, from), hn::Zero(d32)), most);
  return hn::PromoteTo(d64, x);
}

inline std::uint64_t weigh_part(const float* part, double units) {
  const hn::ScalableTag<double> d64;
  const hn::RebindToUnsigned<decltype(d64)> integers;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d64));
  auto sums = hn::Zero(integers);
  for (std::int64_t i = 0; i < kPartTokens; i += lanes) {
    const auto masses = hn::Mul(weights(d64, part + i), hn::Set(d64, units));
    sums = hn::Add(sums, floor_to_integers(d64, masses));
  }
  HWY_ALIGN std::uint64_t of_lanes[hn::MaxLanes(integers)];
  hn::Store(sums, integers, of_lanes);
  std::uint64_t total = 0;
  for (std::int64_t i = 0; i < lanes; ++i) total += of_lanes[i];
  return total;
}

template <DType kDType>
std::uint64_t weigh(const typename KeyOrder<kDType>::Key* row, std::int64_t from, std::int64_t to,
                    const TokenBound& bound, double units) {
  std::uint64_t total = 0;
  const auto weight = [](Fours::Value x) HWY_ATTR { return x; };
  for_parts<kDType>(row, from, to, bound, weight,
                    [&](const float* part, std::int64_t, std::int64_t)
                        HWY_ATTR { total += weigh_part(part, units); });
  return total;
}

inline void multiply_part(float* part, double share) {
  const hn::ScalableTag<double> d64;
  const hn::Rebind<float, decltype(d64)> d32;
  for (std::int64_t i = 0; i < kPartTokens; i += static_cast<std::int64_t>(hn::Lanes(d64))) {
    const auto shares = hn::Mul(weights(d64, part + i), hn::Set(d64, share));
    hn::StoreU(hn::DemoteTo(d32, shares), d32, part + i);
  }
}

template <DType kDType>
void write_shares(const typename KeyOrder<kDType>::Key* row, std::int64_t cols,
                  const TokenBound& bound, double share, float* to) {
  const auto weight = [](Fours::Value x) HWY_ATTR { return x; };
  for_parts<kDType>(row, 0, cols, bound, weight,
                    [&](float* part, std::int64_t first, std::int64_t count) HWY_ATTR {
                      multiply_part(part, share);
                      std::copy_n(part, count, to + first);
                    });
}

template <DType kDType>
void write_softmax(const typename KeyOrder<kDType>::Key* row, std::int64_t cols,
                   const TokenBound& bound, const SoftmaxTerms& terms, float* to) {
  const auto probability = [&](Fours::Value x) HWY_ATTR {
    const Fours::Value reference = Fours::set(terms.reference);
    return Fours::multiply(Fours::relative_masses(x, reference, terms.scale),
                           Fours::set(terms.share));
  };
  for_parts<kDType>(row, 0, cols, bound, probability,
                    [&](const float* part, std::int64_t first, std::int64_t count)
                        HWY_ATTR { std::copy_n(part, count, to + first); });
}

template <DType kDType>
void write_kept(const typename KeyOrder<kDType>::Key* row, std::int64_t cols,
                const TokenBound& bound, typename KeyOrder<kDType>::Key* to) {
  const auto mark = [](Fours::Value) HWY_ATTR { return Fours::set(1.0F); };
  for_parts<kDType>(row, 0, cols, bound, mark,
                    [&](const float* marks, std::int64_t first, std::int64_t count) HWY_ATTR {
                      for (std::int64_t i = 0; i < count; ++i) {
                        constexpr auto kNothing = KeyOrder<kDType>::negative_infinity;
                        to[first + i] = marks[i] != 0.0F ? row[first + i] : kNothing;
                      }
                    });
}

}  // namespace skim::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // SKIM_CPU_ROW_PASSES_INL_H_
