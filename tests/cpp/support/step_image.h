// A step of sampling on an input in guarded memory, and the bytes that must come out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "skim/sampling_steps.h"
#include "support/input_image.h"
#include "support/sample_image.h"
#include "support/selection.h"
#include "support/step_oracle.h"

namespace skim::test {

struct StepSpec {
  SamplingStep step = SamplingStep::softmax;
  SampleParameters parameters = {};  // one value each; of those that the step has no use for any
  bool each = false;                 // instead: mixed values, one a row
  Lengths lengths = Lengths::none;
  DType token_dtype = DType::i64;
  std::uint64_t seed = 0;  // of what is mixed
};
std::string to_string(const StepSpec& spec);

class StepImage {
 public:
  // The input outlives it. What must come out is the oracle's answer.
  StepImage(const InputImage& input, const StepSpec& spec);

  StepRequest request() const;
  // Runs on a poisoned result and a workspace of random bytes, where the input is. Returns "", or
  // what was wrong.
  std::string run(const StepPlan& plan);

 private:
  bool on_gpu() const { return input_.spec().device == kGpu; }
  std::string run_on_cpu(const StepPlan& plan);
  std::string run_on_gpu(const StepPlan& plan);
  void move_to_gpu();
  template <class T>
  T* there(T* host) const;
  SampleRow row(std::int64_t number) const;
  std::int64_t length_of(std::int64_t row) const;
  void expect(std::int64_t row);
  void expect_masked(std::int64_t row, const std::vector<bool>& kept);
  std::string what_is_wrong() const;

  const InputImage& input_;
  StepSpec spec_;
  std::optional<MixedParameters> mixed_;
  GuardedArray<std::int64_t> lengths_;
  GuardedArray<std::int32_t> narrow_lengths_;
  OutputImage output_;
  std::unique_ptr<const GpuMirror> gpu_;  // made by the first run
  std::uint64_t runs_ = 0;
};

// On every SIMD target, with one thread and two in turn.
class StepCheck {
 public:
  void compare(const InputImage& input, const StepSpec& spec);

 private:
  int turn_ = 0;
};

}  // namespace skim::test
