// The steps of sampling as functions of their own, for who puts a sampler together:
// request -> StepProblem -> StepPlan -> BoundStep -> run.
//
// What a row becomes depends on it and its own parameters only, to the bit: not on threads,
// instruction set or batch. Tokens have the total order of top-k: larger first, equal ones lowest
// first. docs/sampling.md has the contract.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "skim/sample.h"

namespace skim {

// A row of logits is f32, f16 or bf16; so is one of probabilities, which are weights: they need not
// add up to 1, and below 0 they count as 0. A weight w has the mass floor(w * 2^(40 - e)), where
// 2^e is the power of two at or below the row's largest; a logit has the mass that `sample` gives
// it. The nucleus of top_p is the tokens that have less mass before them in the order than
// ceil(top_p * the row's mass), and always the first.
enum class SamplingStep : std::uint8_t {
  softmax,             // logits, temperature -> probabilities (f32)
  top_k_renorm_probs,  // probabilities, top_k -> shares of the first k (f32), 0 behind them
  top_p_renorm_probs,  // probabilities, top_p -> shares of the nucleus (f32), 0 outside
  top_k_mask_logits,   // logits, top_k -> the same (of their dtype), -inf behind the first k
  top_p_mask_logits,   // logits, top_p, temperature -> the same, -inf outside the nucleus
  sample_from_probs,   // probabilities, seed, offset -> a token (i32 or i64)
};

inline constexpr int kSamplingSteps = 6;

struct StepInputs {
  TensorView rows;              // logits or probabilities: f32, f16 or bf16
  SampleParameters parameters;  // those that the step has no use for stay as they are made
  RowLengthsView row_lengths;   // optional: only the first row_lengths[r] tokens exist; the others
                                // become 0 or -inf
};

struct StepOptions {
  DType token_dtype = DType::i64;  // or i32; of sample_from_probs
  int num_threads = 0;             // CPU: at most this many; 0 means as many as the device has
};

struct StepRequest {
  SamplingStep step = SamplingStep::softmax;
  StepInputs inputs;
  StepOptions options;
};

// A validated request; no pointer.
struct StepProblem {
  SamplingStep step = SamplingStep::softmax;
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::int64_t row_stride = 0;   // elements
  DType dtype = DType::f32;      // of the rows
  std::int64_t output_cols = 0;  // 1 token, or as many as cols
  DType output_dtype = DType::f32;
  std::int64_t most_top_k = 0;  // that a row may ask for: 0 where top-k is off, cols for one a row
  bool top_k_each = false;      // one top_k a row
  bool has_row_lengths = false;
  DType row_lengths_dtype = DType::i64;
  int num_threads = 0;         // 0: as many as the device has
  std::int32_t alignment = 1;  // bytes, a power of two up to 16 that divides every row's address
  DeviceId device;

