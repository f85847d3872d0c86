#include "floor_estimate.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace skim::bench {
namespace {

using Floors = std::map<std::int64_t, double>;  // bytes -> us

Floors floors_of(const std::vector<Cell>& cells, BufferMode mode) {
  Floors floors;
  for (const Cell& cell : cells) {
    const CaseResult& result = *cell.result;
    if (result.mode != mode || !result.floor) continue;
    const double us = result.floor->timing.median_us;
    const auto [found, added] = floors.emplace(bytes_of(result.bench_case), us);
    if (!added) found->second = std::min(found->second, us);
  }
  return floors;
}

// What reading nothing takes: an empty kernel or, in files without one, at most the lowest floor.
double launch_of(const std::vector<Cell>& cells, const Floors& floors) {
  double us =
      std::min_element(floors.begin(), floors.end(), [](const auto& one, const auto& other) {
        return one.second < other.second;
      })->second;
  for (const Cell& cell : cells) {
    if (cell.result->launch) us = std::min(us, cell.result->launch->median_us);
  }
  return us;
}

std::string floor_text(const Floors::value_type& floor) {
  return fmt::format("{:.2f} us for {} bytes", floor.second, floor.first);
}

FloorEstimate between(const Floors::value_type& below, const Floors::value_type& above,
                      std::int64_t bytes) {
  const double share =
      static_cast<double>(bytes - below.first) / static_cast<double>(above.first - below.first);
  return {below.second + share * (above.second - below.second),
          fmt::format("not measured: between the measured {} and {}", floor_text(below),
                      floor_text(above))};
}

FloorEstimate scaled(const Floors::value_type& nearest, double launch_us, std::int64_t bytes) {
  const double share = static_cast<double>(bytes) / static_cast<double>(nearest.first);
  return {launch_us + share * (nearest.second - launch_us),
          fmt::format("not measured: {:.2f} us of launch plus the bytes at the bandwidth of the "
                      "measured {}",
                      launch_us, floor_text(nearest))};
}

}  // namespace

std::optional<FloorEstimate> estimate_floor(std::int64_t bytes, const std::vector<Cell>& cells,
                                            BufferMode mode) {
  const Floors floors = floors_of(cells, mode);
  if (floors.empty()) return std::nullopt;
  const auto above = floors.lower_bound(bytes);
  if (above != floors.end() && above->first == bytes) {
    return FloorEstimate{above->second, "measured"};
  }
  if (above == floors.end()) return scaled(*floors.rbegin(), launch_of(cells, floors), bytes);
  if (above == floors.begin()) return scaled(*above, launch_of(cells, floors), bytes);
  return between(*std::prev(above), *above, bytes);
}

}  // namespace skim::bench
