// The C API: DLTensor -> view, exceptions -> status. No decisions.
#include <fmt/format.h>

#include <cstdio>
#include <cstring>
#include <new>
#include <string>

#include "capi/dlpack_view.h"
#include "device_of.h"
#include "skim/skim.h"
#include "skim/topk.h"
#include "workspace.h"

namespace skim {
namespace {

// Of a fixed size, so that telling of a failure cannot fail itself.
thread_local char last_error[1024] = "";

skim_status failed(skim_status status, const char* message) noexcept {
  std::snprintf(last_error, sizeof(last_error), "%s", message);
  return status;
}

// Runs `body`; what it throws becomes a status and the thread's message.
template <class Body>
skim_status guarded(const Body& body) noexcept {
  try {
    last_error[0] = '\0';
    body();
    return SKIM_OK;
  } catch (const InvalidRequest& error) {
    return failed(SKIM_INVALID_REQUEST, error.what());
  } catch (const DeviceError& error) {
    return failed(SKIM_DEVICE_ERROR, error.what());
  } catch (const std::bad_alloc&) {
    return failed(SKIM_OUT_OF_MEMORY, "out of memory");
  } catch (const std::exception& error) {
    return failed(SKIM_INTERNAL_ERROR, error.what());
  } catch (...) {
    return failed(SKIM_INTERNAL_ERROR, "an unknown exception");
  }
}

void check_flag(const char* name, std::int32_t value) {
  if (value == 0 || value == 1) return;
  throw InvalidRequest(
      fmt::format("options->{} = {} is not a choice; set it to 0 or 1", name, value));
}

// Options of a caller that was compiled against an older or newer header.
skim_topk_options read_options(const skim_topk_options* options) {
  skim_topk_options known = SKIM_TOPK_OPTIONS_INIT;
  if (options == nullptr) return known;
  const std::size_t given = options->struct_size;
  if (given < sizeof(options->struct_size) || given > 4096) {
    throw InvalidRequest(
        fmt::format("options->struct_size = {} is not the size of skim_topk_options; set it to "
                    "sizeof(skim_topk_options)",
                    given));
  }
  const auto* bytes = reinterpret_cast<const unsigned char*>(options);
  for (std::size_t i = sizeof(known); i < given; ++i) {
    if (bytes[i] != 0) {
      throw InvalidRequest(
          fmt::format("options has a field at byte {} that version {} of skim does not know; zero "
                      "it or update skim",
                      i, SKIM_VERSION_STRING));
    }
  }
  std::memcpy(&known, options, std::min(given, sizeof(known)));
  if (known.reserved != 0) {
    throw InvalidRequest(
        fmt::format("options->reserved = {} must be 0; zero the struct first", known.reserved));
  }
  check_flag("smallest", known.smallest);
  check_flag("unsorted", known.unsorted);
  return known;
}

TopkRequest make_request(const DLTensor* in, std::int64_t k, const skim_topk_options& options,
                         const DLTensor* indices) {
  TopkRequest request;
  request.input = input_view("in", in);
  request.k = k;
  request.options.largest = options.smallest == 0;
  request.options.sorted = options.unsorted == 0;
  request.options.num_threads = options.num_threads;
  if (indices != nullptr) request.options.index_dtype = dtype_of_tensor("indices", *indices);
  if (options.row_lengths != nullptr)
    request.row_lengths = lengths_view("row_lengths", *options.row_lengths);
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
    *bytes = make_plan(make_request(in, k, read_options(options), indices)).workspace_bytes;
  });
}

skim_status skim_topk(const DLTensor* in, int64_t k, const skim_topk_options* options,
                      DLTensor* values, DLTensor* indices, void* workspace, size_t workspace_bytes,
                      void* stream) {
  return guarded([&] {
    const TopkRequest request = make_request(in, k, read_options(options), indices);
    const MutableTensorView values_view = output_view("values", values);
    const MutableTensorView indices_view = output_view("indices", indices);
    const TopkPlan plan = make_plan(request);
    const bool allocate = workspace == nullptr && workspace_bytes == 0;
    const OwnedWorkspace owned(allocate ? plan.workspace_bytes : 0, plan.problem.device,
                               Stream{stream});
    run(bind(plan, {request.input, values_view, indices_view, request.row_lengths,
                    allocate ? owned.data() : workspace,
                    allocate ? plan.workspace_bytes : workspace_bytes}),
        Stream{stream});
  });
}

skim_status skim_topk_explain(const DLTensor* in, int64_t k, const skim_topk_options* options,
                              char* text, size_t size) {
  return guarded([&] {
    if (text == nullptr || size == 0)
      throw InvalidRequest("text has no room; pass a buffer of at least 1 byte");
    const TopkPlan plan = make_plan(make_request(in, k, read_options(options), nullptr));
    const std::string line =
        fmt::format("{}: {}: {}", to_string(plan.problem), to_string(plan), plan.reason);
    const std::size_t length = std::min(line.size(), size - 1);
    std::memcpy(text, line.data(), length);
    text[length] = '\0';
  });
}

const char* skim_last_error(void) { return last_error; }

const char* skim_version(void) { return SKIM_VERSION_STRING; }

}  // extern "C"
