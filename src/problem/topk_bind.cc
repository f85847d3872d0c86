// Plan + memory -> bound: what can be refused only with the pointers at hand.
#include "problem/memory_checks.h"
#include "problem/page_table.h"
#include "problem/request_checks.h"
#include "skim/topk.h"

namespace skim {
namespace {

void check_page_table(const TopkProblem& problem, const PageTableView& table) {
  if (problem.transform != IndexTransform::page_table) {
    if (!table.given()) return;
    refuse("page_table was given, but the plan was made without; plan again with page_table");
  }
  if (table.page_size != problem.page_size) {
    refuse("page_size = {} is not the {} that the plan was made for; plan again", table.page_size,
           problem.page_size);
  }
  const TensorView& pages = table.pages;
  const std::int64_t needed = pages_of(problem.cols, problem.page_size);
  const std::int64_t cols = pages.cols < needed ? needed : pages.cols;  // more than needed is fine
  check_matches("page_table", pages, problem.rows, cols, DType::i32, problem.device);
  check_reach("page_table", pages);
  check_pointer("page_table", pages);
}

void check_overlap(const TopkPlan& plan, const TopkBuffers& buffers) {
  const Named values{"values", extent_of(buffers.values)};
  const Named indices{"indices", extent_of(buffers.indices)};
  const Named workspace{"workspace", extent_of(buffers.workspace, plan.workspace_bytes)};
  const Named read[] = {{"input", extent_of(buffers.input)},
                        {"row_lengths", extent_of(buffers.row_lengths)},
                        {"page_table", extent_of(buffers.transform.page_table)},
                        {"row_offsets", extent_of(buffers.transform.row_offsets)}};
  const Named written[] = {values, indices, workspace};
  const Named results[] = {values, indices};
  check_all_apart(written, read);
  check_apart(indices.name, indices.extent, values.name, values.extent);
  check_all_apart({&workspace, 1}, results);
}

}  // namespace

BoundTopk bind(const TopkPlan& plan, const TopkBuffers& buffers) {
  const TopkProblem& problem = plan.problem;
  check_input("input", problem, buffers.input);
  check_output("values", buffers.values, problem.rows, problem.k, problem.dtype, problem.device);
  check_output("indices", buffers.indices, problem.rows, problem.k, problem.index_dtype,
               problem.device);
  check_row_lengths(problem, buffers.row_lengths);
  check_page_table(problem, buffers.transform.page_table);
  check_row_integers("row_offsets", problem, buffers.transform.row_offsets,
                     problem.transform == IndexTransform::row_offsets, problem.row_offsets_dtype);
  check_workspace(plan, buffers);
  check_overlap(plan, buffers);
  return {plan, buffers};
}

}  // namespace skim
