// One token of every row of logits: request -> SampleProblem -> SamplePlan -> BoundSample -> run.
//
// The tokens of a row that are allowed get the masses exp((x - max) / temperature), filters leave
// the first so many of them in the order of top-k, and an inverse CDF draws one. A row's token
// depends on its own logits, parameters, seed and offset only, not on threads, instruction set or
// batch (docs/sampling.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "skim/device.h"
#include "skim/dtype.h"
#include "skim/error.h"
#include "skim/export.h"
#include "skim/tensor_view.h"
#include "skim/topk.h"

namespace skim {

// The longest row: so many masses always have a sum of 64 bits.
inline constexpr std::int64_t kMaxVocabulary = std::int64_t{1} << 23;

// What the share of top-p is a share of. min-p is relative to the likeliest token in all of them.
enum class FilterOrder : std::uint8_t {
  sequential,  // what min-p and top-k leave (vLLM: min-p, top-k, top-p)
  hf,          // what top-k leaves (Hugging Face: top-k, top-p, min-p)
  joint,       // the full distribution (FlashInfer, SGLang)
};

// The distribution whose log-probabilities are returned.
enum class LogprobKind : std::uint8_t {
  none,
  raw,        // softmax of the logits of the allowed tokens: temperature 1, no bias, no filters
  processed,  // what the token was drawn from: bias, temperature and filters applied
};

// One value for all rows, or one a row.
template <class T>
struct RowParameter {
  T value{};
  const T* each = nullptr;  // in the memory of the logits' device; then `value` is not looked at
};

// Values of `each` are not validated (on a GPU they could not be without waiting for it), so all of
// them mean something: see each line.
struct SampleParameters {
  RowParameter<float> temperature{1.0F};  // 0: the first maximum; of `each`: NaN or below 0 too
  RowParameter<std::int32_t> top_k{0};    // 0 or less: off; above the row's length: its length
  RowParameter<float> top_p{1.0F};        // 1 or more: off; of `each`: NaN off, below 0 as 0
  RowParameter<float> min_p{0.0F};        // 0: off; of `each`: NaN or below 0 off, above 1 as 1
  RowParameter<std::uint64_t> seed{0};
  RowParameter<std::uint64_t> offset{0};  // one value o: row r draws with o + r
};

// What a request, and later a run, is given.
struct SampleInputs {
  TensorView logits;  // f32, f16 or bf16
  SampleParameters parameters;
  RowLengthsView row_lengths;            // optional: only the first row_lengths[r] tokens exist
  std::optional<TensorView> allow_mask;  // i32, rows x ceil(cols / 32): bit i % 32 of word i / 32
  std::optional<TensorView> logit_bias;  // f32, rows x cols: added to the logits; row stride 0
                                         // gives all rows one bias, as it does for the mask
};

struct SampleOptions {
  FilterOrder order = FilterOrder::sequential;
  DType token_dtype = DType::i64;  // or i32
  LogprobKind logprobs = LogprobKind::none;
  std::int64_t top_logprobs = 0;  // so many likeliest tokens of that distribution are returned too
  int num_threads = 0;            // CPU: at most this many; 0 means as many as the device has
};

struct SampleRequest {
  SampleInputs inputs;
  SampleOptions options;
};

// A validated request; no pointer.
struct SampleProblem {
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::int64_t row_stride = 0;  // elements
  DType dtype = DType::f32;
  DType token_dtype = DType::i64;
  FilterOrder order = FilterOrder::sequential;
  LogprobKind logprobs = LogprobKind::none;
  std::int64_t top_logprobs = 0;
  std::int64_t most_top_k = 0;  // that a row may ask for: 0 where top-k is off, cols for one a row
  bool top_k_each = false;      // one top_k a row
  bool has_row_lengths = false;
  DType row_lengths_dtype = DType::i64;
  bool has_allow_mask = false;
  bool has_logit_bias = false;
  int num_threads = 0;         // 0: as many as the device has
  std::int32_t alignment = 1;  // bytes, a power of two up to 16 that divides every row's address
  DeviceId device;

