// The instantiations of cub::DeviceBatchedTopK; nullptr where there is none.
#pragma once

#include "peers/cub_peer.h"

namespace skim::bench {

// Length and k known to the compiler, as in CUB's own benchmark: the shapes of our sweeps.
CubSelect fixed_batched_topk(DType dtype, std::int64_t cols, std::int64_t k);

// Length below the next of a few limits that the compiler knows, any k.
CubSelect bounded_batched_topk(DType dtype, std::int64_t cols);
std::int64_t batched_topk_limit();  // the longest row that this version of CUB can take

// As above, any length; ties go to the lowest index.
CubSelect deterministic_batched_topk(DType dtype, std::int64_t cols);

}  // namespace skim::bench
