// What the kernel of a step of sampling is handed: plain values and pointers, by value.
#pragma once

#include <cstdint>

#include "cuda/sample_arguments.h"
#include "skim/sampling_steps.h"

namespace skim::cuda {

// Rows of probabilities are its logits too.
struct StepArguments : SampleArguments {
  SamplingStep step = SamplingStep::softmax;
  void* output = nullptr;
  std::int64_t output_stride = 0;  // elements
};

}  // namespace skim::cuda
