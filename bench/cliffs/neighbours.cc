#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "cliffs/cliffs.h"
#include "text.h"

namespace skim::bench {
namespace {

// Rows, columns, k.
using Place = std::tuple<std::int64_t, std::int64_t, std::int64_t>;
using Times = std::map<Place, double>;

Times times_of(const CliffRun& run) {
  Times times;
  for (const CliffMatrix& matrix : run.matrices) {
    for (const CliffCell& cell : matrix.cells) {
      times[{matrix.rows, matrix.cols, cell.k}] = cell.us;
    }
  }
  return times;
}

// The element is read; it and its index are written for each result.
double bytes_moved(const CliffGrid& grid, const Place& place) {
  const auto [rows, cols, k] = place;
  const auto element = static_cast<double>(size_of(grid.dtype));
  return static_cast<double>(rows) * (static_cast<double>(cols) * element +
                                      static_cast<double>(k) * (element + sizeof(std::int64_t)));
}

Spot spot_of(const Place& place, double us) {
  return {std::get<0>(place), std::get<1>(place), std::get<2>(place), us};
}

void compare(const CliffGrid& grid, const Times& times, const Place& one, const Place& other,
             Neighbours& found) {
  const auto first = times.find(one);
  const auto second = times.find(other);
  if (first == times.end() || second == times.end()) return;
  ++found.compared;
  const bool rising = first->second <= second->second;
  const auto& [fast, fast_us] = rising ? *first : *second;
  const auto& [slow, slow_us] = rising ? *second : *first;
  const Cliff pair{spot_of(fast, fast_us), spot_of(slow, slow_us), slow_us / fast_us,
                   std::max(bytes_moved(grid, slow) / bytes_moved(grid, fast), 1.0)};
  if (!found.steepest || pair.unexplained() > found.steepest->unexplained()) found.steepest = pair;
  if (pair.unexplained() > kCliff) found.cliffs.push_back(pair);
}

std::int64_t after(const std::vector<std::int64_t>& sorted, std::int64_t value) {
  const auto next = std::upper_bound(sorted.begin(), sorted.end(), value);
  return next == sorted.end() ? -1 : *next;
}

std::string place_text(const Spot& spot) {
  return fmt::format("{} x {}, k {}", spot.rows, spot.cols, spot.k);
}

std::string line_of(const Cliff& cliff) {
  return fmt::format("  {:<26} {:>7}    {:<26} {:>7}  {:>5.2f}x  {:>5.2f}x  {:>5.2f}x\n",
                     place_text(cliff.fast), us_text(cliff.fast.us), place_text(cliff.slow),
                     us_text(cliff.slow.us), cliff.times, cliff.bytes, cliff.unexplained());
}

}  // namespace

Neighbours compare_neighbours(const CliffRun& run) {
  const Times times = times_of(run);
  Neighbours found;
  for (const auto& [place, us] : times) {
    const auto [rows, cols, k] = place;
    compare(run.grid, times, place, {after(run.grid.rows, rows), cols, k}, found);
    compare(run.grid, times, place, {rows, after(run.grid.cols, cols), k}, found);
    compare(run.grid, times, place, {rows, cols, after(run.grid.ks, k)}, found);
  }
  std::stable_sort(found.cliffs.begin(), found.cliffs.end(), [](const Cliff& a, const Cliff& b) {
    return a.unexplained() > b.unexplained();
  });
  return found;
}

std::string text_of(const Neighbours& neighbours) {
  constexpr std::size_t kMostLines = 60;
  std::string text = fmt::format(
      "{} pairs of neighbours (in rows, columns or k) compared: {} differ by more than "
      "{}x beyond their bytes\n",
      neighbours.compared, neighbours.cliffs.size(), kCliff);
  if (neighbours.steepest) {
    text += fmt::format("  {:<26} {:>7}    {:<26} {:>7}  {:>6}  {:>6}  {:>6}\n", "fast", "us",
                        "slow", "us", "times", "bytes", "beyond");
    if (neighbours.cliffs.empty()) text += line_of(*neighbours.steepest);
  }
  for (std::size_t i = 0; i < std::min(neighbours.cliffs.size(), kMostLines); ++i) {
    text += line_of(neighbours.cliffs[i]);
  }
  if (neighbours.cliffs.size() > kMostLines) {
    text += fmt::format("  and {} less steep\n", neighbours.cliffs.size() - kMostLines);
  }
  return text;
}

}  // namespace skim::bench
