// Rows shared out among threads; for each its logits as they count, a token, and what else was
// asked about it.
#include "cpu/sample.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "cpu/allowed_row.h"
#include "cpu/row_draw.h"
#include "cpu/row_lengths.h"
#include "cpu/row_logprobs.h"
#include "cpu/threads.h"

namespace skim::cpu {
namespace {

template <class T>
void store_token(const MutableTensorView& to, std::int64_t row, std::int64_t column,
                 std::int64_t token) {
  static_cast<T*>(to.data)[row * to.row_stride + column] = static_cast<T>(token);
}

void store_token(const MutableTensorView& to, std::int64_t row, std::int64_t column,
                 std::int64_t token) {
  if (to.dtype == DType::i32) {
    store_token<std::int32_t>(to, row, column, token);
  } else {
    store_token<std::int64_t>(to, row, column, token);
  }
}

void store_logprob(const MutableTensorView& to, std::int64_t row, std::int64_t column,
                   float logprob) {
  static_cast<float*>(to.data)[row * to.row_stride + column] = logprob;
}

// `kDType` is of the rows as they are looked at: float32 where they are copies.
template <DType kDType>
class SampleLaunch {
  using Element = typename KeyOrder<kDType>::Key;

 public:
  explicit SampleLaunch(const BoundSample& bound)
      : bound_(bound),
        problem_(bound.plan.problem),
        layout_(sample_workspace_layout(bound.plan)),
        selector_(bound.plan),
        functions_(mass_functions<kDType>(bound.plan.simd)) {}

  void run() const {
    parallel_for(bound_.plan.threads, problem_.rows, [&](std::int64_t row, int worker) {
      auto* const workspace = static_cast<std::byte*>(bound_.buffers.workspace);
      run_row(row, sample_scratch(layout_, workspace, worker));
    });
  }

 private:
  void run_row(std::int64_t row, const SampleScratch& scratch) const {
    const SampleInputs& inputs = bound_.buffers.inputs;
    const std::int64_t cols = row_length(inputs.row_lengths, row, problem_.cols);
    const RowSettings settings = settings_of(inputs.parameters, row, cols);
    const AllowedRow<kDType> logits(bound_, row, cols, scratch);
    Drawn drawn;
    if (cols > 0) {
      const RowDraw<kDType> draw(selector_, functions_, problem_.order, scratch);
      drawn = draw.draw(logits.processed(), cols, settings, processed());
    }
    const SampleOutputs& outputs = bound_.buffers.outputs;
    store_token(outputs.tokens, row, 0, drawn.token);
    if (problem_.logprobs == LogprobKind::none) return;
    if (drawn.token < 0) return store_nothing(row, drawn);
    if (processed()) {
      store(row, ProcessedLogprobs<kDType>(functions_, logits.processed(), settings, drawn), drawn,
            logits.processed(), cols, scratch);
    } else {
      const bool same = logits.raw() == logits.processed() && at_temperature_of_raw(settings);
      store(row,
            RawLogprobs<kDType>(functions_, logits.raw(), cols, scratch, same ? &drawn : nullptr),
            drawn, logits.raw(), cols, scratch);
    }
  }

  static bool at_temperature_of_raw(const RowSettings& settings) {
    return settings.scale.factor == mass_scale(1.0F).factor;
  }

  bool processed() const { return problem_.logprobs == LogprobKind::processed; }

  template <class Logprobs>
  void store(std::int64_t row, const Logprobs& logprobs, const Drawn& drawn,
             const Element* elements, std::int64_t cols, const SampleScratch& scratch) const {
    store_logprob(*bound_.buffers.outputs.logprobs, row, 0, logprobs.of(drawn.token));
    const std::int64_t listed = std::min(problem_.top_logprobs, cols);
    if (listed > 0) {
      const auto best = selector_.best(elements, cols, listed, scratch.selection);
      for (std::int64_t i = 0; i < listed; ++i) {
        const std::int64_t token =
            Packing<CandidateFor<Element>>::index(best[static_cast<std::size_t>(i)]);
        store_listed(row, i, token, logprobs.of(token));
      }
    }
    fill_list(row, listed);
  }

  void store_nothing(std::int64_t row, const Drawn& drawn) const {
    constexpr float kNan = std::numeric_limits<float>::quiet_NaN();  // one for all NaN
    store_logprob(*bound_.buffers.outputs.logprobs, row, 0,
                  std::isnan(drawn.maximum) ? kNan : drawn.maximum);
    fill_list(row, 0);
  }

  void store_listed(std::int64_t row, std::int64_t i, std::int64_t token, float logprob) const {
    store_token(*bound_.buffers.outputs.top_tokens, row, i, token);
    store_logprob(*bound_.buffers.outputs.top_logprobs, row, i, logprob);
  }

  void fill_list(std::int64_t row, std::int64_t from) const {
    for (std::int64_t i = from; i < problem_.top_logprobs; ++i) {
      store_listed(row, i, -1, -std::numeric_limits<float>::infinity());
    }
  }

  const BoundSample& bound_;
  const SampleProblem& problem_;
  const SampleWorkspaceLayout layout_;
  const RowSelector<kDType> selector_;
  const MassFunctions<kDType> functions_;
};

}  // namespace

void run_sample(const BoundSample& bound) {
  switch (dtype_of_rows(bound.plan.problem)) {
    case DType::f16:
      return SampleLaunch<DType::f16>(bound).run();
    case DType::bf16:
      return SampleLaunch<DType::bf16>(bound).run();
    default:  // make_sample_problem admits no other
      return SampleLaunch<DType::f32>(bound).run();
  }
}

}  // namespace skim::cpu
