// The C API of sampling: DLTensor -> view, exceptions -> status. No decisions.
#include <fmt/format.h>

#include <optional>

#include "capi/dlpack_view.h"
#include "capi/given_workspace.h"
#include "capi/row_views.h"
#include "capi/sample_options.h"
#include "capi/status.h"
#include "device_of.h"
#include "skim/sample.h"
#include "skim/skim.h"

namespace skim {
namespace {

static_assert(static_cast<int>(FilterOrder::sequential) == SKIM_ORDER_SEQUENTIAL);
static_assert(static_cast<int>(FilterOrder::hf) == SKIM_ORDER_HF);
static_assert(static_cast<int>(FilterOrder::joint) == SKIM_ORDER_JOINT);
static_assert(static_cast<int>(LogprobKind::none) == SKIM_LOGPROBS_NONE);
static_assert(static_cast<int>(LogprobKind::raw) == SKIM_LOGPROBS_RAW);
static_assert(static_cast<int>(LogprobKind::processed) == SKIM_LOGPROBS_PROCESSED);

SampleRequest make_request(const DLTensor* logits, const skim_sample_options& options,
                           const DLTensor* tokens) {
  SampleRequest request;
  SampleInputs& inputs = request.inputs;
  inputs.logits = input_view("logits", logits);
  inputs.parameters = parameters_of(options, "logits", inputs.logits);
  if (options.row_lengths != nullptr)
    inputs.row_lengths = integers_view("row_lengths", *options.row_lengths);
  if (options.allow_mask != nullptr)
    inputs.allow_mask = view_for_rows("allow_mask", *options.allow_mask, inputs.logits.rows);
  if (options.logit_bias != nullptr)
    inputs.logit_bias = view_for_rows("logit_bias", *options.logit_bias, inputs.logits.rows);
  request.options.order = static_cast<FilterOrder>(options.order);
  request.options.logprobs = static_cast<LogprobKind>(options.logprobs);
  request.options.top_logprobs = options.top_logprobs;
  request.options.num_threads = options.num_threads;
  if (tokens != nullptr) request.options.token_dtype = dtype_of_tensor("tokens", *tokens);
  return request;
}

SamplePlan make_plan(const SampleRequest& request) {
  const SampleProblem problem = make_sample_problem(request);
  return plan_sample(problem, device_of(problem.device));
}

// A result that was not asked for is null.
template <class View>
std::optional<MutableTensorView> optional_view(View view, const char* name,
                                               const DLTensor* tensor) {
  if (tensor == nullptr) return std::nullopt;
  return view(name, tensor);
}

SampleOutputs outputs_of(const DLTensor* tokens, const DLTensor* logprobs,
                         const DLTensor* top_tokens, const DLTensor* top_logprobs) {
  return {column_view("tokens", tokens), optional_view(column_view, "logprobs", logprobs),
          optional_view(output_view, "top_tokens", top_tokens),
          optional_view(output_view, "top_logprobs", top_logprobs)};
}

}  // namespace
}  // namespace skim

using namespace skim;  // NOLINT: this file is the C face of the namespace

extern "C" {

skim_status skim_sample_workspace(const DLTensor* logits, const skim_sample_options* options,
                                  const DLTensor* tokens, size_t* bytes) {
  return guarded([&] {
    if (bytes == nullptr) throw InvalidRequest("bytes is null; pass the address of a size_t");
    *bytes = make_plan(make_request(logits, known_sample_options(options), tokens)).workspace_bytes;
  });
}

skim_status skim_sample(const DLTensor* logits, const skim_sample_options* options,
                        DLTensor* tokens, DLTensor* logprobs, DLTensor* top_tokens,
                        DLTensor* top_logprobs, void* workspace, size_t workspace_bytes,
                        void* stream) {
  return guarded([&] {
    const SampleRequest request = make_request(logits, known_sample_options(options), tokens);
    const SampleOutputs outputs = outputs_of(tokens, logprobs, top_tokens, top_logprobs);
    const SamplePlan plan = make_plan(request);
    const GivenWorkspace given(workspace, workspace_bytes, plan, Stream{stream});
    run(bind(plan, {request.inputs, outputs, given.data(), given.bytes()}), Stream{stream});
  });
}

}  // extern "C"
