#include "verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "inputs/dispatch.h"
#include "inputs/number.h"

namespace skim::bench {
namespace {

// Wide enough for every dtype's values, int64 included, on x86-64 and 64-bit Arm.
using Number = long double;

Number number_at(DType dtype, const void* data, std::int64_t at) {
  return dispatch(dtype,
                  [&]<class T>() -> Number { return number_of(static_cast<const T*>(data)[at]); });
}

bool greater(Number a, Number b) { return std::isnan(a) ? !std::isnan(b) : a > b; }
bool equal(Number a, Number b) { return a == b || (std::isnan(a) && std::isnan(b)); }
bool close(Number a, Number b, double relative_error) {
  if (equal(a, b)) return true;
  return std::isfinite(a) && std::isfinite(b) &&
         std::abs(a - b) <= static_cast<Number>(relative_error) * std::abs(b);
}

struct Entry {
  Number value;
  std::int64_t index;
};

// One row of the output beside the input's row and the oracle's.
class RowCheck {
 public:
  RowCheck(const PathInfo& promises, const Matrix& input, const Truth& truth,
           const CaseOutputs& outputs, std::int64_t row)
      : promises_(promises),
        dtype_(input.dtype()),
        cols_(input.cols()),
        k_(outputs.values().cols()),
        row_(row),
        elements_(at(input.data(), row * input.cols())),
        values_(at(outputs.values().data(), row * k_)),
        indices_(outputs.indices() + row * k_),
        true_values_(at(truth.values.data(), row * truth.k)),
        true_indices_(truth.indices.data() + row * truth.k) {}

  bool identical() const {
    const auto k = static_cast<std::size_t>(k_);
    return std::memcmp(values_, true_values_, k * size_of(dtype_)) == 0 &&
           std::memcmp(indices_, true_indices_, k * sizeof(std::int64_t)) == 0;
  }

  std::string find_error() const {
    std::string error = find_wrong_entry();
    if (error.empty()) error = find_wrong_rank();
    if (error.empty()) error = find_duplicate();
    return error;
  }

 private:
  const std::byte* at(const void* data, std::int64_t element) const {
    return static_cast<const std::byte*>(data) +
           static_cast<std::size_t>(element) * size_of(dtype_);
  }

  double error_bound() const {
    return promises_.has(SKIM_BENCH_INEXACT) ? promises_.relative_error : 0;
  }

  // An index outside the row, or a value that is not the input's element at its index.
  std::string find_wrong_entry() const {
    for (std::int64_t rank = 0; rank < k_; ++rank) {
      const std::int64_t index = indices_[rank];
      if (index < 0 || index >= cols_) {
        return fmt::format("{}: got index {} outside 0..{}", place(rank), index, cols_ - 1);
      }
      if (std::memcmp(at(values_, rank), at(elements_, index), size_of(dtype_)) == 0) continue;
      const Number got = number_at(dtype_, values_, rank);
      const Number there = number_at(dtype_, elements_, index);
      if (promises_.has(SKIM_BENCH_INEXACT) && close(got, there, error_bound())) continue;
      return fmt::format("{}: got value {} with index {}, where the input holds {}", place(rank),
                         text(got), index, equal(got, there) ? "other bits" : text(there));
    }
    return {};
  }

  std::string find_wrong_rank() const {
    const std::vector<Entry> entries = entries_in_order();
    const bool any_tie = promises_.has(SKIM_BENCH_TIES_ANY_ORDER | SKIM_BENCH_INEXACT);
    for (std::int64_t rank = 0; rank < k_; ++rank) {
      const Entry& got = entries[static_cast<std::size_t>(rank)];
      const Entry expected = {number_at(dtype_, true_values_, rank), true_indices_[rank]};
      const bool right = close(got.value, expected.value, error_bound()) &&
                         (any_tie || got.index == expected.index);
      if (right) continue;
      return fmt::format("{}: got index {} ({}), expected {} ({})", place(rank), got.index,
                         text(got.value), expected.index, text(expected.value));
    }
    return {};
  }

  std::string find_duplicate() const {
    std::vector<std::int64_t> sorted(indices_, indices_ + k_);
    std::sort(sorted.begin(), sorted.end());
    const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
    if (twice == sorted.end()) return {};
    return fmt::format("row {}: got index {} twice", row_, *twice);
  }

  // As the path gave them, or best first where it promises no order.
  std::vector<Entry> entries_in_order() const {
    std::vector<Entry> entries;
    for (std::int64_t rank = 0; rank < k_; ++rank) {
      entries.push_back({number_at(dtype_, values_, rank), indices_[rank]});
    }
    if (promises_.has(SKIM_BENCH_UNSORTED)) {
      std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
        return greater(a.value, b.value) || (equal(a.value, b.value) && a.index < b.index);
      });
    }
    return entries;
  }

  std::string place(std::int64_t rank) const { return fmt::format("row {} rank {}", row_, rank); }
  static std::string text(Number value) {
    return fmt::format("{:.9g}", static_cast<double>(value));
  }

  const PathInfo& promises_;
  DType dtype_;
  std::int64_t cols_;
  std::int64_t k_;
  std::int64_t row_;
  const std::byte* elements_;
  const std::byte* values_;
  const std::int64_t* indices_;
  const std::byte* true_values_;
  const std::int64_t* true_indices_;
};

std::string error_of(const PathInfo& promises, const Matrix& input, const Truth& truth,
                     const CaseOutputs& outputs, std::int64_t row) {
  const RowCheck check(promises, input, truth, outputs, row);
  return check.identical() ? std::string() : check.find_error();
}

}  // namespace

std::string find_error(const PathInfo& promises, const Matrix& input, const Truth& truth,
                       const CaseOutputs& outputs, bool on_all_processors) {
  const auto error_in = [&](std::int64_t row) {
    return error_of(promises, input, truth, outputs, row);
  };
  std::int64_t first_wrong = input.rows();
#pragma omp parallel for reduction(min : first_wrong) if (on_all_processors)
  for (std::int64_t row = 0; row < input.rows(); ++row) {
    if (!error_in(row).empty()) first_wrong = std::min(first_wrong, row);
  }
  return first_wrong == input.rows() ? std::string() : error_in(first_wrong);
}

std::vector<std::int64_t> wrong_rows(const PathInfo& promises, const Matrix& input,
                                     const Truth& truth, const CaseOutputs& outputs) {
  std::vector<std::int64_t> wrong;
  for (std::int64_t row = 0; row < input.rows(); ++row) {
    if (!error_of(promises, input, truth, outputs, row).empty()) wrong.push_back(row);
  }
  return wrong;
}

}  // namespace skim::bench
