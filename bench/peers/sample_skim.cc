#include <cstdint>
#include <memory>
#include <new>
#include <utility>

#include "dlpack_dtype.h"
#include "gpu.h"
#include "peers/peers.h"
#include "skim/sample.h"
#include "skim/skim.h"

namespace skim::bench {
namespace {

struct AlignedDelete {
  void operator()(std::byte* memory) const {
    ::operator delete (memory, std::align_val_t{kWorkspaceAlignment});
  }
};

// The plan is made once a case, as a caller with fixed shapes does; binding is part of every call.
class SkimSampler final : public Path {
 public:
  SkimSampler() : Path({"skim", skim_version(), "", SKIM_BENCH_OWN_KERNEL, 0, Operation::sample}) {}

  void prepare(const skim_bench_case& bench_case) override {
    case_ = bench_case;
    drawing_ = *bench_case.sampling;
    gpu_ = on_gpu(bench_case) ? &open_gpu() : nullptr;
    plan_ = plan_sample(make_sample_problem(SampleRequest{inputs_of(0), options()}),
                        gpu_ == nullptr ? Device::cpu() : gpu_->device());
    if (gpu_ != nullptr) return;  // where sampling needs no workspace
    workspace_.reset(static_cast<std::byte*>(::operator new (
        std::max<std::size_t>(plan_.workspace_bytes, 1), std::align_val_t{kWorkspaceAlignment})));
  }

  void run(std::int64_t first, std::int64_t count) override {
    for (std::int64_t call = first; call < first + count; ++call) {
      skim::run(bind(plan_, {inputs_of(call), outputs(), workspace_.get(), plan_.workspace_bytes}),
                Stream{case_.stream, false});
    }
  }

  void finish() override { workspace_.reset(); }

 private:
  std::int64_t rows() const { return case_.inputs[0].shape[0]; }
  DeviceId device() const { return gpu_ == nullptr ? DeviceId{} : gpu_->device().id; }

  SampleOptions options() const {
    SampleOptions options;
    options.order = static_cast<FilterOrder>(drawing_.order);
    options.logprobs = static_cast<LogprobKind>(drawing_.logprobs);
    options.num_threads = case_.threads;
    return options;
  }

  SampleInputs inputs_of(std::int64_t call) const {
    const DLTensor& logits = case_.inputs[call % case_.input_count];
    const std::int64_t cols = logits.shape[1];
    SampleInputs inputs;
    inputs.logits = {logits.data, dtype_from(logits.dtype), rows(), cols, cols, device()};
    inputs.parameters.temperature.value = drawing_.temperature;
    inputs.parameters.top_k.value = drawing_.top_k;
    inputs.parameters.top_p.value = drawing_.top_p;
    inputs.parameters.min_p.value = drawing_.min_p;
    inputs.parameters.seed.value = drawing_.seed;
    inputs.parameters.offset.value =
        static_cast<std::uint64_t>(call) * static_cast<std::uint64_t>(rows());
    return inputs;
  }

  SampleOutputs outputs() const {
    SampleOutputs outputs{{case_.indices->data, DType::i64, rows(), 1, 1, device()}, {}, {}, {}};
    if (drawing_.logprobs != static_cast<std::int32_t>(LogprobKind::none)) {
      outputs.logprobs = MutableTensorView{case_.values->data, DType::f32, rows(), 1, 1, device()};
    }
    return outputs;
  }

  skim_bench_case case_{};
  skim_bench_sampling drawing_{};
  Gpu* gpu_ = nullptr;
  SamplePlan plan_;
  std::unique_ptr<std::byte, AlignedDelete> workspace_;
};

}  // namespace

PathPtr make_skim_sampler() { return std::make_unique<SkimSampler>(); }

}  // namespace skim::bench
