#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <iterator>

#include "cliffs/cliffs.h"
#include "peers/peers.h"

namespace skim::bench {
namespace {

std::int64_t bytes_of(const CliffGrid& grid, std::int64_t rows, std::int64_t cols) {
  return rows * cols * static_cast<std::int64_t>(size_of(grid.dtype));
}

template <class Visit>
void for_each_matrix(const CliffGrid& grid, const Visit& visit) {
  for (const std::int64_t cols : grid.cols) {
    for (const std::int64_t rows : grid.rows) {
      if (bytes_of(grid, rows, cols) <= grid.most_bytes) visit(rows, cols);
    }
  }
}

std::vector<std::int64_t> ks_of(const CliffGrid& grid, std::int64_t cols) {
  std::vector<std::int64_t> ks;
  std::copy_if(grid.ks.begin(), grid.ks.end(), std::back_inserter(ks),
               [&](std::int64_t k) { return k <= cols; });
  return ks;
}

// A floor is found among dozens of reads: not for every matrix, but for enough to draw a line.
bool wants_floor(std::int64_t rows, std::int64_t cols) {
  const auto unsigned_rows = static_cast<std::uint64_t>(rows);
  return std::has_single_bit(static_cast<std::uint64_t>(cols)) &&
         std::has_single_bit(unsigned_rows) && std::countr_zero(unsigned_rows) % 2 == 0;
}

// What a file of thousands holds of a figure, and no more, so that both say the same.
double as_written(double number) { return std::round(number * 1e4) / 1e4; }

void take(const CaseResult& result, CliffMatrix& matrix, std::vector<std::string>& failures) {
  const PathResult& path = result.paths.front();
  if (result.floor) matrix.floor_us = as_written(result.floor->timing.median_us);
  if (path.status != Status::ok) {
    failures.push_back(fmt::format("{} is {} on {}: {}", path.name, name_of(path.status),
                                   to_string(result.bench_case), path.message));
    return;
  }
  matrix.cells.push_back(
      {result.bench_case.k, as_written(path.timing.median_us), as_written(path.timing.spread)});
}

}  // namespace

CliffGrid usual_grid() {
  CliffGrid grid;
  for (std::int64_t rows = 1; rows <= 4096; rows *= 2) grid.rows.push_back(rows);
  for (std::int64_t cols = 64; cols <= 524288; cols *= 2) {
    const std::int64_t between = cols + cols / 2 + 1;
    grid.cols.insert(grid.cols.end(), {cols - 1, cols, cols + 1});
    if (cols < 524288) grid.cols.push_back(between);
  }
  grid.ks = {1, 8, 32, 64, 128, 256};
  return grid;
}

std::size_t matrix_count(const CliffGrid& grid) {
  std::size_t count = 0;
  for_each_matrix(grid, [&](std::int64_t, std::int64_t) { ++count; });
  return count;
}

CliffRun measure_cliffs(const CliffGrid& grid, const MeasureOptions& options,
                        const CliffProgress& progress) {
  CliffRun run{grid, {}, {}};
  PathList paths;
  paths.push_back(make_skim());
  for_each_matrix(grid, [&](std::int64_t rows, std::int64_t cols) {
    const std::vector<std::int64_t> ks = ks_of(grid, cols);
    if (ks.empty()) return;
    const Case largest{rows, cols, ks.back(), grid.dtype};
    progress.start(fmt::format("{} x {}", rows, cols));
    MeasureOptions of_matrix = options;
    of_matrix.context = wants_floor(rows, cols);
    CliffMatrix matrix{rows, cols, std::nullopt, {}};
    for (const CaseResult& result : measure_each_k(largest, ks, paths, of_matrix)) {
      take(result, matrix, run.failures);
    }
    run.matrices.push_back(std::move(matrix));
    progress.done(run);
  });
  return run;
}

}  // namespace skim::bench
