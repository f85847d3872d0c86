// SamplePlan + memory -> BoundSample: what can be refused only with the pointers at hand.
#include <array>
#include <optional>

#include "problem/memory_checks.h"
#include "problem/request_checks.h"
#include "problem/sample_parameters.h"

namespace skim {
namespace {

struct Named {
  const char* name;
  Extent extent;
};

// Pointers to one value a row. 64-bit seeds and offsets are as large and aligned as int64.
template <class T>
void check_each(const char* name, const RowParameter<T>& parameter) {
  if (reinterpret_cast<std::uintptr_t>(parameter.each) % sizeof(T) == 0) return;
  refuse("{} at {} is not aligned to its element size of {} bytes; pass an aligned pointer", name,
         fmt::ptr(parameter.each), sizeof(T));
}

void check_top_k(const SampleProblem& problem, const RowParameter<std::int32_t>& top_k) {
  const bool each = top_k.each != nullptr;
  if (each == problem.top_k_each && most_top_k(top_k, problem.cols) == problem.most_top_k) return;
  if (each) refuse("top_k is one value a row, but the plan was made for one value; plan again");
  refuse("top_k = {} is not what the plan was made for, which is {}; plan again", top_k.value,
         problem.top_k_each ? "one value a row" : fmt::format("{}", problem.most_top_k));
}

void check_all_parameters(const SampleProblem& problem, const SampleParameters& parameters) {
  check_parameters(parameters);
  check_top_k(problem, parameters.top_k);
  check_each("temperature", parameters.temperature);
  check_each("top_k", parameters.top_k);
  check_each("top_p", parameters.top_p);
  check_each("min_p", parameters.min_p);
  check_each("seed", parameters.seed);
  check_each("offset", parameters.offset);
}

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
  check_all_parameters(problem, inputs.parameters);
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

std::array<Named, 10> extents_read(const SampleProblem& problem, const SampleInputs& inputs) {
  const SampleParameters& parameters = inputs.parameters;
  const auto each = [&](const auto& parameter, std::size_t size) {
    if (parameter.each == nullptr) return Extent{};
    return skim::extent_of(parameter.each, static_cast<std::size_t>(problem.rows) * size);
  };
  return {{{"logits", skim::extent_of(inputs.logits)},
           {"row_lengths", skim::extent_of(inputs.row_lengths)},
           {"allow_mask", extent_of(inputs.allow_mask)},
           {"logit_bias", extent_of(inputs.logit_bias)},
           {"temperature", each(parameters.temperature, sizeof(float))},
           {"top_k", each(parameters.top_k, sizeof(std::int32_t))},
           {"top_p", each(parameters.top_p, sizeof(float))},
           {"min_p", each(parameters.min_p, sizeof(float))},
           {"seed", each(parameters.seed, sizeof(std::uint64_t))},
           {"offset", each(parameters.offset, sizeof(std::uint64_t))}}};
}

void check_overlap(const SamplePlan& plan, const SampleBuffers& buffers) {
  const SampleOutputs& outputs = buffers.outputs;
  const std::array<Named, 5> written = {
      {{"tokens", skim::extent_of(outputs.tokens)},
       {"logprobs", extent_of(outputs.logprobs)},
       {"top_tokens", extent_of(outputs.top_tokens)},
       {"top_logprobs", extent_of(outputs.top_logprobs)},
       {"workspace", skim::extent_of(buffers.workspace, plan.workspace_bytes)}}};
  const auto read = extents_read(plan.problem, buffers.inputs);
  for (std::size_t i = 0; i < written.size(); ++i) {
    for (const Named& input : read) {
      check_apart(written[i].name, written[i].extent, input.name, input.extent);
    }
    for (std::size_t j = 0; j < i; ++j) {
      check_apart(written[i].name, written[i].extent, written[j].name, written[j].extent);
    }
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
