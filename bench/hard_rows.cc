#include "hard_rows.h"

#include "case_buffers.h"
#include "entry.h"

namespace skim::bench {
namespace {

// Beyond this a row of each would take longer to make and to solve than the case itself.
constexpr std::int64_t kMostBytes = std::int64_t{1} << 28;

Case hard_case(const Case& bench_case) {
  Case hard = bench_case;
  hard.rows = static_cast<std::int64_t>(kDistributionCount);
  hard.distribution = Distribution::one_of_each;
  return hard;
}

std::vector<std::string> names_of(const std::vector<std::int64_t>& rows) {
  std::vector<std::string> names;
  for (const std::int64_t row : rows) {
    names.emplace_back(name_of(distribution_at(static_cast<std::size_t>(row))));
  }
  return names;
}

WrongOn try_path(Path& path, const Case& hard, CaseInputs& inputs, const MeasureOptions& options) {
  Entry entry(path, hard, inputs, options.threads, options.gpu);
  const std::vector<std::int64_t> rows = entry.wrong_rows();
  if (entry.ok()) return names_of(rows);
  if (entry.result().status == Status::not_applicable) return std::nullopt;
  return std::vector<std::string>{"a row of each: " + entry.result().message};
}

}  // namespace

std::vector<WrongOn> try_hard_rows(const Case& bench_case, PathList& paths,
                                   const MeasureOptions& options) {
  const Case hard = hard_case(bench_case);
  if (bytes_of(hard) > kMostBytes) return std::vector<WrongOn>(paths.size());
  CaseInputs inputs(hard, 1, options.seed, nullptr, options.gpu);
  std::vector<WrongOn> found;
  for (const PathPtr& path : paths) {
    options.on_step("hard rows: " + path->info().name);
    found.push_back(try_path(*path, hard, inputs, options));
  }
  return found;
}

}  // namespace skim::bench
