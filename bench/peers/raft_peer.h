// The column of RAFT, whether it could be built or not.
#pragma once

#include "path.h"

namespace skim::bench {

inline constexpr const char* kRaft = "RAFT select_k";

PathPtr make_raft_select_k();

}  // namespace skim::bench
