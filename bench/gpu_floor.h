// The contestants of the floor on a GPU.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "case_buffers.h"
#include "clock.h"
#include "gpu.h"

namespace skim::bench {

using NamedContestants = std::vector<std::pair<std::string, Contestant>>;

// The few best of all plain reads, found by a short race.
NamedContestants best_gpu_reads(Gpu& gpu, const CaseInputs& inputs);

// As many empty kernels: what launching alone takes.
Contestant gpu_launches(Gpu& gpu, const CaseInputs& inputs);

}  // namespace skim::bench
