// Pages of a row, of which the last may be cut short.
#pragma once

#include <cstdint>

namespace skim {

constexpr std::int64_t pages_of(std::int64_t cols, std::int64_t page_size) {
  return cols / page_size + (cols % page_size != 0 ? 1 : 0);
}

}  // namespace skim
