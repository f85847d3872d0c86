// The C API of the steps of sampling: DLTensor -> view, exceptions -> status. No decisions.
#include <fmt/format.h>

#include <cstdint>
#include <utility>

#include "capi/dlpack_view.h"
#include "capi/given_workspace.h"
#include "capi/row_views.h"
#include "capi/sample_options.h"
#include "capi/status.h"
#include "device_of.h"
#include "problem/step_kind.h"
#include "skim/sampling_steps.h"
#include "skim/skim.h"

namespace skim {
namespace {

static_assert(static_cast<int>(SamplingStep::softmax) == SKIM_STEP_SOFTMAX);
static_assert(static_cast<int>(SamplingStep::top_k_renorm_probs) == SKIM_STEP_TOP_K_RENORM_PROBS);
static_assert(static_cast<int>(SamplingStep::top_p_renorm_probs) == SKIM_STEP_TOP_P_RENORM_PROBS);
static_assert(static_cast<int>(SamplingStep::top_k_mask_logits) == SKIM_STEP_TOP_K_MASK_LOGITS);
static_assert(static_cast<int>(SamplingStep::top_p_mask_logits) == SKIM_STEP_TOP_P_MASK_LOGITS);
static_assert(static_cast<int>(SamplingStep::sample_from_probs) == SKIM_STEP_SAMPLE_FROM_PROBS);

SamplingStep step_of(std::int32_t step) {
  if (step >= 0 && step < kSamplingSteps) return static_cast<SamplingStep>(step);
  throw InvalidRequest(
      fmt::format("step = {} is not a choice; set it to 0 to {}", step, kSamplingSteps - 1));
}

// Steps know nothing of what is only sampling's.
skim_sample_options known_options(SamplingStep step, const skim_sample_options* options) {
  const skim_sample_options known = known_sample_options(options);
  const std::pair<const char*, bool> unused[] = {{"order", known.order != SKIM_ORDER_SEQUENTIAL},
                                                 {"logprobs", known.logprobs != SKIM_LOGPROBS_NONE},
                                                 {"top_logprobs", known.top_logprobs != 0},
                                                 {"allow_mask", known.allow_mask != nullptr},
                                                 {"logit_bias", known.logit_bias != nullptr}};
  for (const auto& [name, given] : unused) {
    if (!given) continue;
    throw InvalidRequest(
        fmt::format("{} has no use for options->{}; leave it out", to_string(step), name));
  }
  return known;
}

StepRequest make_request(std::int32_t number, const DLTensor* rows,
                         const skim_sample_options* options, const DLTensor* output) {
  StepRequest request;
  request.step = step_of(number);
  const skim_sample_options known = known_options(request.step, options);
  const StepKind kind = kind_of(request.step);
  request.inputs.rows = input_view(kind.rows, rows);
  request.inputs.parameters = parameters_of(known, kind.rows, request.inputs.rows);
  if (known.row_lengths != nullptr)
    request.inputs.row_lengths = integers_view("row_lengths", *known.row_lengths);
  request.options.num_threads = known.num_threads;
  if (request.step == SamplingStep::sample_from_probs && output != nullptr)
    request.options.token_dtype = dtype_of_tensor(kind.output, *output);
  return request;
}

MutableTensorView view_of_output(SamplingStep step, const DLTensor* output) {
  const char* const name = kind_of(step).output;
  return step == SamplingStep::sample_from_probs ? column_view(name, output)
                                                 : output_view(name, output);
}

StepPlan make_plan(const StepRequest& request) {
  const StepProblem problem = make_step_problem(request);
  return plan_step(problem, device_of(problem.device));
}

}  // namespace
}  // namespace skim

using namespace skim;  // NOLINT: this file is the C face of the namespace

extern "C" {

skim_status skim_sampling_step_workspace(int32_t step, const DLTensor* rows,
                                         const skim_sample_options* options, const DLTensor* output,
                                         size_t* bytes) {
  return guarded([&] {
    if (bytes == nullptr) throw InvalidRequest("bytes is null; pass the address of a size_t");
    *bytes = make_plan(make_request(step, rows, options, output)).workspace_bytes;
  });
}

skim_status skim_sampling_step(int32_t step, const DLTensor* rows,
                               const skim_sample_options* options, DLTensor* output,
                               void* workspace, size_t workspace_bytes, void* stream) {
  return guarded([&] {
    const StepRequest request = make_request(step, rows, options, output);
    const MutableTensorView view = view_of_output(request.step, output);
    const StepPlan plan = make_plan(request);
    const GivenWorkspace given(workspace, workspace_bytes, plan, Stream{stream});
    run(bind(plan, {request.inputs, view, given.data(), given.bytes()}), Stream{stream});
  });
}

}  // extern "C"
