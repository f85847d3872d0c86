#include "recorded_kernels.h"

#include <fmt/format.h>

#include <cstddef>

#include "path.h"
#include "recorded_kernel.h"

namespace skim::bench {
namespace {

// action.operator()<DType>() for those that are compiled; false for others.
template <class Action>
bool for_recorded_dtype(DType dtype, Action action) {
  switch (dtype) {
    case DType::f32:
      action.template operator()<DType::f32>();
      return true;
    case DType::f16:
      action.template operator()<DType::f16>();
      return true;
    case DType::bf16:
      action.template operator()<DType::bf16>();
      return true;
    default:
      return false;
  }
}

std::vector<std::string> phases_of(const TopkPlan& plan) {
  std::vector<std::string> names;
  for_recorded_dtype(plan.problem.dtype,
                     [&]<DType kDType>() { names = recorded_phases<kDType>(plan.algorithm); });
  if (names.empty()) {
    throw NotApplicable(fmt::format("{} of {} has no kernel with a clock",
                                    to_string(plan.algorithm), name_of(plan.problem.dtype)));
  }
  return names;
}

// CTAs of a launch.
std::size_t ctas_of(const TopkPlan& plan) {
  const CudaGeometry& geometry = plan.cuda;
  const std::int64_t rows_of_cta = geometry.lanes > 0 ? geometry.threads / geometry.lanes : 1;
  const std::int64_t groups = (plan.problem.rows + rows_of_cta - 1) / rows_of_cta;
  return static_cast<std::size_t>(groups) * static_cast<std::size_t>(geometry.ctas);
}

class Recorder {
 public:
  Recorder(const TopkPlan& plan, const CaseInputs& inputs, Gpu& gpu)
      : plan_(plan),
        inputs_(inputs),
        gpu_(gpu),
        results_(static_cast<std::size_t>(plan.problem.rows * plan.problem.k)),
        values_(gpu, results_ * size_of(plan.problem.dtype)),
        indices_(gpu, results_ * size_of(plan.problem.index_dtype)),
        workspace_(gpu, plan.workspace_bytes + 1),
        cycles_(gpu, ctas_of(plan) * kMostPhases * sizeof(std::int64_t)) {}

  // The launches before it bring the code into the caches, as calls in a row have it.
  std::vector<std::int64_t> record(std::int64_t call) {
    constexpr int kLaunchesBefore = 3;
    for_recorded_dtype(plan_.problem.dtype, [&]<DType kDType>() {
      load_recorded<kDType>(plan_.algorithm, gpu_.device());
      record_into<kDType>(reinterpret_cast<unsigned long long*>(cycles_.data()), stream());
      for (int i = 0; i < kLaunchesBefore; ++i) launch_recorded<kDType>(bound(call + i), stream());
      gpu_.fill(cycles_.data(), 0, cycles_.bytes());
      launch_recorded<kDType>(bound(call + kLaunchesBefore), stream());
    });
    std::vector<std::int64_t> cycles(cycles_.bytes() / sizeof(std::int64_t));
    gpu_.to_host(cycles.data(), cycles_.data(), cycles_.bytes());
    return cycles;
  }

 private:
  Stream stream() const { return {gpu_.stream(), false}; }

  BoundTopk bound(std::int64_t call) const {
    const TopkProblem& problem = plan_.problem;
    const void* const input = inputs_.tensors()[call % inputs_.count()].data;
    TopkBuffers buffers;
    buffers.input = {input,        problem.dtype,      problem.rows,
                     problem.cols, problem.row_stride, problem.device};
    buffers.values = {values_.data(), problem.dtype, problem.rows,
                      problem.k,      problem.k,     problem.device};
    buffers.indices = {indices_.data(), problem.index_dtype, problem.rows,
                       problem.k,       problem.k,           problem.device};
    buffers.workspace = workspace_.data();
    buffers.workspace_bytes = plan_.workspace_bytes;
    return bind(plan_, buffers);
  }

  const TopkPlan& plan_;
  const CaseInputs& inputs_;
  Gpu& gpu_;
  std::size_t results_;
  GpuMemory values_;
  GpuMemory indices_;
  GpuMemory workspace_;
  GpuMemory cycles_;
};

}  // namespace

PhaseRecords record_phases(const TopkPlan& plan, const CaseInputs& inputs, int calls, Gpu& gpu) {
  PhaseRecords records{phases_of(plan), plan.cuda.ctas, {}};
  Recorder recorder(plan, inputs, gpu);
  for (int call = 0; call < calls; ++call) records.calls.push_back(recorder.record(call));
  return records;
}

}  // namespace skim::bench
