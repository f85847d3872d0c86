#include "support/cuda_variants.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>

#include "cuda/bucket_select_layout.h"
#include "cuda/register_sort_layout.h"
#include "cuda/warp_maxima_layout.h"
#include "device_of.h"

namespace skim::test {
namespace {

Variant forced_algorithm(TopkAlgorithm algorithm) {
  Variant variant;
  variant.name = to_string(algorithm);
  variant.forced.algorithm = algorithm;
  return variant;
}

Variant forced_algorithm(TopkAlgorithm algorithm, CtaTeam team) {
  Variant variant = forced_algorithm(algorithm);
  variant.name += ", " + to_string(team);
  variant.forced.team = team;
  return variant;
}

Variant with_ctas(Variant variant, int ctas) {
  variant.name += " of " + std::to_string(ctas);
  variant.forced.ctas = ctas;
  return variant;
}

Variant with_threads(Variant variant, int threads) {
  variant.name += ", " + std::to_string(threads) + " threads";
  variant.forced.cta_threads = threads;
  return variant;
}

Variant with_least_capacity(Variant variant) {
  variant.name += ", least capacity";
  variant.smallest_buffer = true;
  return variant;
}

// Together these have every size of a team and of a CTA, every number of vectors that is compiled,
// and every number of groups a warp; fewer groups than results, and the most groups there can be.
struct MaximaShape {
  int ctas;
  int threads;
  int vectors;
  int groups_per_warp;
};
constexpr MaximaShape kGridShapes[] = {{1, 128, 4, 8},  {1, 32, 10, 32}, {1, 512, 8, 2},
                                       {1, 256, 1, 32}, {3, 64, 8, 16},  {7, 256, 1, 4},
                                       {32, 512, 4, 2}, {32, 64, 1, 32}};
// Holds every row of up to 128256 elements.
constexpr MaximaShape kLargeGrid = {8, 512, 10, 2};

Variant with_shape(const Variant& base, const MaximaShape& shape) {
  Variant variant = with_threads(with_ctas(base, shape.ctas), shape.threads);
  variant.name += ", " + std::to_string(shape.vectors) + " vectors, " +
                  std::to_string(shape.groups_per_warp) + " groups a warp";
  variant.forced.vectors = shape.vectors;
  variant.forced.groups_per_warp = shape.groups_per_warp;
  return variant;
}

// Every size of a cluster and of a CTA and every number of vectors that is compiled; too few
// wanted, so that a second round is needed, and more than there are groups, so that there is no
// threshold.
struct ExchangeShape {
  int ctas;
  int threads;
  int vectors;
  int groups;
  int wanted;
};
constexpr ExchangeShape kExchangeShapes[] = {
    {2, 64, 8, 64, 30},    {2, 256, 2, 32, 50},  {2, 96, 4, 48, 20},    {4, 32, 4, 32, 1},
    {4, 128, 16, 128, 17}, {8, 256, 20, 32, 9},  {8, 288, 4, 36, 16},   {8, 256, 4, 64, 256},
    {16, 64, 8, 8, 1},     {16, 512, 2, 64, 12}, {1, 128, 4, 64, 256},  {1, 512, 1, 512, 256},
    {1, 64, 4, 32, 256},   {1, 256, 2, 32, 256}, {1, 480, 2, 120, 256}, {1, 96, 8, 12, 256},
    {1, 160, 16, 160, 256}};
constexpr ExchangeShape kLargeExchange = {16, 256, 20, 64, 12};

Variant exchange(const ExchangeShape& shape) {
  const CtaTeam team = shape.ctas == 1 ? CtaTeam::grid : CtaTeam::cluster;
  Variant variant = forced_algorithm(TopkAlgorithm::cluster_maxima, team);
  variant = with_threads(with_ctas(variant, shape.ctas), shape.threads);
  variant.name += ", " + std::to_string(shape.vectors) + " vectors, " +
                  std::to_string(shape.groups) + " groups, " + std::to_string(shape.wanted) +
                  " wanted";
  variant.forced.vectors = shape.vectors;
  variant.forced.groups = shape.groups;
  variant.forced.wanted = shape.wanted;
  return variant;
}
void add_exchange_geometries(std::vector<Variant>& variants) {
  for (const ExchangeShape& shape : kExchangeShapes) variants.push_back(exchange(shape));
  variants.push_back(with_least_capacity(exchange({8, 256, 16, 64, 16})));
  variants.push_back(with_least_capacity(exchange({1, 128, 4, 64, 256})));
}

void add_maxima_geometries(std::vector<Variant>& variants) {
  const Variant grid = forced_algorithm(TopkAlgorithm::group_maxima, CtaTeam::grid);
  for (const MaximaShape& shape : kGridShapes) variants.push_back(with_shape(grid, shape));
  variants.push_back(with_least_capacity(with_shape(grid, {8, 256, 10, 4})));
}

// More threads than the row would get want more room than it would get: the least there can be.
void add_filter_geometries(std::vector<Variant>& variants) {
  const Variant cluster = forced_algorithm(TopkAlgorithm::filter, CtaTeam::cluster);
  const Variant grid = forced_algorithm(TopkAlgorithm::filter, CtaTeam::grid);
  for (const int ctas : {2, 4, 8, 16}) variants.push_back(with_ctas(cluster, ctas));
  for (const int ctas : {1, 3, 7, 32}) variants.push_back(with_ctas(grid, ctas));
  for (const int threads : {32, 64, 128, 256}) {
    variants.push_back(with_least_capacity(with_threads(with_ctas(cluster, 4), threads)));
    variants.push_back(with_least_capacity(with_threads(with_ctas(grid, 5), threads)));
  }
}

void add_radix_geometries(std::vector<Variant>& variants) {
  const Variant grid = forced_algorithm(TopkAlgorithm::radix_select, CtaTeam::grid);
  for (const int ctas : {1, 2, 7, 32}) variants.push_back(with_ctas(grid, ctas));
}

Variant forced_register_sort(DType dtype, const cuda::RegisterSortShape& shape) {
  Variant variant = forced_algorithm(TopkAlgorithm::register_sort);
  variant.name += ", " + std::to_string(shape.cols(size_of(dtype))) + " columns, " +
                  std::to_string(shape.results) + " results";
  variant.forced.lanes = shape.lanes;
  variant.forced.vectors = shape.vectors;
  variant.forced.capacity = shape.results;
  return variant;
}

// Those that hold the short rows of the tests with all geometries, wherever they begin.
void add_register_geometries(std::vector<Variant>& variants, DType dtype) {
  constexpr std::int64_t kHeld = 511 + 7;
  for (const cuda::RegisterSortShape& shape : cuda::register_sort_shapes(dtype)) {
    if (shape.cols(size_of(dtype)) < kHeld) continue;
    const Variant variant = forced_register_sort(dtype, shape);
    for (const int threads : {32, 128}) variants.push_back(with_threads(variant, threads));
  }
}

std::vector<Variant> warp_maxima_shapes(int threads) {
  std::vector<Variant> variants;
  for (const int vectors : cuda::kWarpMaximaVectors) {
    for (const int slots : cuda::kWarpMaximaSlots) {
      if (!cuda::is_warp_maxima_shape(vectors, slots)) continue;
      variants.push_back(with_threads(forced_algorithm(TopkAlgorithm::warp_maxima), threads));
      variants.back().name +=
          ", " + std::to_string(vectors) + " vectors, " + std::to_string(slots) + " slots";
      variants.back().forced.vectors = vectors;
      variants.back().forced.capacity = slots;
    }
  }
  return variants;
}

// Those that hold the short rows of the tests with all geometries.
void add_warp_geometries(std::vector<Variant>& variants, DType dtype) {
  constexpr std::int64_t kHeld = 511;
  for (const int threads : {32, 128}) {
    for (const Variant& variant : warp_maxima_shapes(threads)) {
      if (cuda::warp_maxima_cols(*variant.forced.vectors, size_of(dtype)) >= kHeld)
        variants.push_back(variant);
    }
  }
}

// A group is of several lanes, a thread's elements or one of its vectors.
constexpr int kBucketGroups[] = {2, 8, 32, 256};

std::vector<Variant> bucket_select_shapes(DType dtype) {
  std::vector<Variant> variants;
  for (const int vectors : cuda::kBucketVectors) {
    if (cuda::bucket_elements(vectors, size_of(dtype)) > cuda::kMostBucketElements) continue;
    for (const int threads : {32, 64, 96, 128, 256, 480, cuda::kMostBucketThreads}) {
      const int groups =
          std::min(kBucketGroups[variants.size() % std::size(kBucketGroups)], 32 * vectors);
      Variant variant = with_threads(forced_algorithm(TopkAlgorithm::bucket_select), threads);
      variant.name +=
          ", " + std::to_string(vectors) + " vectors, " + std::to_string(groups) + " groups a warp";
      variant.forced.vectors = vectors;
      variant.forced.groups_per_warp = groups;
      variants.push_back(variant);
    }
  }
  return variants;
}

std::int64_t held_elements(const Variant& variant, DType dtype) {
  return std::int64_t{*variant.forced.cta_threads} *
         cuda::bucket_elements(*variant.forced.vectors, size_of(dtype));
}

// Those that hold the short rows of the tests with all geometries, wherever they begin.
void add_bucket_geometries(std::vector<Variant>& variants, DType dtype) {
  constexpr std::int64_t kHeld = 511 + 16;
  for (const Variant& variant : bucket_select_shapes(dtype)) {
    if (held_elements(variant, dtype) >= kHeld) variants.push_back(variant);
  }
}

// Every size of a cluster and of a CTA, every number of vectors that is compiled and of a thread's
// groups.
struct SharedBucketShape {
  int ctas;
  int threads;
  int vectors;
  int thread_groups;
};
constexpr SharedBucketShape kSharedBucketShapes[] = {
    {2, 32, 8, 4}, {2, 1024, 2, 1}, {2, 64, 4, 2},  {4, 128, 2, 4}, {4, 32, 16, 1},
    {8, 64, 2, 1}, {8, 512, 4, 2},  {16, 32, 2, 4}, {16, 64, 8, 2}, {16, 256, 4, 1}};
constexpr SharedBucketShape kLargeSharedBuckets = {16, 512, 16, 1};

Variant shared_buckets(const SharedBucketShape& shape) {
  Variant variant = forced_algorithm(TopkAlgorithm::cluster_buckets, CtaTeam::cluster);
  variant = with_threads(with_ctas(variant, shape.ctas), shape.threads);
  variant.name += ", " + std::to_string(shape.vectors) + " vectors, " +
                  std::to_string(shape.thread_groups) + " groups a thread";
  variant.forced.vectors = shape.vectors;
  variant.forced.groups = shape.threads * shape.thread_groups;
  return variant;
}
void add_shared_bucket_geometries(std::vector<Variant>& variants) {
  for (const SharedBucketShape& shape : kSharedBucketShapes)
    variants.push_back(shared_buckets(shape));
  variants.push_back(with_least_capacity(shared_buckets({8, 32, 4, 1})));
  variants.push_back(with_least_capacity(shared_buckets({2, 256, 2, 2})));
}

// The last kernel's list as large as the plan makes it, and as small as it may be.
Variant sampled(int ctas, int threads) {
  return with_threads(
      with_ctas(forced_algorithm(TopkAlgorithm::sample_select, CtaTeam::grid), ctas), threads);
}
// A threshold that too few elements reach, or far more than need to.
Variant misled(Variant variant, int wanted) {
  variant.name += ", " + std::to_string(wanted) + " wanted";
  variant.forced.wanted = wanted;
  return variant;
}
void add_sampled_geometries(std::vector<Variant>& variants) {
  for (const int sample_ctas : {1, 2, 4, 8, 16}) {
    variants.push_back(sampled(2 * sample_ctas - 1, sample_ctas == 1 ? 512 : 32));
    variants.back().name += ", sampled by " + std::to_string(sample_ctas);
    variants.back().forced.sample_ctas = sample_ctas;
  }
  variants.push_back(misled(sampled(4, 64), 1));
  variants.push_back(misled(with_least_capacity(sampled(8, 32)), 2048));
  variants.push_back(with_least_capacity(sampled(5, 64)));
}

}  // namespace

bool has_group_maxima(DType dtype) {
  return dtype == DType::f32 || dtype == DType::f16 || dtype == DType::bf16;
}

std::vector<Variant> cuda_algorithm_variants(DType dtype) {
  std::vector<Variant> variants = {
      forced_algorithm(TopkAlgorithm::filter),
      with_ctas(forced_algorithm(TopkAlgorithm::filter, CtaTeam::cluster), 8),
      forced_algorithm(TopkAlgorithm::filter, CtaTeam::grid),
      forced_algorithm(TopkAlgorithm::radix_select)};
  if (has_group_maxima(dtype)) {
    const Variant grid = forced_algorithm(TopkAlgorithm::group_maxima, CtaTeam::grid);
    variants.push_back(forced_algorithm(TopkAlgorithm::group_maxima, CtaTeam::grid));
    variants.push_back(with_shape(grid, kLargeGrid));
    variants.push_back(forced_algorithm(TopkAlgorithm::cluster_maxima));
    variants.push_back(exchange(kLargeExchange));
    variants.push_back(forced_algorithm(TopkAlgorithm::cluster_buckets));
    variants.push_back(shared_buckets(kLargeSharedBuckets));
    variants.push_back(forced_algorithm(TopkAlgorithm::sample_select));
    variants.push_back(forced_algorithm(TopkAlgorithm::register_sort));
    variants.push_back(forced_algorithm(TopkAlgorithm::bucket_select));
    variants.push_back(forced_algorithm(TopkAlgorithm::warp_maxima));
  }
  return variants;
}

std::vector<Variant> cuda_geometry_variants(DType dtype) {
  std::vector<Variant> variants;
  if (has_group_maxima(dtype)) add_maxima_geometries(variants);
  if (has_group_maxima(dtype)) add_exchange_geometries(variants);
  if (has_group_maxima(dtype)) add_shared_bucket_geometries(variants);
  if (has_group_maxima(dtype)) add_sampled_geometries(variants);
  add_register_geometries(variants, dtype);
  if (has_group_maxima(dtype)) add_warp_geometries(variants, dtype);
  if (has_group_maxima(dtype)) add_bucket_geometries(variants, dtype);
  add_filter_geometries(variants);
  add_radix_geometries(variants);
  return variants;
}

std::vector<Variant> cuda_bucket_select_variants(DType dtype) {
  return has_group_maxima(dtype) ? bucket_select_shapes(dtype) : std::vector<Variant>{};
}

std::vector<Variant> cuda_cluster_buckets_variants(DType dtype) {
  std::vector<Variant> variants;
  if (!has_group_maxima(dtype)) return variants;
  add_shared_bucket_geometries(variants);
  for (const SharedBucketShape& shape : {kLargeSharedBuckets, SharedBucketShape{2, 1024, 4, 4}})
    variants.push_back(shared_buckets(shape));
  return variants;
}

std::vector<Variant> cuda_register_sort_variants(DType dtype) {
  std::vector<Variant> variants;
  for (const cuda::RegisterSortShape& shape : cuda::register_sort_shapes(dtype)) {
    variants.push_back(forced_register_sort(dtype, shape));
  }
  return variants;
}

std::vector<Variant> cuda_warp_maxima_variants(DType dtype) {
  if (!has_group_maxima(dtype)) return {};
  return warp_maxima_shapes(64);
}

std::vector<Variant> cuda_long_row_variants(DType dtype) {
  const Variant filter_cluster = forced_algorithm(TopkAlgorithm::filter, CtaTeam::cluster);
  const Variant filter_grid = forced_algorithm(TopkAlgorithm::filter, CtaTeam::grid);
  const Variant radix = forced_algorithm(TopkAlgorithm::radix_select, CtaTeam::grid);
  std::vector<Variant> variants = {
      {"chosen plan", {}},           with_ctas(filter_cluster, 2),
      with_ctas(filter_cluster, 16), with_least_capacity(with_ctas(filter_grid, 7)),
      with_ctas(filter_grid, 500),   with_ctas(radix, 2),
      with_ctas(radix, 132),         with_ctas(radix, 1000)};
  if (has_group_maxima(dtype)) {
    const Variant maxima = forced_algorithm(TopkAlgorithm::group_maxima, CtaTeam::grid);
    variants.push_back(with_shape(maxima, {210, 512, 10, 2}));
    variants.push_back(sampled(132, 256));
    variants.push_back(sampled(1000, 64));
    variants.push_back(misled(sampled(264, 128), 1));
    variants.push_back(misled(sampled(528, 256), 2048));
    variants.push_back(with_least_capacity(sampled(7, 512)));
  }
  return variants;
}

std::optional<TopkPlan> plan_smallest_capacity(const TopkProblem& problem, const Variant& variant) {
  PlanOverride forced = variant.forced;
  const auto plan_with = [&](int capacity) -> std::optional<TopkPlan> {
    forced.capacity = capacity;
    try {
      return plan_topk(problem, device_of(problem.device), forced);
    } catch (const InvalidRequest&) {
      return std::nullopt;
    }
  };
  constexpr int kMost = 1 << 20;
  int accepted = 1;
  while (accepted <= kMost && !plan_with(accepted)) accepted *= 2;
  if (accepted > kMost) return std::nullopt;
  int refused = accepted / 2;
  while (accepted - refused > 1) {
    const int middle = refused + (accepted - refused) / 2;
    (plan_with(middle) ? accepted : refused) = middle;
  }
  return plan_with(accepted);
}

}  // namespace skim::test
