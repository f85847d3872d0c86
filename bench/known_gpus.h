// GPUs that a plan can be made for where they are not.
#pragma once

#include <string>
#include <string_view>

#include "skim/device.h"

namespace skim::bench {

// `name`: a short word ("h100") or the whole name of the GPU, in any case. Throws
// std::invalid_argument with one sentence that lists the known ones.
Device known_gpu(std::string_view name);

// As --gpu takes it; empty where the GPU of that whole name is not known.
std::string short_gpu_name(std::string_view name);

}  // namespace skim::bench
