// SampleRequest -> SampleProblem: what can be refused without looking at pointers to the results.
#include <algorithm>
#include <cmath>
#include <limits>

#include "problem/request_checks.h"
#include "problem/sample_parameters.h"
#include "problem/token_rows.h"

namespace skim {
namespace {

void check_share(const char* name, float value, float most) {
  if (value >= 0.0F && value <= most) return;
  refuse("{} = {} is not a share from 0 to 1; give one, or {} for no limit", name, value,
         most > 1.0F ? 1 : 0);
}

void check_kinds(const SampleOptions& options) {
  if (options.order > FilterOrder::joint) {
    refuse("order = {} is not known to skim; use sequential, hf or joint",
           static_cast<int>(options.order));
  }
  if (options.logprobs > LogprobKind::processed) {
    refuse("logprobs = {} is not known to skim; use none, raw or processed",
           static_cast<int>(options.logprobs));
  }
  check_token_dtype(options.token_dtype);
}

void check_options(const SampleOptions& options, std::int64_t cols) {
  check_kinds(options);
  if (options.top_logprobs < 0 || options.top_logprobs > cols) {
    refuse("top_logprobs = {} is outside 0..cols = {}; give a number of tokens of the row",
           options.top_logprobs, cols);
  }
  if (options.top_logprobs > 0 && options.logprobs == LogprobKind::none) {
    refuse("top_logprobs = {} needs a kind of log-probabilities; set logprobs to raw or processed",
           options.top_logprobs);
  }
  check_num_threads(options.num_threads);
}

// A matrix beside the logits: as many rows, on their device.
void check_beside(const char* name, const TensorView& matrix, const TensorView& logits,
                  std::int64_t cols, DType dtype) {
  if (matrix.dtype != dtype) {
    refuse("{} has dtype {}, but it is made of {}; convert it", name,
           is_known(matrix.dtype) ? name_of(matrix.dtype) : "unknown", name_of(dtype));
  }
  if (matrix.rows != logits.rows || matrix.cols != cols) {
    refuse("{} has shape {} x {}, but logits of {} x {} need {} x {}; give it that shape", name,
           matrix.rows, matrix.cols, logits.rows, logits.cols, logits.rows, cols);
  }
  if (matrix.device != logits.device) {
    refuse("{} is on {} but logits is on {}; move it to the same device", name,
           to_string(matrix.device), to_string(logits.device));
  }
  check_reach(name, matrix);
}

void check_results(const SampleRequest& request) {
  const TensorView& logits = request.inputs.logits;
  const auto listed = checked_product(logits.rows, request.options.top_logprobs + 1);
  if (!listed || *listed > kMostBytes / 16) {
    refuse("rows * top_logprobs = {} * {} results are more than 64-bit sizes hold; split the rows",
           logits.rows, request.options.top_logprobs);
  }
}

void check_request(const SampleRequest& request) {
  const SampleInputs& inputs = request.inputs;
  const TensorView& logits = inputs.logits;
  check_token_rows("logits", logits);
  check_parameters(inputs.parameters);
  check_options(request.options, logits.cols);
  check_results(request);
  if (inputs.row_lengths.given()) check_row_lengths("logits", logits, inputs.row_lengths);
  if (inputs.allow_mask) {
    check_beside("allow_mask", *inputs.allow_mask, logits, mask_words(logits.cols), DType::i32);
  }
  if (inputs.logit_bias) {
    check_beside("logit_bias", *inputs.logit_bias, logits, logits.cols, DType::f32);
  }
}

}  // namespace

void check_parameters(const SampleParameters& parameters) {
  const auto& temperature = parameters.temperature;
  if (temperature.each == nullptr &&
      !(temperature.value >= 0.0F && std::isfinite(temperature.value))) {
    refuse("temperature = {} is not a number of 0 and more; give one, or 0 for the first maximum",
           temperature.value);
  }
  constexpr float kAny = std::numeric_limits<float>::infinity();
  if (parameters.top_p.each == nullptr) check_share("top_p", parameters.top_p.value, kAny);
  if (parameters.min_p.each == nullptr) check_share("min_p", parameters.min_p.value, 1.0F);
}

std::int64_t most_top_k(const RowParameter<std::int32_t>& top_k, std::int64_t cols) {
  return top_k.each != nullptr ? cols : std::clamp<std::int64_t>(top_k.value, 0, cols);
}

SampleProblem make_sample_problem(const SampleRequest& request) {
  check_request(request);
  const SampleInputs& inputs = request.inputs;
  const TensorView& logits = inputs.logits;
  SampleProblem problem;
  problem.rows = logits.rows;
  problem.cols = logits.cols;
  problem.row_stride = logits.rows > 1 ? logits.row_stride : logits.cols;
  problem.dtype = logits.dtype;
  problem.token_dtype = request.options.token_dtype;
  problem.order = request.options.order;
  problem.logprobs = request.options.logprobs;
  problem.top_logprobs = request.options.top_logprobs;
  problem.most_top_k = most_top_k(inputs.parameters.top_k, logits.cols);
  problem.top_k_each = inputs.parameters.top_k.each != nullptr;
  problem.has_row_lengths = inputs.row_lengths.given();
  if (problem.has_row_lengths) problem.row_lengths_dtype = inputs.row_lengths.dtype;
  problem.has_allow_mask = inputs.allow_mask.has_value();
  problem.has_logit_bias = inputs.logit_bias.has_value();
  problem.num_threads = request.options.num_threads;
  problem.alignment = guaranteed_alignment(logits);
  problem.device = logits.device;
  return problem;
}

}  // namespace skim
