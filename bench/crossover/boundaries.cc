#include "crossover/boundaries.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

#include "plan/tuning.h"

namespace skim::bench {
namespace {

// "kManyShortRows = 1056"
std::string named(std::string_view limit, std::int64_t value) {
  return fmt::format("{} = {}", limit, value);
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
  constexpr std::string_view kShapes =
      "cluster_maxima ctas=2 cta_threads=256 vectors=16; "
      "cluster_maxima ctas=2 cta_threads=512 vectors=8; "
      "cluster_maxima ctas=2 cta_threads=512 vectors=16; "
      "cluster_maxima ctas=4 cta_threads=256 vectors=16; "
      "cluster_maxima ctas=8 cta_threads=256 vectors=4; "
      "cluster_maxima ctas=8 cta_threads=256 vectors=8; "
      "cluster_maxima ctas=8 cta_threads=512 vectors=4; "
      "cluster_maxima ctas=8 cta_threads=512 vectors=8; "
      "cluster_maxima ctas=8 cta_threads=256 vectors=20; "
      "cluster_maxima ctas=16 cta_threads=512 vectors=4; "
      "cluster_maxima ctas=16 cta_threads=512 vectors=8";
  const std::vector<std::int64_t> vocabularies = {32000,  50304,  65536,  100352,
                                                  128256, 151936, 201088, 262144};
  return {
      along(Axis::k, named("kMostMaximaResults", kMostMaximaResults), "32x50304:k64:bf16",
            {64, 128, 192, 256, 257, 384}, "cluster_maxima; cluster_buckets; filter"),
      along(Axis::cols, "kShapesOfMoreRows, one CTA", "32x8192:k50:bf16",
            {4096, 8192, 12288, 16384},
            "cluster_maxima team=grid; "
            "cluster_maxima team=cluster ctas=2 cta_threads=256 vectors=4; "
            "cluster_maxima team=cluster ctas=4 cta_threads=256 vectors=2"),
      along(Axis::cols, "kShapesOfFewRows", "4x50304:k50:f16", vocabularies, kShapes),
      along(Axis::cols, "kShapesOfMoreRows", "32x50304:k50:f16", vocabularies, kShapes),
      along(Axis::cols, "kShapesOfManyRows", "64x50304:k50:f16", vocabularies, kShapes),
      along(Axis::cols, "kShapesOfMostRows", "128x50304:k50:f16", vocabularies, kShapes),
      along(Axis::rows, named("kFewClusterRows", kFewClusterRows), "1x128256:k50:f16",
            {1, 4, 8, 12, 16, 24},
            "cluster_maxima ctas=8 cta_threads=512 vectors=4; "
            "cluster_maxima ctas=8 cta_threads=256 vectors=8"),
      along(Axis::rows, named("kFewRoundsOfRows", kFewRoundsOfRows), "1x8192:k50:bf16",
            {67, 132, 264, 396, 528, 1056},
            "cluster_maxima team=grid ctas=1 cta_threads=512 vectors=2; "
            "cluster_maxima team=grid ctas=1 cta_threads=256 vectors=4; "
            "cluster_maxima team=grid ctas=1 cta_threads=128 vectors=8"),
      along(Axis::cols, "kShapesOfMostRows, one CTA", "1056x8192:k50:bf16",
            {4104, 8192, 16384, 24576, 32768},
            "cluster_maxima team=grid ctas=1 cta_threads=512 vectors=4; "
            "cluster_maxima team=grid ctas=1 cta_threads=256 vectors=8; "
            "cluster_maxima team=grid ctas=1 cta_threads=256 vectors=16; "
            "cluster_maxima team=cluster ctas=2 cta_threads=512 vectors=4"),
      along(Axis::k, named("kManyResultsOfFewRounds", kManyResultsOfFewRounds),
            "136x32768:k50:bf16", {50, 64, 100, 128, 192, 256},
            "cluster_maxima team=grid ctas=1 cta_threads=256 vectors=16; "
            "cluster_maxima team=cluster ctas=4 cta_threads=256 vectors=4"),
      along(Axis::k, named("kManyResultsOfMostRows", kManyResultsOfMostRows), "1056x16384:k50:bf16",
            {50, 100, 128, 160, 192, 256},
            "cluster_maxima team=grid ctas=1 cta_threads=256 vectors=8; "
            "cluster_maxima team=grid ctas=1 cta_threads=512 vectors=4; bucket_select"),
      along(Axis::rows, named("kManyClusterRows", kManyClusterRows), "1x50304:k50:f16",
            {16, 32, 48, 64, 96},
            "cluster_maxima ctas=8 cta_threads=256 vectors=4; "
            "cluster_maxima ctas=2 cta_threads=256 vectors=16"),
      along(Axis::rows, "kShapesOfMostRows, by rows", "1x128256:k50:f16",
            {48, 56, 64, 66, 67, 80, 96, 128},
            "cluster_maxima ctas=2 cta_threads=512 vectors=16; "
            "cluster_maxima ctas=4 cta_threads=256 vectors=16; "
            "cluster_maxima ctas=8 cta_threads=256 vectors=8"),
      along(Axis::k, named("kManyClusterResults", kManyClusterResults), "4x50304:k50:f16",
            {5, 16, 50, 100, 128, 192, 256},
            "cluster_maxima ctas=8 cta_threads=256 vectors=4; "
            "cluster_maxima ctas=8 cta_threads=512 vectors=2; "
            "cluster_maxima ctas=16 cta_threads=256 vectors=2"),
  };
}

std::vector<Boundary> of_rows_of_a_warp() {
  using namespace tuning;
  const std::string work = named("kMostRegisterSortWork", kMostRegisterSortWork);
  const std::string few = named("kRegisterSortResultsOfFewRows", kRegisterSortResultsOfFewRows);
  const std::string many = named("kManyShortRows", kManyShortRows);
  const std::string of_warps = named("kWarpMaximaManyRows", kWarpMaximaManyRows);
  return {
      along(Axis::k, work, "4096x256:k8:f32", {1, 8, 16, 32, 64}, "register_sort; warp_maxima"),
      along(Axis::k, work, "4096x512:k8:f16", {1, 8, 16, 32, 64}, "register_sort; warp_maxima"),
      along(Axis::cols, work, "4096x256:k16:bf16", {64, 128, 256, 512, 768, 1024},
            "register_sort; warp_maxima"),
      along(Axis::k, few, "64x256:k8:f16", {1, 8, 16, 32, 64}, "register_sort; warp_maxima"),
      along(Axis::rows, many, "1x256:k32:f16", {64, 264, 528, 1056, 2112, 4096},
            "warp_maxima; register_sort"),
      along(Axis::rows, of_warps, "1x1024:k128:bf16", {64, 264, 400, 528, 1056, 4096},
            "bucket_select; warp_maxima"),
      along(Axis::rows, of_warps, "1x2048:k64:bf16", {64, 264, 400, 528, 1056, 4096},
            "bucket_select; warp_maxima"),
      along(Axis::cols, named("kRegisterSortColsPerResult", kRegisterSortColsPerResult),
            "264x128:k32:bf16", {65, 97, 128, 160, 192, 256},
            "register_sort; warp_maxima; bucket_select"),
      along(Axis::cols, named("kWarpMaximaShorterRowBytes", kWarpMaximaShorterRowBytes),
            "264x2048:k64:bf16", {1024, 2048, 2304, 3072, 4095, 4096},
            "bucket_select; warp_maxima"),
  };
}

std::vector<Boundary> of_buckets() {
  using namespace tuning;
  const std::string few = named("kWarpMaximaResultsOfFewRows", kWarpMaximaResultsOfFewRows);
  const std::string bytes = named("kWarpMaximaBytesOfManyRows", kWarpMaximaBytesOfManyRows);
  const std::string range = named("kFewestBucketBytesPerResult", kFewestBucketBytesPerResult);
  const std::string fewest = named("kFewestBucketResults", kFewestBucketResults);
  const std::string longest = named("kBucketColsOfFewResults", kBucketColsOfFewResults);
  const std::string of_rounds = named("kMostBucketVectorsPerResult", kMostBucketVectorsPerResult);
  const std::string of_long =
      named("kFewestBucketResultsOfLongRows", kFewestBucketResultsOfLongRows);
  return {
      along(Axis::k, few, "64x2048:k32:bf16", {8, 16, 32, 40, 64, 128},
            "warp_maxima; bucket_select"),
      along(Axis::k, bytes, "4096x1024:k32:f32", {32, 48, 64, 96, 128},
            "warp_maxima; bucket_select"),
      along(Axis::cols, range, "264x512:k64:f16", {128, 192, 256, 384, 512, 1024},
            "warp_maxima; bucket_select"),
      along(Axis::k, fewest, "64x8192:k50:bf16", {8, 16, 32, 40, 50, 64, 128},
            "cluster_maxima; bucket_select"),
      along(Axis::cols, longest, "64x8192:k64:f32", {2048, 4096, 8192, 12288, 16384},
            "bucket_select; cluster_maxima"),
      along(Axis::cols, longest, "64x8192:k64:f16", {4096, 8192, 12288, 16384},
            "bucket_select; cluster_maxima"),
      along(Axis::k, of_rounds, "528x4104:k50:bf16", {50, 64, 80, 100, 128, 256},
            "cluster_maxima; bucket_select"),
      along(Axis::k, of_rounds, "1056x8192:k50:bf16", {64, 100, 128, 160, 192, 256},
            "cluster_maxima; bucket_select"),
      along(Axis::k, of_long, "64x16384:k50:f32", {32, 50, 64, 100, 128, 256},
            "cluster_maxima; bucket_select"),
      along(Axis::rows, named("kFewBucketRows", kFewBucketRows), "1x65536:k1024:f32",
            {1, 4, 7, 8, 16, 32},
            "cluster_buckets ctas=16 cta_threads=512 vectors=2; "
            "cluster_buckets ctas=8 cta_threads=512 vectors=4; filter"),
      along(Axis::rows, named("kSeveralBucketRows", kSeveralBucketRows), "1x65536:k1024:f32",
            {8, 12, 15, 16, 24, 30},
            "cluster_buckets ctas=8 cta_threads=512 vectors=4; "
            "cluster_buckets ctas=8 cta_threads=256 vectors=8; filter"),
      along(Axis::rows, named("kMoreBucketRows", kMoreBucketRows), "1x131072:k512:f16",
            {16, 30, 32, 45, 46, 62},
            "cluster_buckets ctas=8 cta_threads=256 vectors=8; "
            "cluster_buckets ctas=4 cta_threads=256 vectors=16; "
            "cluster_buckets ctas=2 cta_threads=512 vectors=16; filter"),
      along(Axis::rows, named("kManyBucketRows", kManyBucketRows), "1x131072:k512:f16",
            {46, 62, 66, 67, 96, 128, 256},
            "cluster_buckets ctas=2 cta_threads=512 vectors=16; "
            "cluster_buckets ctas=4 cta_threads=256 vectors=16; "
            "cluster_buckets ctas=8 cta_threads=256 vectors=8; filter"),
      along(Axis::rows, "kBucketClustersOfManyRows", "1x32768:k2048:f32", {16, 32, 62, 63, 96, 128},
            "cluster_buckets ctas=8 cta_threads=512 vectors=2; "
            "cluster_buckets ctas=4 cta_threads=512 vectors=4; "
            "cluster_buckets ctas=2 cta_threads=1024 vectors=4; filter"),
      along(Axis::rows, "kBucketClustersOfMostRows", "1x131072:k2048:f32", {16, 32, 64, 128, 256},
            "cluster_buckets ctas=4 cta_threads=512 vectors=16; "
            "cluster_buckets ctas=8 cta_threads=512 vectors=8; "
            "cluster_buckets ctas=8 cta_threads=256 vectors=16; filter"),
      along(Axis::k, named("kBucketGroupsPerResult", kBucketGroupsPerResult), "1x131072:k2048:f32",
            {257, 512, 1024, 2048},
            "cluster_buckets groups=512; cluster_buckets groups=1024; "
            "cluster_buckets groups=2048; filter"),
      along(Axis::cols, named("kFewestSampledCols", kFewestSampledCols), "1x65536:k64:f32",
            {65536, 131072, 262144, 524288, 524292, 1 << 20},
            "sample_select; cluster_maxima; filter"),
      along(Axis::k, named("kSampledColsPerResult", kSampledColsPerResult), "1x1048576:k64:f32",
            {64, 512, 2048, 4096}, "sample_select; radix_select; filter"),
      along(Axis::k, "kSortedLimit", "256x1024:k256:f32", {64, 128, 256, 512, 1024},
            "bucket_select; filter; radix_select"),
      along(Axis::k, "kSortedLimit, of longer rows", "1x32768:k1024:f32",
            {1024, 2048, 2049, 3000, 4096}, "cluster_buckets; sample_select; radix_select"),
      along(Axis::k, "kSortedLimit, of many rows", "64x8192:k1024:f32",
            {1024, 2048, 2049, 3000, 4096}, "bucket_select; sample_select; radix_select"),
  };
}

}  // namespace

std::vector<Boundary> tuned_boundaries() {
  std::vector<Boundary> all = of_large_vocabularies();
  std::ranges::copy(of_rows_of_a_warp(), std::back_inserter(all));
  std::ranges::copy(of_buckets(), std::back_inserter(all));
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
