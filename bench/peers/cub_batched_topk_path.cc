// cub::DeviceBatchedTopK in both of its forms. NaN it orders by their bits, negative ones last.
#include <fmt/format.h>

#include "peers/cub_batched_topk.h"
#include "peers/cub_peers.h"

namespace skim::bench {
namespace {

CubSelect found_or_not_applicable(CubSelect found, const CubCall& call) {
  if (found != nullptr) return found;
  if (call.cols <= batched_topk_limit()) {
    throw NotApplicable("is built for float32, float16 and bfloat16 only");
  }
  throw NotApplicable(fmt::format("CCCL {} takes rows of at most {} columns, got {}", cub_version(),
                                  batched_topk_limit(), call.cols));
}

class CubBatchedTopk final : public CubPeer {
 public:
  using CubPeer::CubPeer;

 private:
  CubSelect choose(DType dtype, const CubCall& call) const override {
    if (const CubSelect fixed = fixed_batched_topk(dtype, call.cols, call.k)) return fixed;
    return found_or_not_applicable(bounded_batched_topk(dtype, call.cols), call);
  }
};

#if SKIM_BENCH_CUB_CLUSTERS
class CubDeterministicBatchedTopk final : public CubPeer {
 public:
  using CubPeer::CubPeer;

 private:
  CubSelect choose(DType dtype, const CubCall& call) const override {
    return found_or_not_applicable(deterministic_batched_topk(dtype, call.cols), call);
  }
};
#endif

}  // namespace

PathPtr make_cub_batched_topk() {
  return std::make_unique<CubBatchedTopk>(kCubBatchedTopk, SKIM_BENCH_UNSORTED |
                                                               SKIM_BENCH_TIES_ANY_ORDER |
                                                               SKIM_BENCH_NONDETERMINISTIC);
}

PathPtr make_cub_deterministic_batched_topk() {
#if SKIM_BENCH_CUB_CLUSTERS
  // The set is the same in every run; the order of its elements is not.
  return std::make_unique<CubDeterministicBatchedTopk>(
      kCubDeterministicBatchedTopk, SKIM_BENCH_UNSORTED | SKIM_BENCH_NONDETERMINISTIC);
#else
  return make_unavailable(kCubDeterministicBatchedTopk,
                          fmt::format("CCCL {} has no deterministic form; build with "
                                      "-DSKIM_CCCL_DIR=<a checkout of 3.6 or later>",
                                      cub_version()));
#endif
}

}  // namespace skim::bench
