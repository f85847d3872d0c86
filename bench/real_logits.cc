#include "real_logits.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>

#include "inputs/dispatch.h"
#include "inputs/element_bits.h"
#include "inputs/number.h"
#include "shipped_files.h"

namespace skim::bench {
namespace {

// Token ids go by how common the token is: the last eighth of a row are its rarest.
std::int64_t first_rare_column(const Matrix& logits) {
  return logits.cols() - (logits.cols() + 7) / 8;
}

// The stored rows other than `own`, in turn.
std::int64_t other_row(const Matrix& logits, std::int64_t own, std::int64_t turn) {
  const std::int64_t others = std::max<std::int64_t>(logits.rows() - 1, 1);
  return (own + 1 + turn % others) % logits.rows();
}

template <class T>
class RealRow {
 public:
  RealRow(const Matrix& logits, std::int64_t number)
      : logits_(logits), rare_(first_rare_column(logits)), own_(number % logits.rows()) {
    // The second time that a row comes, its rare logits are another's.
    const std::int64_t lap = number / logits.rows();
    turn_ = std::max<std::int64_t>(lap - 1, 0);
    end_ = lap == 0 ? logits.cols() : rare_;
  }

  double next() {
    if (column_ == end_) next_piece();
    if (in_own_) return number_at(own_, column_++);
    const double moved = (number_at(piece_, column_++) - piece_level_.mean) * scale_;
    return as_stored(moved + own_level_.mean);
  }

 private:
  // Of the rarest logits of a row. Rows differ in both, and the rare logits of a row with a high
  // level would be above the common ones of another.
  struct Level {
    double mean = 0;
    double deviation = 0;
  };

  double number_at(std::int64_t row, std::int64_t column) const {
    const auto* logits = static_cast<const T*>(logits_.data());
    return static_cast<double>(number_of(logits[row * logits_.cols() + column]));
  }

  Level level_of(std::int64_t row) const {
    double count = 0;
    Level level;
    over_finite(row, [&](double logit) {
      count += 1;
      level.mean += (logit - level.mean) / count;
    });
    double squares = 0;
    over_finite(row, [&](double logit) { squares += (logit - level.mean) * (logit - level.mean); });
    level.deviation = std::sqrt(squares / std::max(count, 1.0));
    return level;
  }

  template <class Look>
  void over_finite(std::int64_t row, const Look& look) const {
    for (std::int64_t column = rare_; column < logits_.cols(); ++column) {
      const double logit = number_at(row, column);
      if (std::isfinite(logit)) look(logit);
    }
  }

  void next_piece() {
    if (in_own_) own_level_ = level_of(own_);
    in_own_ = false;
    piece_ = other_row(logits_, own_, turn_++);
    piece_level_ = level_of(piece_);
    const bool both = own_level_.deviation > 0 && piece_level_.deviation > 0;
    scale_ = both ? own_level_.deviation / piece_level_.deviation : 1;
    column_ = rare_;
    end_ = logits_.cols();
  }

  // With no more digits than the logits that were not moved.
  static double as_stored(double number) {
    return static_cast<double>(number_of(std::bit_cast<T>(bits_from<T>(number))));
  }

  const Matrix& logits_;
  std::int64_t rare_;
  std::int64_t own_;
  std::int64_t turn_ = 0;
  std::int64_t end_ = 0;
  bool in_own_ = true;
  std::int64_t column_ = 0;
  Level own_level_;
  std::int64_t piece_ = 0;
  Level piece_level_;
  double scale_ = 1;
};

}  // namespace

Matrix load_real_logits(const std::string& given) {
  const std::string path = given.empty() ? find_shipped("data/smollm2_logits_f16.npy",
                                                        "The file of real logits is", "--data")
                                         : given;
  Matrix logits = load_npy(path);
  if (logits.rows() == 0 || logits.cols() == 0) {
    throw std::runtime_error(
        fmt::format("'{}' holds {} x {} logits, but it takes at least one row "
                    "and one column",
                    path, logits.rows(), logits.cols()));
  }
  return logits;
}

void fill_real_row(Matrix& matrix, std::int64_t row, const Matrix& logits, std::int64_t number) {
  dispatch(logits.dtype(), [&]<class From>() {
    RealRow<From> real(logits, number);
    dispatch(matrix.dtype(), [&]<class To>() {
      auto* to = static_cast<BitsOf<To>*>(matrix.data()) + row * matrix.cols();
      for (std::int64_t i = 0; i < matrix.cols(); ++i) to[i] = bits_from<To>(real.next());
    });
  });
}

std::string describe_real_rows(const Case& bench_case, const Matrix& logits) {
  std::string text = fmt::format("{} stored rows of {} logits", logits.rows(), logits.cols());
  if (bench_case.cols < logits.cols()) {
    text += fmt::format(", their first {} columns", bench_case.cols);
  } else if (bench_case.cols > logits.cols()) {
    text +=
        fmt::format(", made longer by the columns from {} on of other rows, brought to their level",
                    first_rare_column(logits));
  }
  if (bench_case.dtype != logits.dtype()) {
    text += fmt::format(", converted from {} to {}", name_of(logits.dtype()),
                        name_of(bench_case.dtype));
  }
  return text;
}

}  // namespace skim::bench
