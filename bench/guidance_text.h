// Guidance as it is printed.
#pragma once

#include <string>

#include "guidance.h"

namespace skim::bench {

// The measured cells, the recommendation and the command that measures the case itself. `caution`:
// one more thing to say of the recommendation; may be empty.
std::string guidance_text(const Guidance& guidance, const Question& question,
                          const std::string& caution);

}  // namespace skim::bench
