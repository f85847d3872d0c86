// SamplePlan + memory -> BoundSample: what can be refused only with the pointers at hand.
#include <array>
#include <optional>
#include <span>

#include "problem/memory_checks.h"
#include "problem/parameter_memory.h"
#include "problem/request_checks.h"
#include "problem/sample_parameters.h"

namespace skim {
namespace {

// An input that may be absent, as the plan says.
void check_optional(const char* name, const SampleProblem& problem, bool planned,
                    const std::optional<TensorView>& matrix, std::int64_t cols, DType dtype) {
  if (planned != matrix.has_value()) {
    refuse("{} was {}, but the plan was made {}; plan again", name, planned ? "left out" : "given",
           planned ? "with one" : "without");
  }
  if (!matrix) return;
  check_matches(name, *matrix, problem.rows, cols, dtype, problem.device);
  check_reach(name, *matrix);
  check_pointer(name, *matrix);
}

void check_result(const char* name, const SampleProblem& problem, bool asked,
                  const std::optional<MutableTensorView>& result, std::int64_t cols, DType dtype) {
  if (asked != result.has_value()) {
    refuse("{} {}, but the plan was made {}; plan again or {}", name,
           asked ? "has no memory" : "has memory", asked ? "with them" : "without",
           asked ? "pass some" : "leave it out");
  }
  if (result) check_output(name, *result, problem.rows, cols, dtype, problem.device);
}

void check_inputs(const SampleProblem& problem, const SampleInputs& inputs) {
  check_input("logits", problem, inputs.logits);
  check_parameter_memory(problem, inputs.parameters);
  check_row_lengths(problem, inputs.row_lengths);
  check_optional("allow_mask", problem, problem.has_allow_mask, inputs.allow_mask,
                 mask_words(problem.cols), DType::i32);
  check_optional("logit_bias", problem, problem.has_logit_bias, inputs.logit_bias, problem.cols,
                 DType::f32);
}

void check_outputs(const SampleProblem& problem, const SampleOutputs& outputs) {
  const bool logprobs = problem.logprobs != LogprobKind::none;
  const bool lists = problem.top_logprobs > 0;
  check_output("tokens", outputs.tokens, problem.rows, 1, problem.token_dtype, problem.device);
  check_result("logprobs", problem, logprobs, outputs.logprobs, 1, DType::f32);
  check_result("top_tokens", problem, lists, outputs.top_tokens, problem.top_logprobs,
               problem.token_dtype);
  check_result("top_logprobs", problem, lists, outputs.top_logprobs, problem.top_logprobs,
               DType::f32);
}

template <class Pointer>
Extent extent_of(const std::optional<BasicTensorView<Pointer>>& view) {
  return view ? skim::extent_of(*view) : Extent{};
}

std::array<Named, 4> extents_read(const SampleInputs& inputs) {
  return {{{"logits", skim::extent_of(inputs.logits)},
           {"row_lengths", skim::extent_of(inputs.row_lengths)},
           {"allow_mask", extent_of(inputs.allow_mask)},
           {"logit_bias", extent_of(inputs.logit_bias)}}};
}

void check_overlap(const SamplePlan& plan, const SampleBuffers& buffers) {
  const SampleOutputs& outputs = buffers.outputs;
  const std::array<Named, 5> written = {
      {{"tokens", skim::extent_of(outputs.tokens)},
       {"logprobs", extent_of(outputs.logprobs)},
       {"top_tokens", extent_of(outputs.top_tokens)},
       {"top_logprobs", extent_of(outputs.top_logprobs)},
       {"workspace", skim::extent_of(buffers.workspace, plan.workspace_bytes)}}};
  check_all_apart(written, extents_read(buffers.inputs));
  check_all_apart(written, parameter_extents(plan.problem.rows, buffers.inputs.parameters));
  for (std::size_t i = 0; i < written.size(); ++i) {
    check_all_apart(std::span(written).first(i), std::span(written).subspan(i, 1));
  }
}

}  // namespace

BoundSample bind(const SamplePlan& plan, const SampleBuffers& buffers) {
  check_inputs(plan.problem, buffers.inputs);
  check_outputs(plan.problem, buffers.outputs);
  check_workspace(plan, buffers);
  check_overlap(plan, buffers);
  return {plan, buffers};
}

}  // namespace skim
