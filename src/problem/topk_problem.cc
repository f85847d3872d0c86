// request -> Problem: what can be refused without looking at pointers to the results.
#include <algorithm>
#include <limits>

#include "problem/checks.h"
#include "problem/page_table.h"
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

void check_page_table(const TensorView& input, const PageTableView& table) {
  constexpr auto kMostPageSize = std::int64_t{std::numeric_limits<std::int32_t>::max()};
  const TensorView& pages = table.pages;
  if (pages.dtype != DType::i32) {
    refuse("page_table has dtype {}, but numbers of pages are int32; convert them",
           is_known(pages.dtype) ? name_of(pages.dtype) : "unknown");
  }
  if (table.page_size < 1 || table.page_size > kMostPageSize) {
    refuse("page_size = {} is not in 1 to {}; give the columns of a page", table.page_size,
           kMostPageSize);
  }
  if (pages.rows != input.rows) {
    refuse("page_table has {} rows for rows = {}; give one row of pages a row", pages.rows,
           input.rows);
  }
  const std::int64_t needed = pages_of(input.cols, table.page_size);
  if (pages.cols < needed) {
    refuse(
        "page_table has {} columns, but cols = {} with page_size = {} are in {} pages; give one "
        "column a page",
        pages.cols, input.cols, table.page_size, needed);
  }
  check_reach("page_table", pages);
  check_same_device("page_table", pages.device, "input", input.device);
}

void check_transform(const TopkRequest& request) {
  const auto& [page_table, row_offsets] = request.transform;
  if (page_table.given() && row_offsets.given())
    refuse("page_table and row_offsets are both given; give one of them");
  if (page_table.given()) check_page_table(request.input, page_table);
  if (!page_table.given() && page_table.page_size != 0) {
    refuse("page_size = {} is given without a page_table; give one or leave it at 0",
           page_table.page_size);
  }
  if (row_offsets.given())
    check_row_integers("row_offsets", "offset", "input", request.input, row_offsets);
}

void set_transform(const IndexTransformView& transform, TopkProblem& problem) {
  if (transform.page_table.given()) {
    problem.transform = IndexTransform::page_table;
    problem.page_size = static_cast<std::int32_t>(transform.page_table.page_size);
  } else if (transform.row_offsets.given()) {
    problem.transform = IndexTransform::row_offsets;
    problem.row_offsets_dtype = transform.row_offsets.dtype;
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
  check_transform(request);

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
  problem.by_index = request.options.by_index;
  set_transform(request.transform, problem);
  problem.num_threads = request.options.num_threads;
  problem.alignment = guaranteed_alignment(request.input);
  problem.device = request.input.device;
  return problem;
}

}  // namespace skim
