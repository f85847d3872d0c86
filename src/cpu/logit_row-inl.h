// Per-target include: the elements of a row as vectors of floats.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "cpu/fours-inl.h"
#include "hwy/cache_control.h"
#include "hwy/highway.h"
#include "order/key_order.h"

#if defined(SKIM_CPU_LOGIT_ROW_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SKIM_CPU_LOGIT_ROW_INL_H_
#undef SKIM_CPU_LOGIT_ROW_INL_H_
#else
#define SKIM_CPU_LOGIT_ROW_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace skim::cpu::HWY_NAMESPACE {

constexpr float kNoLogit = -std::numeric_limits<float>::infinity();

template <DType kDType>
using FloatOf =
    std::conditional_t<kDType == DType::f32, float,
                       std::conditional_t<kDType == DType::f16, hwy::float16_t, hwy::bfloat16_t>>;

// A row of logits as vectors of floats, -inf past its end.
template <DType kDType>
class LogitRow {
 public:
  using Element = typename KeyOrder<kDType>::Key;

  LogitRow(const Element* elements, std::int64_t cols) : elements_(elements), cols_(cols) {}

  std::int64_t cols() const { return cols_; }

  HWY_INLINE Fours::Value at(std::int64_t column) const {
    const auto lanes = static_cast<std::int64_t>(Fours::lanes());
    if (column + lanes <= cols_) return load(elements_ + column);
    return column < cols_ ? end_at(column) : Fours::set(kNoLogit);
  }

  HWY_INLINE void prefetch(std::int64_t column) const {
    if (column < cols_) hwy::Prefetch(elements_ + column);
  }

 private:
  static HWY_INLINE Fours::Value load(const Element* from) {
    return Fours::load(reinterpret_cast<const FloatOf<kDType>*>(from));
  }

  HWY_NOINLINE Fours::Value end_at(std::int64_t column) const {
    Element end[Fours::kMostLanes];
    std::fill(end, end + Fours::kMostLanes, KeyOrder<kDType>::negative_infinity);
    std::copy(elements_ + column, elements_ + cols_, end);
    FloatOf<kDType> numbers[Fours::kMostLanes];
    std::memcpy(numbers, end, sizeof end);
    return Fours::load(numbers);
  }

  const Element* elements_;
  std::int64_t cols_;
};

// Asked where a sum is NaN, which it also is of both infinities.
template <DType kDType>
bool has_nan(const LogitRow<kDType>& row) {
  const auto lanes = static_cast<std::int64_t>(Fours::lanes());
  for (std::int64_t at = 0; at < row.cols(); at += lanes) {
    if (Fours::any_nan(row.at(at))) return true;
  }
  return false;
}

}  // namespace skim::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // SKIM_CPU_LOGIT_ROW_INL_H_
