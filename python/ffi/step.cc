// The steps of sampling for the Python package: rows of any rank in, the C API of skim underneath.
#include <tvm/ffi/tvm_ffi.h>

#include <cstdint>

#include "current_stream.h"
#include "errors.h"
#include "matrix_beside.h"
#include "row_matrix.h"
#include "row_vector.h"
#include "sample_arguments.h"
#include "skim/skim.h"

namespace skim_ffi {
namespace {

// What errors call the rows of a step.
const char* name_of_rows(std::int64_t step) {
  const bool takes_probs = step == SKIM_STEP_TOP_K_RENORM_PROBS ||
                           step == SKIM_STEP_TOP_P_RENORM_PROBS ||
                           step == SKIM_STEP_SAMPLE_FROM_PROBS;
  return takes_probs ? "probs" : "logits";
}

// Refuses rows that no step takes, before they size a result.
void validate_step(std::int64_t step, DLTensor* rows) {
  const skim_sample_options options = SKIM_SAMPLE_OPTIONS_INIT;
  MatrixBeside matrix(name_of_rows(step), rows, name_of_rows(step), *rows);
  std::size_t workspace_bytes = 0;
  check_sampling(skim_sampling_step_workspace(static_cast<std::int32_t>(step), matrix.get(),
                                              &options, nullptr, &workspace_bytes));
}

// `output` is contiguous: one entry a row where it holds tokens, else of the shape of `rows`. On a
// GPU by the current stream.
void sampling_step(std::int64_t step, DLTensor* rows, DLTensor* output, ffi::AnyView temperature,
                   ffi::AnyView top_k, ffi::AnyView top_p, ffi::AnyView seed, ffi::AnyView offset,
                   const OptionalTensor& row_lengths, std::int64_t num_threads) {
  const char* const name = name_of_rows(step);
  Parameters parameters(name, *rows, {temperature, top_k, top_p, 0.0, seed, offset});
  RowVector lengths("row_lengths", row_lengths, name, *rows);
  skim_sample_options options = SKIM_SAMPLE_OPTIONS_INIT;
  parameters.read_into(options);
  options.num_threads = nearest_int32(num_threads);
  options.row_lengths = lengths.get();

  const bool tokens = step == SKIM_STEP_SAMPLE_FROM_PROBS;
  MatrixBeside matrix(name, rows, name, *rows);
  RowVector column("tokens", tokens ? OptionalTensor(output) : OptionalTensor(), name, *rows);
  MatrixBeside result("output", tokens ? OptionalTensor() : OptionalTensor(output), name, *rows);
  check_sampling(skim_sampling_step(static_cast<std::int32_t>(step), matrix.get(), &options,
                                    tokens ? column.get() : result.get(), nullptr, 0,
                                    current_stream(*rows)));
}

}  // namespace

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"  // in the macro's own code
TVM_FFI_DLL_EXPORT_TYPED_FUNC(validate_step, validate_step)
TVM_FFI_DLL_EXPORT_TYPED_FUNC(sampling_step, sampling_step)
#pragma GCC diagnostic pop
}  // namespace skim_ffi
