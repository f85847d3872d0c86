#include "peers/peers.h"

// One line a native path, in the order of the table; each is defined in a file of its own here.
#define SKIM_BENCH_NATIVE_PATHS(PATH)       \
  PATH(make_partial_sort)                   \
  PATH(make_nth_element)                    \
  PATH(make_vqsort)                         \
  PATH(make_cub_batched_topk)               \
  PATH(make_cub_deterministic_batched_topk) \
  PATH(make_cub_device_topk)                \
  PATH(make_cub_segmented_sort)

namespace skim::bench {
namespace {

constexpr const char* kNoPeerFile =
    "needs a CUDA device and --peer FILE.py: this version brings no kernel of it";

}  // namespace

#define SKIM_BENCH_DECLARE(make) PathPtr make();
SKIM_BENCH_NATIVE_PATHS(SKIM_BENCH_DECLARE)
#undef SKIM_BENCH_DECLARE

PathList native_paths() {
  PathList paths;
  paths.push_back(make_skim());
#define SKIM_BENCH_APPEND(make) paths.push_back(make());
  SKIM_BENCH_NATIVE_PATHS(SKIM_BENCH_APPEND)
#undef SKIM_BENCH_APPEND
  paths.push_back(make_unavailable("PyTorch", "run `python3 -m skim bench`"));
  for (const char* name : {"Triton", "CuTe", "QuACK", "FlashInfer"}) {
    paths.push_back(make_unavailable(name, kNoPeerFile));
  }
  return paths;
}

}  // namespace skim::bench
