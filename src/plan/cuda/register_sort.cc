#include "plan/cuda/register_sort.h"

#include <algorithm>
#include <string>

#include "cuda/register_sort_layout.h"
#include "plan/tuning.h"
#include "problem/checks.h"

namespace skim::cuda_plan {
namespace {

using cuda::RegisterSortShape;

constexpr std::int64_t kVectorBytes = 16;

// Elements from the start of an aligned vector to that of a row in it, at most.
std::int64_t most_lead(const TopkProblem& problem) {
  const auto alignment = std::min<std::int64_t>(problem.alignment, kVectorBytes);
  return (kVectorBytes - alignment) / static_cast<std::int64_t>(size_of(problem.dtype));
}

bool holds(const RegisterSortShape& shape, const TopkProblem& problem) {
  return problem.k <= shape.results &&
         problem.cols + most_lead(problem) <= shape.cols(size_of(problem.dtype));
}

// The least work that is enough; null where nothing is.
const RegisterSortShape* least_shape(const TopkProblem& problem) {
  const auto shapes = cuda::register_sort_shapes(problem.dtype);
  const auto found = std::ranges::find_if(
      shapes, [&](const RegisterSortShape& shape) { return holds(shape, problem); });
  return found != shapes.end() ? &*found : nullptr;
}

CudaGeometry choose(const TopkProblem& problem, const Device&, CtaTeam) {
  CudaGeometry geometry;
  geometry.threads = tuning::kRegisterSortThreads;
  const RegisterSortShape* const shape = least_shape(problem);
  if (shape == nullptr) return geometry;
  geometry.lanes = shape->lanes;
  geometry.vectors = shape->vectors;
  geometry.capacity = shape->results;
  return geometry;
}

// Of short rows of 16-bit elements, of which a register holds two, more.
std::int64_t most_results_of_few_rows(const TopkProblem& problem) {
  const bool is_short =
      size_of(problem.dtype) == 2 && problem.cols <= tuning::kRegisterSortColsPerResult * problem.k;
  return is_short ? tuning::kRegisterSortResultsOfShortRows : tuning::kRegisterSortResultsOfFewRows;
}

const char* reason(const TopkProblem& problem, const Device&, CtaTeam) {
  const auto row_bytes = problem.cols * static_cast<std::int64_t>(size_of(problem.dtype));
  if (least_shape(problem) == nullptr) return nullptr;
  if (problem.k * row_bytes > tuning::kMostRegisterSortWork) return nullptr;
  if (problem.k > most_results_of_few_rows(problem) && problem.rows < tuning::kManyShortRows) {
    return nullptr;
  }
  return "rows and k are small enough for a few lanes to sort a row in registers";
}

// "8 lanes, 4 vectors, capacity 16 (256 columns); ..."
std::string compiled_shapes(DType dtype) {
  std::string text;
  for (const RegisterSortShape& shape : cuda::register_sort_shapes(dtype)) {
    text +=
        fmt::format("{}{} lanes, {} vectors, capacity {} ({} columns)", text.empty() ? "" : "; ",
                    shape.lanes, shape.vectors, shape.results, shape.cols(size_of(dtype)));
  }
  return text;
}

void check(const TopkProblem& problem, const CudaGeometry& geometry) {
  const auto shapes = cuda::register_sort_shapes(problem.dtype);
  if (shapes.empty()) {
    refuse("forced algorithm = register_sort does not serve {}; choose filter or radix_select",
           name_of(problem.dtype));
  }
  if (geometry.lanes == 0) {
    refuse(
        "forced algorithm = register_sort does not serve k = {} of {} columns; choose filter, "
        "or one of these: {}",
        problem.k, problem.cols, compiled_shapes(problem.dtype));
  }
  check_threads(geometry, cuda::kMostRegisterSortThreads);
  check_alone(TopkAlgorithm::register_sort, geometry);
  const auto shape = std::ranges::find_if(
      shapes, [&](const RegisterSortShape& compiled) { return compiled.is_of(geometry); });
  if (shape == shapes.end()) {
    refuse(
        "forced lanes = {}, vectors = {} and capacity = {} are not compiled for register_sort; "
        "choose one of these: {}",
        geometry.lanes, geometry.vectors, geometry.capacity, compiled_shapes(problem.dtype));
  }
  if (!holds(*shape, problem)) {
    refuse(
        "forced vectors = {} and capacity = {} hold {} columns and {} results, but a row has {}, "
        "up to {} more where it begins inside a vector, and k = {}; raise one of them or choose "
        "filter",
        geometry.vectors, geometry.capacity, shape->cols(size_of(problem.dtype)), shape->results,
        problem.cols, most_lead(problem), problem.k);
  }
}

std::size_t shared_bytes(const TopkProblem&, const CudaGeometry&) { return 0; }

}  // namespace

constinit const Algorithm kRegisterSort{TopkAlgorithm::register_sort,
                                        false,
                                        reason,
                                        choose,
                                        nullptr,
                                        check,
                                        shared_bytes,
                                        no_workspace};

}  // namespace skim::cuda_plan
