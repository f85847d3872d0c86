// StepRequest -> StepProblem: what can be refused without looking at the pointer to the result.
#include "problem/request_checks.h"
#include "problem/sample_parameters.h"
#include "problem/step_kind.h"
#include "problem/token_rows.h"

namespace skim {
namespace {

void check_step(SamplingStep step) {
  if (step <= SamplingStep::sample_from_probs) return;
  refuse(
      "step = {} is not known to skim; use softmax, top_k_renorm_probs, top_p_renorm_probs, "
      "top_k_mask_logits, top_p_mask_logits or sample_from_probs",
      static_cast<int>(step));
}

template <class T>
void check_use(const StepKind& kind, bool used, const char* name, const RowParameter<T>& given,
               const RowParameter<T>& unused) {
  if (used || (given.each == nullptr && given.value == unused.value)) return;
  refuse("{} has no use for {}; leave it out", kind.name, name);
}

DType output_dtype(const StepRequest& request) {
  switch (request.step) {
    case SamplingStep::top_k_mask_logits:
    case SamplingStep::top_p_mask_logits:
      return request.inputs.rows.dtype;
    case SamplingStep::sample_from_probs:
      return request.options.token_dtype;
    default:
      return DType::f32;
  }
}

void check_request(const StepRequest& request) {
  check_step(request.step);
  const StepInputs& inputs = request.inputs;
  const StepKind kind = kind_of(request.step);
  check_token_rows(kind.rows, inputs.rows);
  check_step_parameters(request.step, inputs.parameters);
  check_token_dtype(request.options.token_dtype);
  check_num_threads(request.options.num_threads);
  if (inputs.row_lengths.given()) check_row_lengths(kind.rows, inputs.rows, inputs.row_lengths);
}

}  // namespace

void check_step_parameters(SamplingStep step, const SampleParameters& parameters) {
  const StepKind kind = kind_of(step);
  const SampleParameters unused;
  check_use(kind, kind.temperature, "temperature", parameters.temperature, unused.temperature);
  check_use(kind, kind.top_k, "top_k", parameters.top_k, unused.top_k);
  check_use(kind, kind.top_p, "top_p", parameters.top_p, unused.top_p);
  check_use(kind, false, "min_p", parameters.min_p, unused.min_p);
  check_use(kind, kind.draws, "seed", parameters.seed, unused.seed);
  check_use(kind, kind.draws, "offset", parameters.offset, unused.offset);
  check_parameters(parameters);
}

StepProblem make_step_problem(const StepRequest& request) {
  check_request(request);
  const TensorView& rows = request.inputs.rows;
  const SampleParameters& parameters = request.inputs.parameters;
  StepProblem problem;
  problem.step = request.step;
  problem.rows = rows.rows;
  problem.cols = rows.cols;
  problem.row_stride = rows.rows > 1 ? rows.row_stride : rows.cols;
  problem.dtype = rows.dtype;
  problem.output_cols = request.step == SamplingStep::sample_from_probs ? 1 : rows.cols;
  problem.output_dtype = output_dtype(request);
  problem.most_top_k = most_top_k(parameters.top_k, rows.cols);
  problem.top_k_each = parameters.top_k.each != nullptr;
  problem.has_row_lengths = request.inputs.row_lengths.given();
  if (problem.has_row_lengths) problem.row_lengths_dtype = request.inputs.row_lengths.dtype;
  problem.num_threads = request.options.num_threads;
  problem.alignment = guaranteed_alignment(rows);
  problem.device = rows.device;
  return problem;
}

}  // namespace skim
