// What every JSON file of the benchmark holds.
#pragma once

#include <nlohmann/json.hpp>

#include "clock.h"
#include "environment.h"

namespace skim::bench {

using OrderedJson = nlohmann::ordered_json;

OrderedJson json_of(const Timing& timing);
OrderedJson json_of(const Environment& environment);

}  // namespace skim::bench
