#include "sampling/verify_tokens.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "inputs/dispatch.h"
#include "inputs/number.h"

namespace skim::bench {
namespace {

// Of natural logarithms that were added up in float32.
double logprob_tolerance(double logprob) { return 2e-5 + 2e-6 * std::fabs(logprob); }

double logit_at(const Matrix& input, std::int64_t row, std::int64_t token) {
  return dispatch(input.dtype(), [&]<class T>() {
    const T* elements = static_cast<const T*>(input.data());
    return static_cast<double>(number_of(elements[row * input.cols() + token]));
  });
}

// One row of what a path left beside what may be drawn from it.
class DrawnRow {
 public:
  DrawnRow(const PathInfo& promises, const SamplingSettings& settings, const Matrix& input,
           const RowTruth& truth, const CaseOutputs& outputs, std::int64_t row)
      : promises_(promises),
        settings_(settings),
        truth_(truth),
        cols_(input.cols()),
        row_(row),
        token_(outputs.indices()[row]),
        logprob_(static_cast<double>(static_cast<const float*>(outputs.values().data())[row])) {
    if (token_ >= 0 && token_ < cols_) logit_ = logit_at(input, row, token_);
  }

  std::string find_error() const {
    if (!truth_.drawable) return find_drawn_from_nothing();
    if (token_ < 0 || token_ >= cols_) {
      return fmt::format("row {}: drew token {} outside 0..{}", row_, token_, cols_ - 1);
    }
    const std::string error = find_dropped();
    return error.empty() ? find_wrong_logprob() : error;
  }

 private:
  const Survivors& survivors() const {
    return promises_.has(SKIM_BENCH_KEEPS_TIES) ? truth_.survivors_with_ties : truth_.survivors;
  }

  bool any_tie() const { return promises_.has(SKIM_BENCH_TIES_ANY_ORDER | SKIM_BENCH_KEEPS_TIES); }

  std::string find_drawn_from_nothing() const {
    if (token_ == -1) return {};
    return fmt::format("row {}: drew token {} where nothing may be drawn", row_, token_);
  }

  std::string find_dropped() const {
    const Survivors& kept = survivors();
    if (logit_ > kept.last_logit) return {};
    if (logit_ == kept.last_logit && (any_tie() || token_ <= kept.last_token)) return {};
    return fmt::format(
        "row {}: drew token {} ({:.9g}), which filters drop; the last that they leave is {} "
        "({:.9g})",
        row_, token_, logit_, kept.last_token, kept.last_logit);
  }

  std::string find_wrong_logprob() const {
    if (settings_.logprobs == LogprobKind::none) return {};
    const double most = largest_logprob(), least = smallest_logprob();
    const double tolerance = logprob_tolerance(least);
    if (logprob_ >= least - tolerance && logprob_ <= most + tolerance) return {};
    return fmt::format("row {}: the log-probability of token {} is {:.7g}, expected {:.7g}", row_,
                       token_, logprob_, least);
  }

  // Smaller where the tolerance leaves more tokens.
  double smallest_logprob() const {
    if (settings_.logprobs == LogprobKind::raw) return above_maximum() - truth_.log_softmax_sum;
    return settings_.greedy() ? 0.0 : scaled() - survivors().most_log_mass;
  }
  double largest_logprob() const {
    if (settings_.logprobs == LogprobKind::raw || settings_.greedy()) return smallest_logprob();
    return scaled() - survivors().least_log_mass;
  }

  double above_maximum() const { return logit_ == truth_.maximum ? 0.0 : logit_ - truth_.maximum; }
  double scaled() const { return above_maximum() / static_cast<double>(settings_.temperature); }

  const PathInfo& promises_;
  const SamplingSettings& settings_;
  const RowTruth& truth_;
  std::int64_t cols_;
  std::int64_t row_;
  std::int64_t token_;
  double logit_ = std::numeric_limits<double>::quiet_NaN();
  double logprob_;
};

}  // namespace

std::string find_sampling_error(const PathInfo& promises, const SamplingSettings& settings,
                                const Matrix& input, const std::vector<RowTruth>& truths,
                                const CaseOutputs& outputs) {
  for (std::int64_t row = 0; row < input.rows(); ++row) {
    const RowTruth& truth = truths[static_cast<std::size_t>(row)];
    std::string error = DrawnRow(promises, settings, input, truth, outputs, row).find_error();
    if (!error.empty()) return error;
  }
  return {};
}

}  // namespace skim::bench
