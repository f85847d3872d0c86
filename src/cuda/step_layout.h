// What the plan and the kernel of a step of sampling agree on.
#pragma once

namespace skim::cuda {

inline constexpr int kMostStepThreads = 512;  // of the CTA of a row

}  // namespace skim::cuda
