// The column of the CuTe kernel where it could not be built.
#include "peers/cute_peer.h"

namespace skim::bench {

PathPtr make_cute_topk() { return make_unavailable(kCute, SKIM_BENCH_NO_CUTE); }

}  // namespace skim::bench
