// The floor of a GPU that is not here, from floors that were measured on it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nearest_cells.h"

namespace skim::bench {

struct FloorEstimate {
  double us = 0;
  std::string basis;  // "measured", or which measured floors it comes from and how
};

// Between two measured floors a straight line; outside them a launch plus the bytes at the
// bandwidth of the nearest. Only floors of cells with that mode count; nothing where there are
// none.
std::optional<FloorEstimate> estimate_floor(std::int64_t bytes, const std::vector<Cell>& cells,
                                            BufferMode mode);

}  // namespace skim::bench