  friend bool operator==(const SampleProblem&, const SampleProblem&) = default;
};

// Validates. Throws InvalidRequest on logits that are no f32, f16 or bf16, negative sizes, more
// than kMaxVocabulary columns, sizes that overflow, a temperature, top_p or min_p that is NaN,
// negative or, for the first, infinite, min_p above 1, top_logprobs outside 0..cols or without a
// kind, masks, biases and lengths that do not fit.
SKIM_EXPORT SampleProblem make_sample_problem(const SampleRequest& request);

// How a plan selects the best of a row where it must, for up to so many.
struct SampleSelection {
  std::int64_t most = 0;
  TopkAlgorithm algorithm = TopkAlgorithm::nothing;
  CpuGeometry cpu;
};

inline constexpr int kMostSampleSelections = 3;

// On a GPU: what the kernel row_masses, which serves every problem, is launched with, and
// top_lists, which adds the lists of the likeliest tokens.
struct CudaSampleGeometry {
  CtaTeam team = CtaTeam::grid;
  int ctas = 1;          // that share one row
  int threads = 0;       // of a CTA
  int tiles = 0;         // of 16 tokens that a thread looks after
  bool held = true;      // in registers; else they are read anew for each question about the row
  int candidates = 0;    // of a top-k, that there is room for; 0: its end is searched for
  int list_threads = 0;  // of the CTA that lists the likeliest of a row; 0: nothing is listed

  friend bool operator==(const CudaSampleGeometry&, const CudaSampleGeometry&) = default;
};

struct SamplePlan {
  SampleProblem problem;
  CudaSampleGeometry cuda;  // where the problem lives on a GPU; what follows, on a CPU
  int threads = 1;
  SimdTarget simd = SimdTarget::scalar;
  SampleSelection
      selections[kMostSampleSelections];  // ascending; a row takes the first that will do
  int selection_count = 0;
  std::size_t workspace_bytes = 0;
  std::int64_t bytes_read = 0;  // of logits, each element counted once
  const char* reason = "";      // on a GPU, why this geometry; a string literal
};

// Chooses. Touches no memory and no device. Throws InvalidRequest when the problem lives on another
// device.
SKIM_EXPORT SamplePlan plan_sample(const SampleProblem& problem, const Device& device);

// The caller's memory for results. `tokens` has shape rows x 1; `logprobs` (f32) too, where the
// problem has a kind of them; `top_tokens` (of tokens' dtype) and `top_logprobs` (f32) rows x
// top_logprobs.
struct SampleOutputs {
  MutableTensorView tokens;
  std::optional<MutableTensorView> logprobs;
  std::optional<MutableTensorView> top_tokens;
  std::optional<MutableTensorView> top_logprobs;
};

struct SampleBuffers {
  SampleInputs inputs;
  SampleOutputs outputs;
  void* workspace = nullptr;  // aligned to kWorkspaceAlignment; its contents mean nothing
  std::size_t workspace_bytes = 0;
};

// A plan with memory that was checked to fit it.
struct BoundSample {
  SamplePlan plan;
  SampleBuffers buffers;
};

// Checks. Throws InvalidRequest on parameters that make_sample_problem refuses or that the problem
// was not made for, on null or misaligned pointers, a shape, stride, dtype or device that is not
// the problem's, results that are missing or that nobody asked for, overlap of a result with
// anything else, too small a workspace.
SKIM_EXPORT BoundSample bind(const SamplePlan& plan, const SampleBuffers& buffers);

// Draws, without allocating; on a GPU by one kernel that is enqueued on the stream, and can be
// captured into a graph. A row without an allowed logit above -inf gives token -1 and
// log-probability -inf, a row with an allowed NaN token -1 and log-probability NaN. Top lists name
// tokens without probability, and those that are not allowed last, with -inf; where the row has no
// more, or no token, they hold -1 and -inf. O(cols) a row, more where top-p alone is small.
// Safe from many threads, a workspace each.
SKIM_EXPORT void run(const BoundSample& bound, Stream stream = {});

SKIM_EXPORT std::string to_string(FilterOrder order);
SKIM_EXPORT std::string to_string(LogprobKind kind);
SKIM_EXPORT std::string to_string(const SampleProblem& problem);  // one line
SKIM_EXPORT std::string to_string(const SamplePlan& plan);        // one line

// ---- Conveniences: validate, plan, allocate, bind and run in one call ----

SKIM_EXPORT void sample(const SampleInputs& inputs, const SampleOutputs& outputs,
                        const SampleOptions& options = {}, Stream stream = {});

// The token of one row.
template <class T>
std::int64_t sample(std::span<const T> logits, const SampleParameters& parameters) {
  std::int64_t token = -1;
  SampleInputs inputs;
  inputs.logits = matrix_view(logits.data(), 1, static_cast<std::int64_t>(logits.size()));
  inputs.parameters = parameters;
  sample(inputs, SampleOutputs{mutable_matrix_view(&token, 1, 1), {}, {}, {}});
  return token;
}

}  // namespace skim
