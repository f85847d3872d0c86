// The columns of the paths over CUB that this build does not have.
#include "peers/cub_peers.h"

namespace skim::bench {

#if !SKIM_BENCH_CUB_TOPK
PathPtr make_cub_batched_topk() {
  return make_unavailable(kCubBatchedTopk, SKIM_BENCH_CUB_NO_TOPK);
}
PathPtr make_cub_deterministic_batched_topk() {
  return make_unavailable(kCubDeterministicBatchedTopk, SKIM_BENCH_CUB_NO_TOPK);
}
PathPtr make_cub_device_topk() { return make_unavailable(kCubDeviceTopk, SKIM_BENCH_CUB_NO_TOPK); }
#endif

#if !SKIM_BENCH_CUB_SORT
PathPtr make_cub_segmented_sort() {
  return make_unavailable(kCubSegmentedSort, SKIM_BENCH_CUB_NO_TOPK);
}
#endif

}  // namespace skim::bench
