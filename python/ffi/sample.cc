// Sampling for the Python package: logits of any rank in, the C API of skim underneath.
#include <tvm/ffi/tvm_ffi.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <regex>
#include <string>
#include <type_traits>
#include <vector>

#include "errors.h"
#include "host_tensor.h"
#include "row_matrix.h"
#include "row_vector.h"
#include "skim/skim.h"

namespace skim_ffi {
namespace {

// C has two names for a parameter: one value, and one a row.
std::string sentence_about_sampling(const char* sentence) {
  return std::regex_replace(
      sentence, std::regex(R"(\brow_(temperature|top_k|top_p|min_p|seed|offset)\b)"), "$1");
}

void check_sampling(skim_status status) { check(status, sentence_about_sampling); }

// A parameter as Python passes it: a number, or one a row.
class Parameter {
 public:
  Parameter(const char* name, ffi::AnyView given, const DLTensor& logits)
      : given_(given), each_(name, tensor_of(given), "logits", logits) {}

  // Of the default where there is one value a row, which is not looked at then.
  template <class T>
  void read_into(T& value, const DLTensor*& each) {
    using Given = std::conditional_t<std::is_floating_point_v<T>, double, std::int64_t>;
    each = each_.get();
    if (each == nullptr) value = static_cast<T>(given_.cast<Given>());  // rounded as by Python
  }

 private:
  static OptionalTensor tensor_of(ffi::AnyView given) {
    const auto tensor = given.try_cast<DLTensor*>();
    return tensor ? OptionalTensor(*tensor) : OptionalTensor(std::nullopt);
  }

  ffi::AnyView given_;
  RowVector each_;
};

// One top_k a row: int64, which frameworks make of integers, as the int32 of the C API. A value
// beyond int32 means what the nearest means: off, or the whole row.
class NarrowedTopK {
 public:
  const DLTensor* of(const DLTensor* each) {
    if (each == nullptr || each->dtype.code != kDLInt || each->dtype.bits != 64) return each;
    if (each->device.device_type != kDLCPU) return each;  // the library says what is wrong
    const auto* wide = reinterpret_cast<const std::int64_t*>(static_cast<const char*>(each->data) +
                                                             each->byte_offset);
    const auto count = static_cast<std::size_t>(each->shape[0]);
    narrow_.resize(count);
    std::transform(wide, wide + count, narrow_.begin(), nearest_int32);
    tensor_ = *each;
    tensor_.dtype.bits = 32;
    tensor_.data = narrow_.data();
    tensor_.byte_offset = 0;
    return &tensor_;
  }

 private:
  std::vector<std::int32_t> narrow_;
  DLTensor tensor_{};
};

struct GivenParameters {
  ffi::AnyView temperature, top_k, top_p, min_p, seed, offset;
};

// The memory of `given` is read as long as this lives.
class Parameters {
 public:
  Parameters(const DLTensor& logits, const GivenParameters& given)
      : temperature_("temperature", given.temperature, logits),
        top_k_("top_k", given.top_k, logits),
        top_p_("top_p", given.top_p, logits),
        min_p_("min_p", given.min_p, logits),
        seed_("seed", given.seed, logits),
        offset_("offset", given.offset, logits) {}

  void read_into(skim_sample_options& options) {
    temperature_.read_into(options.temperature, options.row_temperature);
    top_k_.read_into(options.top_k, options.row_top_k);
    top_p_.read_into(options.top_p, options.row_top_p);
    min_p_.read_into(options.min_p, options.row_min_p);
    seed_.read_into(options.seed, options.row_seed);
    offset_.read_into(options.offset, options.row_offset);
    options.row_top_k = narrowed_.of(options.row_top_k);
  }

