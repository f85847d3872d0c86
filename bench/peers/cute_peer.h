// The column of the CuTe kernel, whether it could be built or not.
#pragma once

#include "path.h"

namespace skim::bench {

inline constexpr const char* kCute = "CuTe";

PathPtr make_cute_topk();

}  // namespace skim::bench
