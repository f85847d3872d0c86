#include <fmt/format.h>

#include <map>
#include <optional>

#include "commands/commands.h"
#include "peers/peers.h"
#include "terminal.h"

namespace skim::bench {
namespace {

// Small enough for every path and dtype, around the edges of vectors and groups, and two for paths
// that take powers of two only.
std::vector<Case> standard_shapes() {
  std::vector<Case> shapes;
  for (const DType dtype : kAllDTypes) {
    shapes.push_back({3, 1, 1, dtype});
    shapes.push_back({2, 129, 129, dtype});
    shapes.push_back({5, 256, 8, dtype});
    shapes.push_back({3, 2048, 64, dtype});
    shapes.push_back({2, 4097, 50, dtype});
    shapes.push_back({1, 20000, 2048, dtype});
    shapes.push_back({2, 50257, 128, dtype});
  }
  return shapes;
}

std::vector<Case> on_every_distribution(const std::vector<Case>& shapes) {
  std::vector<Case> cases;
  for (std::size_t i = 0; i < kDistributionCount; ++i) {
    for (Case shape : shapes) {
      shape.distribution = distribution_at(i);
      cases.push_back(shape);
    }
  }
  return cases;
}

std::vector<Case> cases_of(const Options& options) {
  if (options.inputs_given) return options.cases;
  return on_every_distribution(options.shapes_given ? options.cases : standard_shapes());
}

std::vector<SkimVariant> variants_of_cpu() {
  std::vector<SkimVariant> variants;
  for (const SimdTarget target : runnable_simd_targets()) {
    variants.emplace_back();
    variants.back().simd = target;
  }
  return variants;
}

std::vector<SkimVariant> variants_of_gpu() {
  std::vector<SkimVariant> variants;
  for (const TopkAlgorithm algorithm : {TopkAlgorithm::group_maxima, TopkAlgorithm::filter}) {
    for (const CtaTeam team : {CtaTeam::cluster, CtaTeam::grid}) {
      variants.emplace_back();
      variants.back().algorithm = algorithm;
      variants.back().team = team;
    }
  }
  for (const TopkAlgorithm algorithm :
       {TopkAlgorithm::cluster_maxima, TopkAlgorithm::warp_maxima, TopkAlgorithm::register_sort,
        TopkAlgorithm::bucket_select, TopkAlgorithm::cluster_buckets, TopkAlgorithm::sample_select,
        TopkAlgorithm::radix_select}) {
    variants.emplace_back();
    variants.back().algorithm = algorithm;
  }
  return variants;
}

// Every build of our own kernel that the CPU runs, or every algorithm on a GPU, with both index
// dtypes.
PathList with_variants(PathList paths, bool cuda) {
  for (SkimVariant variant : cuda ? variants_of_gpu() : variants_of_cpu()) {
    for (const DType index_dtype : {DType::i64, DType::i32}) {
      variant.index_dtype = index_dtype;
      paths.push_back(make_skim(variant));
    }
  }
  return paths;
}

struct Tally {
  int right = 0;
  int not_applicable = 0;
  int wrong = 0;
  std::string first_failure;
  std::string reason;  // of the first N/A
};

void count(Tally& tally, const PathResult& path, const Case& bench_case) {
  switch (path.status) {
    case Status::ok:
      ++tally.right;
      return;
    case Status::not_applicable:
      ++tally.not_applicable;
      if (tally.reason.empty()) tally.reason = path.message;
      return;
    case Status::wrong:
    case Status::error:
      ++tally.wrong;
      if (tally.first_failure.empty()) {
        tally.first_failure = fmt::format("{}: {}", to_string(bench_case), path.message);
      }
  }
}

void print_tallies(const PathList& paths, const std::vector<Tally>& tallies) {
  const Painter painter = Painter::for_stdout();
  fmt::print("{:<38} {:>7} {:>7} {:>7}\n", "path", "right", "wrong", "N/A");
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const Tally& tally = tallies[i];
    fmt::print("{:<38} {:>7} {:>7} {:>7}", paths[i]->info().name, tally.right, tally.wrong,
               tally.not_applicable);
    if (!tally.first_failure.empty()) {
      fmt::print("  {}", painter.paint("WRONG: " + tally.first_failure, Tone::bad));
    } else if (tally.right == 0) {
      fmt::print("  N/A: {}", tally.reason);
    }
    fmt::print("\n");
  }
}

}  // namespace

int run_verify(const Options& options, PathList paths) {
  if (options.paths.empty()) paths = with_variants(std::move(paths), options.cuda);
  const std::vector<Case> cases = cases_of(options);
  MeasureOptions measuring = measure_options(options);
  measuring.mode = BufferMode::hot;
  std::vector<Tally> tallies(paths.size());
  std::vector<CaseResult> results;
  Progress progress(cases.size());
  for (const Case& bench_case : cases) {
    progress.start(to_string(bench_case));
    results.push_back(measure_where_asked(bench_case, paths, options, measuring, Stage::verify));
    for (std::size_t i = 0; i < paths.size(); ++i) {
      count(tallies[i], results.back().paths[i], bench_case);
    }
  }
  progress.clear();
  fmt::print("{} cases against the oracle, every row\n", cases.size());
  print_tallies(paths, tallies);
  return conclude(results, options.strict);
}

}  // namespace skim::bench
