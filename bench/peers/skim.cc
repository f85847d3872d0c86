#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "crossover/forced_plan.h"
#include "dlpack_dtype.h"
#include "gpu.h"
#include "peers/peers.h"
#include "plan/override.h"
#include "skim/skim.h"
#include "skim/topk.h"

namespace skim::bench {
namespace {

struct AlignedDelete {
  void operator()(std::byte* memory) const {
    ::operator delete (memory, std::align_val_t{kWorkspaceAlignment});
  }
};

// The plan is made once a case, as a caller with fixed shapes does; binding is part of every call.
class SkimPath final : public Path {
 public:
  // Without `forced` it is the plan that everyone gets, and serves every case.
  SkimPath(std::string name, const std::optional<PlanOverride>& forced, DType index_dtype)
      : Path({std::move(name), skim_version(), "", SKIM_BENCH_OWN_KERNEL, 0}),
        forced_(forced),
        index_dtype_(index_dtype) {}

  void prepare(const skim_bench_case& bench_case) override {
    case_ = bench_case;
    gpu_ = on_gpu(bench_case) ? &open_gpu() : nullptr;
    dtype_ = dtype_from(bench_case.inputs[0].dtype);
    plan_ = plan();
    allocate();
  }

  void run(std::int64_t first, std::int64_t count) override {
    for (std::int64_t call = first; call < first + count; ++call) {
      TopkBuffers buffers;
      buffers.input = view(call % case_.input_count);
      buffers.values = output(case_.values->data, dtype_);
      buffers.indices = output(narrow_ == nullptr ? case_.indices->data : narrow_, index_dtype_);
      buffers.workspace = workspace_;
      buffers.workspace_bytes = plan_.workspace_bytes;
      skim::run(bind(plan_, buffers), Stream{case_.stream, false});
    }
    if (narrow_ != nullptr) widen();
  }

  void finish() override {
    host_memory_.clear();
    gpu_memory_.clear();
  }

 private:
  std::int64_t rows() const { return case_.inputs[0].shape[0]; }
  std::int64_t cols() const { return case_.inputs[0].shape[1]; }
  std::int64_t results() const { return rows() * case_.k; }
  DeviceId device() const { return gpu_ == nullptr ? DeviceId{} : gpu_->device().id; }

  TensorView view(std::int64_t input) const {
    return {case_.inputs[input].data, dtype_, rows(), cols(), cols(), device()};
  }
  MutableTensorView output(void* data, DType dtype) const {
    return {data, dtype, rows(), case_.k, case_.k, device()};
  }

  TopkPlan plan() const {
    TopkRequest request{view(0), case_.k, {}, {}};
    request.options.index_dtype = index_dtype_;
    request.options.num_threads = case_.threads;
    const Device& on = gpu_ == nullptr ? Device::cpu() : gpu_->device();
    const TopkProblem problem = make_problem(request);
    if (!forced_) return plan_topk(problem, on);
    try {
      return plan_topk(problem, on, *forced_);
    } catch (const InvalidRequest& refusal) {
      throw NotApplicable(refusal.what());
    }
  }

  void allocate() {
    workspace_ = allocate(plan_.workspace_bytes);
    const std::size_t narrow_bytes = static_cast<std::size_t>(results()) * sizeof(std::int32_t);
    narrow_ = index_dtype_ == DType::i32 ? reinterpret_cast<std::int32_t*>(allocate(narrow_bytes))
                                         : nullptr;
  }

  std::byte* allocate(std::size_t wanted) {
    const std::size_t bytes = std::max<std::size_t>(wanted, 1);
    if (gpu_ != nullptr) return gpu_memory_.emplace_back(*gpu_, bytes).data();
    host_memory_.emplace_back(
        static_cast<std::byte*>(::operator new (bytes, std::align_val_t{kWorkspaceAlignment})));
    return host_memory_.back().get();
  }

  // The table's outputs are int64; only `verify` asks for int32.
  void widen() {
    auto* indices = static_cast<std::int64_t*>(case_.indices->data);
    if (gpu_ != nullptr) return gpu_->widen(indices, narrow_, results());
    std::copy_n(narrow_, results(), indices);
  }

  std::optional<PlanOverride> forced_;
  DType index_dtype_;
  skim_bench_case case_{};
  Gpu* gpu_ = nullptr;
  DType dtype_ = DType::f32;
  TopkPlan plan_;
  std::vector<std::unique_ptr<std::byte, AlignedDelete>> host_memory_;
  std::vector<GpuMemory> gpu_memory_;
  std::byte* workspace_ = nullptr;
  std::int32_t* narrow_ = nullptr;
};

std::string name_of_variant(const SkimVariant& variant) {
  if (!variant.forces_anything()) return "skim";
  std::vector<std::string> forced;
  if (variant.simd) forced.push_back(to_string(*variant.simd));
  if (variant.algorithm) forced.push_back(to_string(*variant.algorithm));
  if (variant.team) forced.push_back(to_string(*variant.team));
  forced.emplace_back(name_of(variant.index_dtype));
  return fmt::format("skim ({})", fmt::join(forced, ", "));
}

}  // namespace

PathPtr make_skim(const SkimVariant& variant) {
  const std::string name = name_of_variant(variant);
  if (!variant.forces_anything()) {
    return std::make_unique<SkimPath>(name, std::nullopt, variant.index_dtype);
  }
  PlanOverride forced;
  forced.simd = variant.simd;
  forced.algorithm = variant.algorithm;
  forced.team = variant.team;
  return std::make_unique<SkimPath>(name, forced, variant.index_dtype);
}

PathPtr make_forced_skim(const ForcedPlan& plan) {
  return std::make_unique<SkimPath>(plan.text, plan.forced, DType::i64);
}

}  // namespace skim::bench
