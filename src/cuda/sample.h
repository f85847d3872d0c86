// Launches bound sampling on a stream: enqueues, and returns.
#pragma once

#include "skim/sample.h"

namespace skim::cuda {

void run_sample(const BoundSample& bound, Stream stream);  // throws DeviceError

}  // namespace skim::cuda
