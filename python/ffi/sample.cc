// Sampling for the Python package: logits of any rank in, the C API of skim underneath.
#include <tvm/ffi/tvm_ffi.h>

#include <cstdint>

#include "current_stream.h"
#include "errors.h"
#include "host_tensor.h"
#include "matrix_beside.h"
#include "row_matrix.h"
#include "row_vector.h"
#include "sample_arguments.h"
#include "skim/skim.h"

namespace skim_ffi {
namespace {

// ---- what Python sees ----

// Refuses what cannot be sampled from, or so many results, before these size anything.
void validate_sampling(DLTensor* logits, std::int64_t logprobs, std::int64_t top_logprobs) {
  skim_sample_options options = SKIM_SAMPLE_OPTIONS_INIT;
  options.logprobs = static_cast<std::int32_t>(logprobs);
  options.top_logprobs = top_logprobs;
  MatrixBeside matrix("logits", logits, "logits", *logits);
  std::size_t workspace_bytes = 0;
  check_sampling(skim_sample_workspace(matrix.get(), &options, nullptr, &workspace_bytes));
}

// One token of every row into `tokens`, and what else is given, on a GPU by the current stream;
// results are contiguous. False, and nothing done, where `logits` is no row matrix.
bool sample(DLTensor* logits, DLTensor* tokens, const OptionalTensor& logprobs,
            const OptionalTensor& top_tokens, const OptionalTensor& top_logprobs,
            std::int64_t order, std::int64_t logprob_kind, std::int64_t top_count,
            ffi::AnyView temperature, ffi::AnyView top_k, ffi::AnyView top_p, ffi::AnyView min_p,
            ffi::AnyView seed, ffi::AnyView offset, const OptionalTensor& row_lengths,
            const OptionalTensor& allow_mask, const OptionalTensor& logit_bias,
            std::int64_t num_threads) {
  if (!rows_of(*logits)) return false;
  Parameters parameters("logits", *logits, {temperature, top_k, top_p, min_p, seed, offset});
  RowVector lengths("row_lengths", row_lengths, "logits", *logits);
  MatrixBeside mask("allow_mask", allow_mask, "logits", *logits);
  MatrixBeside bias("logit_bias", logit_bias, "logits", *logits);
  skim_sample_options options = SKIM_SAMPLE_OPTIONS_INIT;
  parameters.read_into(options);
  options.order = static_cast<std::int32_t>(order);
  options.logprobs = static_cast<std::int32_t>(logprob_kind);
  options.top_logprobs = top_count;
  options.num_threads = nearest_int32(num_threads);
  options.row_lengths = lengths.get();
  options.allow_mask = mask.get();
  options.logit_bias = bias.get();

  MatrixBeside matrix("logits", logits, "logits", *logits);
  RowVector tokens_vector("tokens", tokens, "logits", *logits);
  RowVector logprobs_vector("logprobs", logprobs, "logits", *logits);
  MatrixBeside top_tokens_matrix("top_tokens", top_tokens, "logits", *logits);
  MatrixBeside top_logprobs_matrix("top_logprobs", top_logprobs, "logits", *logits);
  check_sampling(skim_sample(matrix.get(), &options, tokens_vector.get(), logprobs_vector.get(),
                             top_tokens_matrix.get(), top_logprobs_matrix.get(), nullptr, 0,
                             current_stream(*logits)));
  return true;
}

// As sample, with int64 tokens made here; nothing where `logits` is no row matrix of the CPU.
ffi::Optional<ffi::Tensor> sample_new_tokens(DLTensor* logits, std::int64_t order,
                                             ffi::AnyView temperature, ffi::AnyView top_k,
                                             ffi::AnyView top_p, ffi::AnyView min_p,
                                             ffi::AnyView seed, ffi::AnyView offset,
                                             std::int64_t num_threads) {
  if (logits->ndim == 0 || logits->device.device_type == kDLCUDA) return std::nullopt;
  const ffi::ShapeView shape(logits->shape, static_cast<std::size_t>(logits->ndim) - 1);
  ffi::Tensor tokens = new_host_tensor(shape, DLDataType{kDLInt, 64, 1});
  DLTensor written = *tokens.GetDLTensorPtr();
  const OptionalTensor none;
  if (!sample(logits, &written, none, none, none, order, SKIM_LOGPROBS_NONE, 0, temperature, top_k,
              top_p, min_p, seed, offset, none, none, none, num_threads)) {
    return std::nullopt;
  }
  return tokens;
}

// Numbers of 64 bits, one a row, as JAX has them by default: two words of 32, the lower one first.
// Points into itself, hence neither copied nor moved.
class NumbersOfWords {
 public:
  explicit NumbersOfWords(const DLTensor& words)
      : count_(element_count(words.shape, words.ndim - 1).value()), tensor_(words) {
    tensor_.ndim = 1;
    tensor_.shape = &count_;
    tensor_.strides = &stride_;
    tensor_.dtype = DLDataType{kDLUInt, 64, 1};
  }
  NumbersOfWords(const NumbersOfWords&) = delete;
  NumbersOfWords& operator=(const NumbersOfWords&) = delete;

  DLTensor* get() { return &tensor_; }

 private:
  std::int64_t count_;
  std::int64_t stride_ = 1;  // XLA's arrays are contiguous
  DLTensor tensor_;
};

// As sample, with everything one a row, in the order in which XLA passes arguments: arrays first,
// results next, numbers last.
void sample_for_xla(DLTensor* logits, DLTensor* temperature, DLTensor* top_k, DLTensor* top_p,
                    DLTensor* min_p, DLTensor* seed_words, DLTensor* offset_words, DLTensor* tokens,
                    std::int64_t order, std::int64_t num_threads) {
  NumbersOfWords seed(*seed_words);
  NumbersOfWords offset(*offset_words);
  const OptionalTensor none;
  sample(logits, tokens, none, none, none, order, SKIM_LOGPROBS_NONE, 0, temperature, top_k, top_p,
         min_p, seed.get(), offset.get(), none, none, none, num_threads);
}

}  // namespace

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"  // in the macro's own code
TVM_FFI_DLL_EXPORT_TYPED_FUNC(validate_sampling, validate_sampling)
TVM_FFI_DLL_EXPORT_TYPED_FUNC(sample, sample)
TVM_FFI_DLL_EXPORT_TYPED_FUNC(sample_for_xla, sample_for_xla)
TVM_FFI_DLL_EXPORT_TYPED_FUNC(sample_new_tokens, sample_new_tokens)
#pragma GCC diagnostic pop
}  // namespace skim_ffi
