// skim alone over a grid of shapes: does the time jump anywhere that the bytes do not?
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "environment.h"
#include "measure.h"
#include "skim/dtype.h"

namespace skim::bench {

struct CliffGrid {
  DType dtype = DType::bf16;
  std::vector<std::int64_t> rows, cols, ks;         // ascending
  std::int64_t most_bytes = std::int64_t{1} << 28;  // of a matrix; larger ones are left out
};

// Rows of 64 to 524288 elements: powers of two, one less, one more, and an odd number between.
CliffGrid usual_grid();

struct CliffCell {
  std::int64_t k = 0;
  double us = 0;
  double spread = 0;
};

// One matrix, for every k that it has columns for.
struct CliffMatrix {
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::optional<double> floor_us;  // powers of two of columns, of four of rows
  std::vector<CliffCell> cells;
};

struct CliffRun {
  CliffGrid grid;
  std::vector<CliffMatrix> matrices;
  std::vector<std::string> failures;  // one sentence each; those cells have no time
};

struct CliffProgress {
  std::function<void(const std::string& what)> start = [](const std::string&) {};
  std::function<void(const CliffRun& so_far)> done = [](const CliffRun&) {};
};

CliffRun measure_cliffs(const CliffGrid& grid, const MeasureOptions& options,
                        const CliffProgress& progress);
std::size_t matrix_count(const CliffGrid& grid);

struct Spot {
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::int64_t k = 0;
  double us = 0;
};

// Two cells that differ in one of rows, columns and k, by one step of the grid.
struct Cliff {
  Spot fast, slow;
  double times = 1;  // slow is so many times as long as fast
  double bytes = 1;  // and moves so many times as much; at least 1

  double unexplained() const { return times / bytes; }
};

// More than this beyond what the bytes explain is a cliff.
inline constexpr double kCliff = 1.5;

struct Neighbours {
  std::size_t compared = 0;
  std::vector<Cliff> cliffs;      // steepest first
  std::optional<Cliff> steepest;  // of all pairs, cliff or not
};

Neighbours compare_neighbours(const CliffRun& run);
std::string text_of(const Neighbours& neighbours);

std::string json_of(const Environment& environment, const CliffRun& run);
// Throws std::invalid_argument with one sentence where the text is not of json_of.
CliffRun parse_cliffs(std::string_view text, const std::string& file);

}  // namespace skim::bench
