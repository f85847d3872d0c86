// request -> Problem: what can be refused without looking at pointers to the results.
#include <algorithm>
#include <limits>

#include "problem/checks.h"
#include "problem/request_checks.h"
#include "skim/topk.h"

namespace skim {
namespace {

void check_dtypes(const TopkRequest& request) {
  if (!is_known(request.input.dtype)) {
    refuse(
        "input dtype {} is not known to skim; use one of float32, float16, bfloat16, float64, "
        "int8, uint8, int16, int32, int64",
        static_cast<int>(request.input.dtype));
  }
  if (!is_index_dtype(request.options.index_dtype)) {
    const DType dtype = request.options.index_dtype;
    if (is_known(dtype)) {
      refuse("index_dtype is {}, but indices are int32 or int64; use one of these", name_of(dtype));
    }
    refuse("index_dtype {} is not known to skim; use int32 or int64", static_cast<int>(dtype));
  }
}

void check_shape(const TensorView& input, std::int64_t k) {
  check_rows_and_cols(input);
  if (k < 0) refuse("k = {} is negative; give a k from 0 to cols = {}", k, input.cols);
  if (k > input.cols)
    refuse("k = {} exceeds cols = {}; give a k of at most {}", k, input.cols, input.cols);
}

void check_sizes(const TensorView& input, std::int64_t k) {
  check_reach("input", input);
  const auto results = checked_product(input.rows, k);
  if (!results || *results > kMostBytes / 16) {
    refuse("rows * k = {} * {} results are more than 64-bit sizes hold; split the rows", input.rows,
           k);
  }
}

void check_options(const TopkRequest& request) {
  const auto limit = std::int64_t{std::numeric_limits<std::int32_t>::max()};
  if (request.options.index_dtype == DType::i32 && request.input.cols > limit) {
    refuse("index_dtype int32 cannot hold the indices of cols = {}, the limit is {}; use int64",
           request.input.cols, limit);
  }
  if (request.options.num_threads < 0) {
    refuse("num_threads = {} is negative; give 0 for all threads or a limit of 1 and more",
           request.options.num_threads);
  }
}

}  // namespace

TopkProblem make_problem(const TopkRequest& request) {
  check_dtypes(request);
  check_shape(request.input, request.k);
  check_sizes(request.input, request.k);
  check_options(request);
  const bool has_row_lengths = request.row_lengths.given();
  if (has_row_lengths) check_row_lengths("input", request.input, request.row_lengths);

  TopkProblem problem;
  problem.rows = request.input.rows;
  problem.cols = request.input.cols;
  problem.row_stride = request.input.rows > 1 ? request.input.row_stride : request.input.cols;
  problem.k = request.k;
  problem.dtype = request.input.dtype;
  problem.index_dtype = request.options.index_dtype;
  problem.largest = request.options.largest;
  problem.sorted = request.options.sorted;
  problem.has_row_lengths = has_row_lengths;
  problem.row_lengths_dtype = has_row_lengths ? request.row_lengths.dtype : DType::i64;
  problem.num_threads = request.options.num_threads;
  problem.alignment = guaranteed_alignment(request.input);
  problem.device = request.input.device;
  return problem;
}

}  // namespace skim
