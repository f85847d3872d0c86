// Launches bound steps of sampling on a stream: enqueues, and returns.
#pragma once

#include "skim/sampling_steps.h"

namespace skim::cuda {

void run_step(const BoundStep& bound, Stream stream);  // throws DeviceError

}  // namespace skim::cuda
