// The CPU backend's launch.
#pragma once

#include "skim/topk.h"

namespace skim::cpu {

void run_topk(const BoundTopk& bound);

}  // namespace skim::cpu