  friend bool operator==(const StepProblem&, const StepProblem&) = default;
};

// Validates. Throws InvalidRequest on an unknown step, a parameter that it has no use for, rows
// that are no f32, f16 or bf16, negative sizes, more than kMaxVocabulary columns, sizes that
// overflow, a temperature or top_p that is NaN, negative or, for the first, infinite, lengths that
// do not fit.
SKIM_EXPORT StepProblem make_step_problem(const StepRequest& request);

struct StepPlan {
  StepProblem problem;
  SamplePlan rows;  // how threads share them out, and what selects from each
  std::size_t workspace_bytes = 0;
  std::int64_t bytes_read = 0;  // of the rows, each element counted once
};

// Chooses. Touches no memory and no device. Throws InvalidRequest when the problem lives on another
// device.
SKIM_EXPORT StepPlan plan_step(const StepProblem& problem, const Device& device);

// `output` has shape rows x output_cols; its row stride is at least that.
struct StepBuffers {
  StepInputs inputs;
  MutableTensorView output;
  void* workspace = nullptr;  // aligned to kWorkspaceAlignment; its contents mean nothing
  std::size_t workspace_bytes = 0;
};

// A plan with memory that was checked to fit it.
struct BoundStep {
  StepPlan plan;
  StepBuffers buffers;
};

// Checks, as bind of sampling does.
SKIM_EXPORT BoundStep bind(const StepPlan& plan, const StepBuffers& buffers);

// Carries out, without allocating. Off are top_k of 0 and less and of the row's length and more,
// and top_p of 1 and more: then no token is dropped. The first token never is.
//
// A row with a NaN becomes all NaN as probabilities, stays as it is as logits, and gives token -1.
// A row with nothing to draw (no logit above -inf, no probability above 0, no token at all) becomes
// all 0 as probabilities, stays as it is as logits, and gives token -1. Beside +inf, others have no
// probability. O(cols) a row, plus the order of the k best or, for top-p, about ten passes,
// at most 150.
// Safe from many threads, a workspace each.
SKIM_EXPORT void run(const BoundStep& bound, Stream stream = {});

SKIM_EXPORT std::string to_string(SamplingStep step);
SKIM_EXPORT std::string to_string(const StepProblem& problem);  // one line
SKIM_EXPORT std::string to_string(const StepPlan& plan);        // one line

// ---- Conveniences: validate, plan, allocate, bind and run in one call ----

SKIM_EXPORT void apply(SamplingStep step, const StepInputs& inputs, const MutableTensorView& output,
                       const StepOptions& options = {}, Stream stream = {});

inline void softmax(const TensorView& logits, const MutableTensorView& probs,
                    const RowParameter<float>& temperature = {1.0F},
                    const RowLengthsView& row_lengths = {}, const StepOptions& options = {}) {
  apply(SamplingStep::softmax, {logits, {.temperature = temperature}, row_lengths}, probs, options);
}

inline void top_k_renorm_probs(const TensorView& probs, const MutableTensorView& shares,
                               const RowParameter<std::int32_t>& top_k,
                               const RowLengthsView& row_lengths = {},
                               const StepOptions& options = {}) {
  apply(SamplingStep::top_k_renorm_probs, {probs, {.top_k = top_k}, row_lengths}, shares, options);
}

inline void top_p_renorm_probs(const TensorView& probs, const MutableTensorView& shares,
                               const RowParameter<float>& top_p,
                               const RowLengthsView& row_lengths = {},
                               const StepOptions& options = {}) {
  apply(SamplingStep::top_p_renorm_probs, {probs, {.top_p = top_p}, row_lengths}, shares, options);
}

inline void top_k_mask_logits(const TensorView& logits, const MutableTensorView& masked,
                              const RowParameter<std::int32_t>& top_k,
                              const RowLengthsView& row_lengths = {},
                              const StepOptions& options = {}) {
  apply(SamplingStep::top_k_mask_logits, {logits, {.top_k = top_k}, row_lengths}, masked, options);
}

// Keeps exactly what `sample` may draw from these logits with this top_p and temperature.
inline void top_p_mask_logits(const TensorView& logits, const MutableTensorView& masked,
                              const RowParameter<float>& top_p,
                              const RowParameter<float>& temperature = {1.0F},
                              const RowLengthsView& row_lengths = {},
                              const StepOptions& options = {}) {
  apply(SamplingStep::top_p_mask_logits,
        {logits, {.temperature = temperature, .top_p = top_p}, row_lengths}, masked, options);
}

inline void sample_from_probs(const TensorView& probs, const MutableTensorView& tokens,
                              const RowParameter<std::uint64_t>& seed,
                              const RowParameter<std::uint64_t>& offset = {0},
                              const RowLengthsView& row_lengths = {}, StepOptions options = {}) {
  options.token_dtype = tokens.dtype;
  apply(SamplingStep::sample_from_probs, {probs, {.seed = seed, .offset = offset}, row_lengths},
        tokens, options);
}

}  // namespace skim
