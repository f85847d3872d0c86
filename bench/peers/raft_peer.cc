// RAFT's select_k: sorted, with 64-bit indices. Its documentation says nothing of ties or of equal
// results in every run.
#include "peers/raft_peer.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <string>

#include "dlpack_dtype.h"
#include "environment.h"
#include "peers/raft_select_k.h"

namespace skim::bench {
namespace {

// The module lies beside the library that this file is part of.
class RaftModule {
 public:
  static const RaftModule& get() {
    static const RaftModule module;
    return module;
  }

  // Empty, or why it cannot be used.
  const std::string& failure() const { return failure_; }
  const char* version() const { return version_(); }
  std::unique_ptr<RaftSelection> make_selection(DType dtype, void* stream) const {
    return std::unique_ptr<RaftSelection>(make_(dtype, stream));
  }

 private:
  RaftModule() {
    const std::string path = own_folder() + '/' + kRaftModule;
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      failure_ =
          fmt::format("cannot load {}; build again where RAFT's packages are installed", dlerror());
      return;
    }
    make_ = reinterpret_cast<decltype(make_)>(dlsym(library, "skim_bench_make_raft_selection"));
    version_ = reinterpret_cast<decltype(version_)>(dlsym(library, "skim_bench_raft_version"));
    if (make_ == nullptr || version_ == nullptr) {
      failure_ = fmt::format(
          "{} is not the one that was built with this benchmark; install both together", path);
    }
  }

  std::string failure_;
  decltype(&skim_bench_make_raft_selection) make_ = nullptr;
  decltype(&skim_bench_raft_version) version_ = nullptr;
};

class RaftSelectK final : public Path {
 public:
  using Path::Path;

  void prepare(const skim_bench_case& bench_case) override {
    if (!on_gpu(bench_case)) throw NotApplicable("needs a CUDA device");
    case_ = bench_case;
    const DType dtype = dtype_from(bench_case.inputs[0].dtype);
    selection_ = RaftModule::get().make_selection(dtype, bench_case.stream);
    if (selection_ == nullptr) {
      throw NotApplicable("is built for float32, float16 and bfloat16 only");
    }
  }

  void run(std::int64_t first, std::int64_t count) override {
    for (std::int64_t call = first; call < first + count; ++call) {
      const DLTensor& keys = case_.inputs[call % case_.input_count];
      selection_->enqueue({keys.data, case_.values->data,
                           static_cast<std::int64_t*>(case_.indices->data), keys.shape[0],
                           keys.shape[1], case_.k});
    }
  }

  void finish() override { selection_.reset(); }

 private:
  skim_bench_case case_{};
  std::unique_ptr<RaftSelection> selection_;
};

}  // namespace

PathPtr make_raft_select_k() {
  const RaftModule& module = RaftModule::get();
  if (!module.failure().empty()) return make_unavailable(kRaft, module.failure());
  return std::make_unique<RaftSelectK>(PathInfo{
      kRaft, module.version(), "", SKIM_BENCH_TIES_ANY_ORDER | SKIM_BENCH_NONDETERMINISTIC, 0});
}

}  // namespace skim::bench
