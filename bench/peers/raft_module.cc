// The entry of libskim_bench_raft.
#include <raft/version_config.hpp>

#include "peers/raft_select_k.h"

namespace skim::bench {

extern "C" RaftSelection* skim_bench_make_raft_selection(DType dtype, void* stream) {
  if (dtype == DType::f32) return make_raft_selection<DType::f32>(stream);
  if (dtype == DType::f16) return make_raft_selection<DType::f16>(stream);
  if (dtype == DType::bf16) return make_raft_selection<DType::bf16>(stream);
  return nullptr;
}

extern "C" const char* skim_bench_raft_version() { return RAFT_VERSION; }

}  // namespace skim::bench
