// The C API of top-k: DLTensor -> view, exceptions -> status. No decisions.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "capi/dlpack_view.h"
#include "capi/given_workspace.h"
#include "capi/options.h"
#include "capi/row_views.h"
#include "capi/status.h"
#include "device_of.h"
#include "skim/skim.h"
#include "skim/topk.h"

namespace skim {
namespace {

skim_topk_options known_options(const skim_topk_options* options) {
  constexpr skim_topk_options kDefaults = SKIM_TOPK_OPTIONS_INIT;
  if (options == nullptr) return kDefaults;
  const auto known = read_options("skim_topk_options", *options, kDefaults);
  check_choice("smallest", known.smallest, 1);
  check_choice("unsorted", known.unsorted, 1);
  check_choice("by_index", known.by_index, 1);
  return known;
}

TopkRequest make_request(const DLTensor* in, std::int64_t k, const skim_topk_options& options,
                         const DLTensor* indices) {
  TopkRequest request;
  request.input = input_view("in", in);
  request.k = k;
  request.options.largest = options.smallest == 0;
  request.options.sorted = options.unsorted == 0;
  request.options.by_index = options.by_index != 0;
  request.options.num_threads = options.num_threads;
  if (indices != nullptr) request.options.index_dtype = dtype_of_tensor("indices", *indices);
  if (options.row_lengths != nullptr)
    request.row_lengths = integers_view("row_lengths", *options.row_lengths);
  auto& [page_table, row_offsets] = request.transform;
  if (options.page_table != nullptr)
    page_table.pages = view_for_rows("page_table", *options.page_table, request.input.rows);
  page_table.page_size = options.page_size;
  if (options.row_offsets != nullptr)
    row_offsets = integers_view("row_offsets", *options.row_offsets);
  return request;
}

TopkPlan make_plan(const TopkRequest& request) {
  const TopkProblem problem = make_problem(request);
  return plan_topk(problem, device_of(problem.device));
}

}  // namespace
}  // namespace skim

using namespace skim;  // NOLINT: this file is the C face of the namespace

extern "C" {

skim_status skim_topk_workspace(const DLTensor* in, int64_t k, const skim_topk_options* options,
                                const DLTensor* indices, size_t* bytes) {
  return guarded([&] {
    if (bytes == nullptr) throw InvalidRequest("bytes is null; pass the address of a size_t");
    *bytes = make_plan(make_request(in, k, known_options(options), indices)).workspace_bytes;
  });
}

skim_status skim_topk(const DLTensor* in, int64_t k, const skim_topk_options* options,
                      DLTensor* values, DLTensor* indices, void* workspace, size_t workspace_bytes,
                      void* stream) {
  return guarded([&] {
    const TopkRequest request = make_request(in, k, known_options(options), indices);
    const MutableTensorView values_view = output_view("values", values);
    const MutableTensorView indices_view = output_view("indices", indices);
    const TopkPlan plan = make_plan(request);
    const GivenWorkspace given(workspace, workspace_bytes, plan, Stream{stream});
    run(bind(plan, {request.input, values_view, indices_view, request.row_lengths, given.data(),
                    given.bytes(), request.transform}),
        Stream{stream});
  });
}

skim_status skim_topk_explain(const DLTensor* in, int64_t k, const skim_topk_options* options,
                              char* text, size_t size) {
  return guarded([&] {
    if (text == nullptr || size == 0)
      throw InvalidRequest("text has no room; pass a buffer of at least 1 byte");
    const TopkPlan plan = make_plan(make_request(in, k, known_options(options), nullptr));
    const std::string line =
        fmt::format("{}: {}: {}", to_string(plan.problem), to_string(plan), plan.reason);
    const std::size_t length = std::min(line.size(), size - 1);
    std::memcpy(text, line.data(), length);
    text[length] = '\0';
  });
}

}  // extern "C"
