// The column of RAFT where it could not be built.
#include "peers/raft_peer.h"

namespace skim::bench {

PathPtr make_raft_select_k() { return make_unavailable(kRaft, SKIM_BENCH_NO_RAFT); }

}  // namespace skim::bench
