// The stored next-token logits of a real model.
#pragma once

#include <string>

#include "inputs/inputs.h"

namespace skim::bench {

// From `given` (--data) or, where that is empty, from where a package, an installation or the
// source tree keeps them. Throws std::invalid_argument with the places tried, std::runtime_error on
// a file that is not what it should be.
Matrix load_real_logits(const std::string& given);

}  // namespace skim::bench
