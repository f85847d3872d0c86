// Launches a bound selection on a stream: enqueues, and returns.
#pragma once

#include "skim/topk.h"

namespace skim::cuda {

void run_topk(const BoundTopk& bound, Stream stream);  // throws DeviceError

}  // namespace skim::cuda
