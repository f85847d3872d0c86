// What the plans of sampling share among backends.
#pragma once

#include "plan/override.h"
#include "skim/sample.h"

namespace skim {

// The geometry of a problem that has rows.
CudaSampleGeometry plan_sample_cuda(const SampleProblem& problem, const Device& device,
                                    const SampleOverride& forced, const char*& reason);

}  // namespace skim
