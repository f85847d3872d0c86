// Our own kernels with clocks in them (src/cuda/phase_clock.cuh), which the library does not have.
#pragma once

#include "case_buffers.h"
#include "gpu.h"
#include "phase_records.h"
#include "skim/topk.h"

namespace skim::bench {

// Runs the plan on the inputs in turn and waits. Throws NotApplicable, saying why, where the plan's
// kernel was not compiled with a clock.
PhaseRecords record_phases(const TopkPlan& plan, const CaseInputs& inputs, int calls, Gpu& gpu);

}  // namespace skim::bench
