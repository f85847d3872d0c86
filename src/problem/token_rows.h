// What requests of sampling and of its steps have in common: rows of one entry a token, and what
// becomes of them.
#pragma once

#include "problem/request_checks.h"
#include "skim/sample.h"

namespace skim {

inline void check_token_rows(const char* name, const TensorView& rows) {
  const DType dtype = rows.dtype;
  if (dtype != DType::f32 && dtype != DType::f16 && dtype != DType::bf16) {
    refuse("{} have dtype {}, but sampling takes float32, float16 or bfloat16; convert them", name,
           is_known(dtype) ? name_of(dtype) : "unknown");
  }
  check_rows_and_cols(rows);
  if (rows.cols > kMaxVocabulary) {
    refuse(
        "cols = {} is above the largest vocabulary of {} tokens; select the best with topk first",
        rows.cols, kMaxVocabulary);
  }
  check_reach(name, rows);
}

inline void check_token_dtype(DType dtype) {
  if (is_index_dtype(dtype)) return;
  refuse("token_dtype is {}, but tokens are int32 or int64; use one of these",
         is_known(dtype) ? name_of(dtype) : "unknown");
}

inline void check_num_threads(int num_threads) {
  if (num_threads >= 0) return;
  refuse("num_threads = {} is negative; give 0 for all threads or a limit of 1 and more",
         num_threads);
}

}  // namespace skim
