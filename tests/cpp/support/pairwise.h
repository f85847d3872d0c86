// Pairwise combinations: few cases in which every level of every factor meets every level of every
// other factor at least once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace skim::test {

using Levels = std::vector<std::size_t>;  // how many each factor has; or the one chosen for each

// Deterministic. Greedy: each case starts from a pair that is still missing and then takes, factor
// by factor, the level that adds most missing pairs (Cohen et al., The AETG system, 1997).
std::vector<Levels> pairwise_cases(const Levels& levels);

}  // namespace skim::test
