#include "crossover/boundaries.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>

#include "plan/tuning.h"

namespace skim::bench {
namespace {

// "kManyRows = 48"; a limit that no number reaches is one that was switched off.
std::string named(std::string_view limit, std::int64_t value) {
  constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  return value == kNever ? fmt::format("{} = never", limit) : fmt::format("{} = {}", limit, value);
}

// Every shape is the base with another value on the axis.
Boundary along(Axis axis, const std::string& name, std::string_view base,
               const std::vector<std::int64_t>& values, std::string_view plans) {
  Boundary boundary{name, axis, {}, parse_plans(plans)};
  for (const std::int64_t at : values) {
    Case bench_case = parse_shapes(base).front();
    if (axis == Axis::rows) bench_case.rows = at;
    if (axis == Axis::cols) bench_case.cols = at;
    if (axis == Axis::k) bench_case.k = at;
    boundary.shapes.push_back(bench_case);
  }
  return boundary;
}

std::vector<Boundary> of_large_vocabularies() {
  using namespace tuning;
  const std::string clusters = named("kFewestClusterMaximaRows", kFewestClusterMaximaRows);
  const std::string results = named("kMostMaximaResults", kMostMaximaResults);
  const std::string one_cta = named("kLoneCtaVectors", kLoneCtaVectors);
  // What a CTA wants is the plan's for k 50 and so many CTAs, which forcing them does not change.
  constexpr std::string_view kShapes =
      "cluster_maxima ctas=8 cta_threads=256 vectors=4 wanted=15; "
      "cluster_maxima ctas=16 cta_threads=256 vectors=4 wanted=10; "
      "cluster_maxima ctas=8 cta_threads=512 vectors=4 wanted=15; "
      "cluster_maxima ctas=16 cta_threads=512 vectors=4 wanted=10; "
      "cluster_maxima ctas=16 cta_threads=512 vectors=8 wanted=10";
  const std::vector<std::int64_t> vocabularies = {32000,  50304,  65536,  100352,
                                                  128256, 151936, 201088, 262144};
  return {
      along(Axis::rows, clusters, "1x50304:k50:f16", {1, 4, 8, 16, 32, 64, 128},
            "group_maxima; cluster_maxima"),
      along(Axis::rows, clusters, "1x128256:k50:f16", {1, 4, 8, 16, 32, 64, 128},
            "group_maxima; cluster_maxima"),
      along(Axis::k, results, "32x50304:k64:bf16", {64, 128, 192, 256, 257, 384},
            "cluster_maxima; group_maxima; filter"),
      along(Axis::cols, one_cta, "32x8192:k50:bf16", {2048, 4096, 8192, 12288, 16384},
            "cluster_maxima team=grid; "
            "cluster_maxima team=cluster ctas=2 cta_threads=256 vectors=4 wanted=41; "
            "cluster_maxima team=cluster ctas=4 cta_threads=256 vectors=4 wanted=25"),
      along(Axis::cols, "kClusterShapes, few rows", "1x50304:k50:f16", vocabularies, kShapes),
      along(Axis::cols, "kClusterShapes, many rows", "64x50304:k50:f16", vocabularies, kShapes),
      along(Axis::rows, named("kManyRows", kManyRows), "1x128256:k50:f16", {8, 16, 32, 48, 64, 128},
            "group_maxima ctas=8 cta_threads=512 vectors=4; "
            "group_maxima ctas=8 cta_threads=256 vectors=8"),
  };
}

std::vector<Boundary> of_small_rows() {
  using namespace tuning;
  const std::string small = named("kFewSmallRows", kFewSmallRows);
  const std::string warps = named("kFewestWarpMaximaRows", kFewestWarpMaximaRows);
  const std::string networks = named("kFewestRegisterSortRows", kFewestRegisterSortRows);
  const std::string buckets = named("kFewestBucketResults", kFewestBucketResults);
  return {
      along(Axis::rows, small, "1x4096:k50:f16", {32, 132, 264, 528, 1056},
            "group_maxima cta_threads=512 vectors=1; group_maxima cta_threads=128 vectors=4"),
      along(Axis::rows, warps, "1x1024:k32:bf16", {1, 32, 132, 264, 528, 1056, 2112, 4096},
            "group_maxima; warp_maxima"),
      along(Axis::cols, warps, "4096x1024:k32:bf16", {512, 1024, 1536, 2048, 3072, 4096},
            "warp_maxima; group_maxima"),
      along(Axis::k, warps, "4096x2048:k64:bf16", {8, 16, 32, 50, 64, 96, 128},
            "warp_maxima; group_maxima; bucket_select"),
      along(Axis::rows, networks, "1x256:k8:f32", {1, 32, 132, 264, 528, 1056, 2112, 4096, 8192},
            "group_maxima; register_sort"),
      along(Axis::cols, networks, "4096x256:k8:f32", {64, 96, 128, 192, 256, 384, 512},
            "register_sort; warp_maxima; group_maxima"),
      along(Axis::k, networks, "4096x256:k8:f32", {1, 4, 8, 16, 32, 64},
            "register_sort; warp_maxima; bucket_select"),
      along(Axis::k, buckets, "256x1024:k256:f32", {16, 32, 64, 128, 256, 512},
            "group_maxima; bucket_select; filter"),
      along(Axis::cols, buckets, "256x1024:k256:f32", {512, 1024, 2048, 4096, 8192},
            "bucket_select; group_maxima; filter"),
  };
}

}  // namespace

std::vector<Boundary> tuned_boundaries() {
  std::vector<Boundary> all = of_large_vocabularies();
  const std::vector<Boundary> small = of_small_rows();
  all.insert(all.end(), small.begin(), small.end());
  return all;
}

std::vector<Boundary> boundaries_named(const std::vector<std::string>& names) {
  const std::vector<Boundary> all = tuned_boundaries();
  if (names.empty()) return all;
  std::vector<Boundary> named;
  for (const std::string& name : names) {
    const std::size_t before = named.size();
    std::copy_if(all.begin(), all.end(), std::back_inserter(named),
                 [&](const Boundary& boundary) { return boundary.name.starts_with(name); });
    if (named.size() > before) continue;
    std::vector<std::string> known;
    for (const Boundary& boundary : all) known.push_back(boundary.name);
    throw std::invalid_argument(fmt::format("--boundaries names '{}', which begins none of: {}",
                                            name, fmt::join(known, ", ")));
  }
  return named;
}

}  // namespace skim::bench
