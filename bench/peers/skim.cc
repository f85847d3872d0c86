#include <fmt/format.h>

#include <new>

#include "dlpack_dtype.h"
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
  SkimPath(PathInfo info, const SkimVariant& variant) : Path(std::move(info)), variant_(variant) {}

  void prepare(const skim_bench_case& bench_case) override {
    case_ = bench_case;
    dtype_ = dtype_from(bench_case.inputs[0].dtype);
    TopkRequest request{view(0), bench_case.k, {}, {}};
    request.options.index_dtype = variant_.index_dtype;
    request.options.num_threads = bench_case.threads;
    PlanOverride forced;
    forced.simd = variant_.simd;
    plan_ = plan_topk(make_problem(request), Device::cpu(), forced);
    workspace_.reset(static_cast<std::byte*>(
        ::operator new (plan_.workspace_bytes, std::align_val_t{kWorkspaceAlignment})));
    if (variant_.index_dtype == DType::i32) narrow_.resize(static_cast<std::size_t>(results()));
  }

  void run(std::int64_t first, std::int64_t count) override {
    for (std::int64_t call = first; call < first + count; ++call) {
      TopkBuffers buffers;
      buffers.input = view(call % case_.input_count);
      buffers.values = output(case_.values->data, dtype_);
      buffers.indices =
          output(narrow_.empty() ? case_.indices->data : narrow_.data(), variant_.index_dtype);
      buffers.workspace = workspace_.get();
      buffers.workspace_bytes = plan_.workspace_bytes;
      skim::run(bind(plan_, buffers));
    }
    widen();
  }

  void finish() override { workspace_.reset(); }

 private:
  std::int64_t rows() const { return case_.inputs[0].shape[0]; }
  std::int64_t cols() const { return case_.inputs[0].shape[1]; }
  std::int64_t results() const { return rows() * case_.k; }

  TensorView view(std::int64_t input) const {
    return {case_.inputs[input].data, dtype_, rows(), cols(), cols(), DeviceId{}};
  }
  MutableTensorView output(void* data, DType dtype) const {
    return {data, dtype, rows(), case_.k, case_.k, DeviceId{}};
  }

  // The table's outputs are int64; only `verify` asks for int32.
  void widen() {
    auto* indices = static_cast<std::int64_t*>(case_.indices->data);
    for (std::size_t i = 0; i < narrow_.size(); ++i) indices[i] = narrow_[i];
  }

  SkimVariant variant_;
  skim_bench_case case_{};
  DType dtype_ = DType::f32;
  TopkPlan plan_;
  std::unique_ptr<std::byte, AlignedDelete> workspace_;
  std::vector<std::int32_t> narrow_;
};

std::string name_of_variant(const SkimVariant& variant) {
  if (!variant.simd) return "skim";
  return fmt::format("skim ({}, {})", to_string(*variant.simd), name_of(variant.index_dtype));
}

}  // namespace

PathPtr make_skim(const SkimVariant& variant) {
  return std::make_unique<SkimPath>(
      PathInfo{name_of_variant(variant), skim_version(), "", SKIM_BENCH_OWN_KERNEL, 0}, variant);
}

}  // namespace skim::bench
