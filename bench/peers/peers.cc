#include "peers/peers.h"

// One line a native path, in the order of the table; each is defined in a file of its own here.
#define SKIM_BENCH_NATIVE_PATHS(PATH) \
  PATH(make_partial_sort)             \
  PATH(make_nth_element)              \
  PATH(make_vqsort)

namespace skim::bench {

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
  for (const char* name : {"Triton", "CuTe", "QuACK", "FlashInfer", "CUB"}) {
    paths.push_back(make_unavailable(name, "needs a CUDA device"));
  }
  return paths;
}

}  // namespace skim::bench
