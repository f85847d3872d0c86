// Files that travel beside the program: real logits, committed results.
#pragma once

#include <string>

namespace skim::bench {

// Where a package, a bundle, an installation or the source tree keeps `name`, which is as in the
// source tree: "results", "data/smollm2_logits_f16.npy". Throws std::invalid_argument with `what`
// it is, the places tried and the `option` that names another.
std::string find_shipped(const std::string& name, const std::string& what,
                         const std::string& option);

}  // namespace skim::bench
