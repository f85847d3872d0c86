// Rows shared out among threads; what each step makes of one.
//
// A step finds the bound behind the last token that it keeps; one pass over the row then writes.
#include "cpu/sampling_steps.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "cpu/nucleus_end.h"
#include "cpu/row_lengths.h"
#include "cpu/row_passes.h"
#include "cpu/row_selection.h"
#include "cpu/step_workspace.h"
#include "cpu/threads.h"
#include "cpu/tile_masses.h"
#include "cpu/weight_masses.h"
#include "order/float_of.h"
#include "random/philox.h"
#include "random/row_settings.h"

namespace skim::cpu {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();  // one for all NaN
constexpr float kInfinity = std::numeric_limits<float>::infinity();

bool has_none(float maximum) { return std::isnan(maximum) || maximum == -kInfinity; }

// The one that has fewer before it.
TokenBound tighter(const TokenBound& a, const TokenBound& b) {
  return b.has_before(a.value, a.index) ? a : b;
}

template <DType kDType>
class StepLaunch {
  using Element = typename KeyOrder<kDType>::Key;

  struct Row {
    const Element* elements;
    std::int64_t cols;  // that exist, at least one
    RowSettings settings;
    const SampleScratch& scratch;
  };

 public:
  explicit StepLaunch(const BoundStep& bound)
      : bound_(bound),
        problem_(bound.plan.problem),
        layout_(step_workspace_layout(bound.plan)),
        selector_(bound.plan.rows),
        masses_(mass_functions<kDType>(bound.plan.rows.simd)),
        passes_(row_passes<kDType>(bound.plan.rows.simd)) {}

  void run() const {
    parallel_for(bound_.plan.rows.threads, problem_.rows, [&](std::int64_t row, int worker) {
      auto* const workspace = static_cast<std::byte*>(bound_.buffers.workspace);
      run_row(row, sample_scratch(layout_, workspace, worker));
    });
  }

 private:
  void run_row(std::int64_t number, const SampleScratch& scratch) const {
    const StepInputs& inputs = bound_.buffers.inputs;
    const std::int64_t cols = row_length(inputs.row_lengths, number, problem_.cols);
    const auto* const elements =
        static_cast<const Element*>(inputs.rows.data) + number * problem_.row_stride;
    const Row row{elements, cols, settings_of(inputs.parameters, number, cols), scratch};
    switch (problem_.step) {
      case SamplingStep::softmax:
        return write_with(number, cols, 0.0F, [&](float* to) { softmax(row, to); });
      case SamplingStep::top_k_renorm_probs:
      case SamplingStep::top_p_renorm_probs:
        return write_with(number, cols, 0.0F, [&](float* to) { renormalise(row, to); });
      case SamplingStep::top_k_mask_logits:
      case SamplingStep::top_p_mask_logits:
        return write_with(number, cols, KeyOrder<kDType>::negative_infinity,
                          [&](Element* to) { mask(row, to); });
      case SamplingStep::sample_from_probs:
        return store_token(number, cols > 0 ? drawn(row) : -1);
    }
  }

  // The columns that exist by write(to), the others as `nothing`.
  template <class Value, class Write>
  void write_with(std::int64_t row, std::int64_t cols, Value nothing, const Write& write) const {
    const MutableTensorView& output = bound_.buffers.output;
    auto* const to = static_cast<Value*>(output.data) + row * output.row_stride;
    if (cols > 0) write(to);
    std::fill(to + cols, to + problem_.cols, nothing);
  }

  void store_token(std::int64_t row, std::int64_t token) const {
    const MutableTensorView& output = bound_.buffers.output;
    const std::int64_t at = row * output.row_stride;
    if (output.dtype == DType::i32) {
      static_cast<std::int32_t*>(output.data)[at] = static_cast<std::int32_t>(token);
    } else {
      static_cast<std::int64_t*>(output.data)[at] = token;
    }
  }

  // ---- logits ----

  void softmax(const Row& row, float* to) const {
    if (row.settings.greedy) return one_hot(row, to);
    const MassScale& scale = row.settings.scale;
    TileMasses<kDType> masses(masses_, row.elements, row.cols, scale, row.scratch);
    const float maximum = masses.maximum();
    if (masses.has_nan() || has_none(maximum)) {
      std::fill_n(to, row.cols, masses.has_nan() ? kNan : 0.0F);
      return;
    }
    const auto total = static_cast<double>(masses.total());
    const float reference = finite_reference(maximum);
    const auto share =
        static_cast<float>(static_cast<double>(std::uint64_t{1} << kMassBits) / total);
    passes_.write_softmax(row.elements, row.cols, weighty(maximum, scale, row.cols),
                          {reference, scale, share}, to);
  }

