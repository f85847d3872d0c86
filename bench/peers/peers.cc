#include "peers/peers.h"

namespace skim::bench {

PathList native_paths() {
  constexpr const char* kNeedsCuda = "needs a CUDA device";
  PathList paths;
  paths.push_back(make_skim());
  paths.push_back(make_partial_sort());
  paths.push_back(make_nth_element());
  paths.push_back(make_vqsort());
  paths.push_back(make_unavailable("PyTorch", "run `python3 -m skim bench`"));
  paths.push_back(make_unavailable("Triton", kNeedsCuda));
  paths.push_back(make_unavailable("CuTe", kNeedsCuda));
  paths.push_back(make_unavailable("QuACK", kNeedsCuda));
  paths.push_back(make_unavailable("FlashInfer", kNeedsCuda));
  paths.push_back(make_unavailable("CUB", kNeedsCuda));
  return paths;
}

}  // namespace skim::bench
