// A sampling request in guarded memory, where its input is, the rows that an oracle sees of it, and
// the bytes that must come out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "skim/sample.h"
#include "support/gpu_mirror.h"
#include "support/guarded_buffer.h"
#include "support/input_image.h"
#include "support/sample_row.h"
#include "support/selection.h"

namespace skim::test {

// A matrix beside the logits.
enum class Beside : std::uint8_t { none, one_a_row, one_for_all };

struct SampleSpec {
  FilterOrder order = FilterOrder::sequential;
  LogprobKind logprobs = LogprobKind::processed;
  std::int64_t top_logprobs = 0;
  DType token_dtype = DType::i64;
  SampleParameters parameters = {};  // one value each
  bool each = false;                 // instead: mixed values, one a row
  Lengths lengths = Lengths::none;
  Beside mask = Beside::none;
  Beside bias = Beside::none;
  int num_threads = 0;
  std::uint64_t seed = 0;  // of what is mixed
};
std::string to_string(const SampleSpec& spec);

// An array in guarded memory.
template <class T>
class GuardedArray {
 public:
  explicit GuardedArray(std::vector<T> values)
      : values_(std::move(values)), memory_(values_.size() * sizeof(T)) {
    if (!values_.empty()) std::memcpy(memory_.data(), values_.data(), memory_.size());
  }

  const T* data() const { return reinterpret_cast<const T*>(memory_.data()); }
  const T& operator[](std::int64_t i) const { return values_[static_cast<std::size_t>(i)]; }
  MirroredBuffer mirrored() { return {&memory_, std::as_bytes(std::span(values_))}; }
  bool unchanged() const {
    return memory_.guards_intact() &&
           (values_.empty() || std::memcmp(memory_.data(), values_.data(), memory_.size()) == 0);
  }

 private:
  std::vector<T> values_;
  GuardedBuffer memory_;
};

// One value a row of each parameter, those that mean nothing among them.
struct MixedParameters {
  MixedParameters(std::int64_t rows, std::int64_t cols, std::uint64_t seed);
  SampleParameters view() const;
  std::vector<MirroredBuffer> mirrored();
  bool unchanged() const;

  GuardedArray<float> temperature;
  GuardedArray<std::int32_t> top_k;
  GuardedArray<float> top_p;
  GuardedArray<float> min_p;
  GuardedArray<std::uint64_t> seed;
  GuardedArray<std::uint64_t> offset;
};

class SampleImage {
 public:
  // The input outlives it.
  SampleImage(const InputImage& input, const SampleSpec& spec);

  SampleRequest request() const;
  SampleRow row(std::int64_t number) const;
  void expect(std::int64_t row, const SampleAnswer& answer);
  // Runs on poisoned results and a workspace of random bytes. Returns "", or what was wrong.
  std::string run(const SamplePlan& plan);
  SampleAnswer found(std::int64_t row) const;

 private:
  bool on_gpu() const { return input_.spec().device == kGpu; }
  void move_to_gpu();
  std::string run_on_cpu(const SamplePlan& plan);
  std::string run_on_gpu(const SamplePlan& plan);
  // Where what is at a host's address is for the run.
  template <class T>
  T* there(T* host) const;
  SampleOutputs outputs() const;
  std::string what_is_wrong() const;
  bool inputs_unchanged() const;
  std::int64_t length_of(std::int64_t row) const;
  bool allowed(std::int64_t row, std::int64_t column) const;
  void expect_token(OutputImage& image, std::int64_t row, std::int64_t rank, std::int64_t token);
  bool has_logprobs() const { return spec_.logprobs != LogprobKind::none; }

  const InputImage& input_;
  SampleSpec spec_;
  std::int64_t words_;  // of the mask of one row
  std::optional<MixedParameters> mixed_;
  GuardedArray<std::int64_t> lengths_;
  GuardedArray<std::int32_t> narrow_lengths_;
  GuardedArray<std::uint32_t> mask_;
  GuardedArray<float> bias_;
  OutputImage tokens_;
  OutputImage logprobs_;
  OutputImage top_tokens_;
  OutputImage top_logprobs_;
  std::unique_ptr<const GpuMirror> gpu_;  // made by the first run
  std::uint64_t runs_ = 0;
};

// A plan for so many threads and this SIMD target.
SamplePlan forced_plan(const SampleProblem& problem, SimdTarget target, int threads);

}  // namespace skim::test