 private:
  Parameter temperature_, top_k_, top_p_, min_p_, seed_, offset_;
  NarrowedTopK narrowed_;
};

// A matrix beside the logits: with their leading dimensions, as a matrix of one row for each of
// theirs, or as one row for all of them.
class MatrixBeside {
 public:
  MatrixBeside(const char* name, const OptionalTensor& given, const DLTensor& logits) {
    if (!given.has_value()) return;
    const DLTensor& tensor = *given.value();
    const auto rows = rows_of(tensor);
    if (!rows) {
      raise("skim.InvalidRequest",
            std::string(name) + " has no rows of one stride; copy it to contiguous memory");
    }
    const bool of_rows =
        tensor.ndim == logits.ndim && same_leading_shape(tensor, logits, tensor.ndim - 1);
    if (tensor.ndim > 2 && !of_rows && rows->count != 1) {
      raise("skim.InvalidRequest",
            std::string(name) + " has shape " + shape_text(tensor.shape, tensor.ndim) +
                ", but the rows of logits have shape " + shape_text(logits.shape, logits.ndim - 1) +
                "; give it that and one dimension more");
    }
    matrix_.emplace(tensor, rows->count, tensor.shape[tensor.ndim - 1], rows->stride);
  }

  DLTensor* get() { return matrix_ ? matrix_->get() : nullptr; }

 private:
  std::optional<RowMatrix> matrix_;
};

// ---- what Python sees ----

// Refuses what cannot be sampled from, or so many results, before these size anything.
void validate_sampling(DLTensor* logits, std::int64_t logprobs, std::int64_t top_logprobs) {
  skim_sample_options options = SKIM_SAMPLE_OPTIONS_INIT;
  options.logprobs = static_cast<std::int32_t>(logprobs);
  options.top_logprobs = top_logprobs;
  MatrixBeside matrix("logits", logits, *logits);
  std::size_t workspace_bytes = 0;
  check_sampling(skim_sample_workspace(matrix.get(), &options, nullptr, &workspace_bytes));
}

// One token of every row into `tokens`, and what else is given; results are contiguous. False, and
// nothing done, where `logits` is no row matrix.
bool sample(DLTensor* logits, DLTensor* tokens, const OptionalTensor& logprobs,
            const OptionalTensor& top_tokens, const OptionalTensor& top_logprobs,
            std::int64_t order, std::int64_t logprob_kind, std::int64_t top_count,
            ffi::AnyView temperature, ffi::AnyView top_k, ffi::AnyView top_p, ffi::AnyView min_p,
            ffi::AnyView seed, ffi::AnyView offset, const OptionalTensor& row_lengths,
            const OptionalTensor& allow_mask, const OptionalTensor& logit_bias,
            std::int64_t num_threads) {
  if (!rows_of(*logits)) return false;
  Parameters parameters(*logits, {temperature, top_k, top_p, min_p, seed, offset});
  RowVector lengths("row_lengths", row_lengths, "logits", *logits);
  MatrixBeside mask("allow_mask", allow_mask, *logits);
  MatrixBeside bias("logit_bias", logit_bias, *logits);
  skim_sample_options options = SKIM_SAMPLE_OPTIONS_INIT;
  parameters.read_into(options);
  options.order = static_cast<std::int32_t>(order);
  options.logprobs = static_cast<std::int32_t>(logprob_kind);
  options.top_logprobs = top_count;
  options.num_threads = nearest_int32(num_threads);
  options.row_lengths = lengths.get();
  options.allow_mask = mask.get();
  options.logit_bias = bias.get();

  MatrixBeside matrix("logits", logits, *logits);
  RowVector tokens_vector("tokens", tokens, "logits", *logits);
  RowVector logprobs_vector("logprobs", logprobs, "logits", *logits);
  MatrixBeside top_tokens_matrix("top_tokens", top_tokens, *logits);
  MatrixBeside top_logprobs_matrix("top_logprobs", top_logprobs, *logits);
  check_sampling(skim_sample(matrix.get(), &options, tokens_vector.get(), logprobs_vector.get(),
                             top_tokens_matrix.get(), top_logprobs_matrix.get(), nullptr, 0,
                             nullptr));
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

}  // namespace

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"  // in the macro's own code
TVM_FFI_DLL_EXPORT_TYPED_FUNC(validate_sampling, validate_sampling)
TVM_FFI_DLL_EXPORT_TYPED_FUNC(sample, sample)
TVM_FFI_DLL_EXPORT_TYPED_FUNC(sample_new_tokens, sample_new_tokens)
#pragma GCC diagnostic pop
}  // namespace skim_ffi