  // Beside +inf, others have no probability; a mass below 2^-120 has none either.
  static TokenBound weighty(float maximum, const MassScale& scale, std::int64_t cols) {
    if (maximum == kInfinity) return {kInfinity, cols};
    const float least = finite_reference(maximum) + scale.least;
    return {least, least == -kInfinity ? 0 : cols};
  }

  void one_hot(const Row& row, float* to) const {
    const TokenBound first = behind_best(row, 1);
    std::fill_n(to, row.cols, std::isnan(first.value) ? kNan : 0.0F);
    if (!has_none(first.value)) to[first.index - 1] = 1.0F;
  }

  void mask(const Row& row, Element* to) const {
    const TokenBound end =
        problem_.step == SamplingStep::top_k_mask_logits ? top_k_end(row) : nucleus_end_of(row);
    if (has_none(end.value)) {
      std::copy_n(row.elements, row.cols, to);
    } else {
      passes_.write_kept(row.elements, row.cols, end, to);
    }
  }

  // NaN or -inf: nothing is to be dropped.
  TokenBound nucleus_end_of(const Row& row) const {
    const RowSettings& settings = row.settings;
    if (settings.greedy) return behind_best(row, 1);
    constexpr TokenBound kAll{-kInfinity, 0};
    if (settings.top_p >= 1.0F) return kAll;
    TileMasses<kDType> masses(masses_, row.elements, row.cols, settings.scale, row.scratch);
    if (masses.has_nan() || has_none(masses.maximum())) return kAll;
    const std::uint64_t limit = nucleus_limit(masses.total(), settings.top_p);
    return nucleus_end(masses, row.cols, {masses.maximum(), 0},
                       least_logit(settings, masses.maximum()), limit);
  }

  TokenBound top_k_end(const Row& row) const {
    const std::int64_t top_k = row.settings.top_k;
    if (top_k == 0 || top_k == row.cols) return {-kInfinity, 0};
    return behind_best(row, top_k);
  }

  // Behind the k-th; where the first is NaN, a bound at NaN.
  TokenBound behind_best(const Row& row, std::int64_t k) const {
    const auto best = selector_.best(row.elements, row.cols, k, row.scratch.selection);
    const auto token_at = [&](std::int64_t rank) {
      return Packing<CandidateFor<Element>>::index(best[static_cast<std::size_t>(rank)]);
    };
    const auto value_of = [&](std::int64_t token) { return float_of<kDType>(row.elements[token]); };
    if (std::isnan(value_of(token_at(0)))) return {kNan, 0};
    const std::int64_t last = token_at(k - 1);
    return {value_of(last), last + 1};
  }

  // ---- probabilities ----

  void renormalise(const Row& row, float* to) const {
    WeightMasses<kDType> masses(passes_, row.elements, row.cols);
    if (!masses.has_any()) {
      std::fill_n(to, row.cols, masses.has_nan() ? kNan : 0.0F);
      return;
    }
    const TokenBound end = problem_.step == SamplingStep::top_k_renorm_probs
                               ? top_k_end(row)
                               : nucleus_of(masses, row);
    const TokenBound kept = tighter(end, masses.all());
    const double share = share_a_weight(masses.total_before(kept), masses.units());
    passes_.write_shares(row.elements, row.cols, kept, share, to);
  }

  static TokenBound nucleus_of(WeightMasses<kDType>& masses, const Row& row) {
    if (row.settings.top_p >= 1.0F) return masses.all();
    const std::uint64_t limit = nucleus_limit(masses.total(), row.settings.top_p);
    return nucleus_end(masses, row.cols, {masses.maximum(), 0}, masses.least(), limit);
  }

  std::int64_t drawn(const Row& row) const {
    WeightMasses<kDType> masses(passes_, row.elements, row.cols);
    if (!masses.has_any()) return -1;
    const RandomPair random = random_pair(row.settings.seed, row.settings.offset, 0);
    return masses.token_of(drawn_unit(random.first, masses.total()));
  }

  const BoundStep& bound_;
  const StepProblem& problem_;
  const SampleWorkspaceLayout layout_;
  const RowSelector<kDType> selector_;
  const MassFunctions<kDType> masses_;
  const RowPasses<kDType> passes_;
};

}  // namespace

void run_step(const BoundStep& bound) {
  switch (bound.plan.problem.dtype) {
    case DType::f16:
      return StepLaunch<DType::f16>(bound).run();
    case DType::bf16:
      return StepLaunch<DType::bf16>(bound).run();
    default:  // make_step_problem admits no other
      return StepLaunch<DType::f32>(bound).run();
  }
}

}  // namespace skim::cpu
