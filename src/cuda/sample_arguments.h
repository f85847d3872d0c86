// What a sampling kernel is handed: plain values and pointers, by value.
#pragma once

#include <cstddef>
#include <cstdint>

#include "skim/sample.h"

namespace skim::cuda {

struct SampleArguments {
  const void* logits = nullptr;
  std::int64_t row_stride = 0;  // elements
  std::int64_t cols = 0;
  std::int64_t first_row = 0;  // of this launch
  std::int64_t rows = 0;       // of the problem
  SampleParameters parameters;
  FilterOrder order = FilterOrder::sequential;

  const void* row_lengths = nullptr;  // null: every row has `cols` tokens
  bool long_lengths = false;          // int64, else int32
  const std::int32_t* allow_mask = nullptr;
  std::int64_t mask_stride = 0;
  const float* logit_bias = nullptr;
  std::int64_t bias_stride = 0;

  void* tokens = nullptr;
  std::int64_t tokens_stride = 0;
  bool long_tokens = true;  // int64, else int32
  LogprobKind kind = LogprobKind::none;
  float* logprobs = nullptr;
  std::int64_t logprobs_stride = 0;

  int ctas = 1;                  // that share a row
  std::uint32_t tiles = 0;       // of a thread
  std::uint32_t candidates = 0;  // that the lists of a row have room for
};

}  // namespace skim::cuda
