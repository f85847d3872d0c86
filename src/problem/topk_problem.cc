// request -> Problem: what can be refused without looking at pointers to the results.
#include <algorithm>
#include <bit>
#include <limits>

#include "problem/checks.h"
#include "skim/topk.h"

namespace skim {
namespace {

constexpr std::int64_t kMaxAlignment = 16;  // of the widest vector load of any backend

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
  if (input.rows < 0) refuse("rows = {} is negative; give a row count of 0 or more", input.rows);
  if (input.cols < 0) refuse("cols = {} is negative; give a column count of 0 or more", input.cols);
  if (input.cols > kMaxColumns) {
    refuse(
        "cols = {} is above the longest row of {} elements; split the rows and merge the results",
        input.cols, kMaxColumns);
  }
  if (k < 0) refuse("k = {} is negative; give a k from 0 to cols = {}", k, input.cols);
  if (k > input.cols)
    refuse("k = {} exceeds cols = {}; give a k of at most {}", k, input.cols, input.cols);
}

void check_sizes(const TensorView& input, std::int64_t k) {
  const auto size = static_cast<std::int64_t>(size_of(input.dtype));
  const std::int64_t steps = std::max<std::int64_t>(input.rows - 1, 0);
  const auto limit = std::numeric_limits<std::int64_t>::max() / 4;  // sums of a few stay exact
  const auto reach = checked_product(steps, input.row_stride);
  const auto bytes = reach ? checked_product(*reach, size) : reach;
  if (!bytes || *bytes > limit || *bytes < -limit) {
    refuse(
        "rows = {} with row_stride = {} spans more bytes than a 64-bit address reaches; "
        "check the stride or split the rows",
        input.rows, input.row_stride);
  }
  const auto results = checked_product(input.rows, k);
  if (!results || *results > limit / 16) {
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

void check_row_lengths(const TopkRequest& request) {
  const RowLengthsView& lengths = request.row_lengths;
  if (!is_index_dtype(lengths.dtype)) {
    refuse("row_lengths has dtype {}, but lengths are int32 or int64; convert them",
           is_known(lengths.dtype) ? name_of(lengths.dtype) : "unknown");
  }
  if (lengths.rows != request.input.rows) {
    refuse("row_lengths has {} entries for rows = {}; give one length a row", lengths.rows,
           request.input.rows);
  }
  if (lengths.device != request.input.device) {
    refuse("row_lengths is on {} but input is on {}; move it to the same device",
           to_string(lengths.device), to_string(request.input.device));
  }
}

std::int32_t guaranteed_alignment(const TensorView& input) {
  const auto stride =
      static_cast<std::uint64_t>(input.rows > 1 ? input.row_stride : 0) * size_of(input.dtype);
  const std::uint64_t bits = reinterpret_cast<std::uintptr_t>(input.data) | stride;
  if (bits == 0) return kMaxAlignment;
  return static_cast<std::int32_t>(std::min<std::int64_t>(
      kMaxAlignment, std::int64_t{1} << std::min(62, std::countr_zero(bits))));
}

}  // namespace

TopkProblem make_problem(const TopkRequest& request) {
  check_dtypes(request);
  check_shape(request.input, request.k);
  check_sizes(request.input, request.k);
  check_options(request);
  const bool has_row_lengths = request.row_lengths.given();
  if (has_row_lengths) check_row_lengths(request);

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
