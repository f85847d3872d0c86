#include "support/cuda_variants.h"

#include <string>

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
  int writers = 1;
};
constexpr MaximaShape kClusterShapes[] = {{2, 64, 8, 8, 2},   {2, 512, 1, 4},  {4, 256, 1, 1, 4},
                                          {4, 64, 10, 32},    {8, 512, 10, 1}, {8, 128, 4, 16, 8},
                                          {16, 64, 8, 1, 16}, {16, 512, 4, 2}, {8, 256, 4, 2, 8}};
constexpr MaximaShape kGridShapes[] = {{1, 128, 4, 8},  {1, 32, 10, 32}, {1, 512, 8, 2},
                                       {1, 256, 1, 32}, {3, 64, 8, 16},  {7, 256, 1, 4},
                                       {32, 512, 4, 2}, {32, 64, 1, 32}};
// These hold every row of up to 128256 elements.
constexpr MaximaShape kLargeCluster = {16, 512, 10, 2};
constexpr MaximaShape kLargeGrid = {8, 512, 10, 2};

Variant with_shape(const Variant& base, const MaximaShape& shape) {
  Variant variant = with_threads(with_ctas(base, shape.ctas), shape.threads);
  variant.name += ", " + std::to_string(shape.vectors) + " vectors, " +
                  std::to_string(shape.groups_per_warp) + " groups a warp, " +
                  std::to_string(shape.writers) + " writers";
  variant.forced.vectors = shape.vectors;
  variant.forced.groups_per_warp = shape.groups_per_warp;
  variant.forced.writers = shape.writers;
  return variant;
}

void add_maxima_geometries(std::vector<Variant>& variants) {
  const Variant cluster = forced_algorithm(TopkAlgorithm::group_maxima, CtaTeam::cluster);
  const Variant grid = forced_algorithm(TopkAlgorithm::group_maxima, CtaTeam::grid);
  for (const MaximaShape& shape : kClusterShapes) variants.push_back(with_shape(cluster, shape));
  for (const MaximaShape& shape : kGridShapes) variants.push_back(with_shape(grid, shape));
  variants.push_back(with_least_capacity(with_shape(cluster, {8, 256, 10, 1})));
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
    const Variant cluster = forced_algorithm(TopkAlgorithm::group_maxima, CtaTeam::cluster);
    const Variant grid = forced_algorithm(TopkAlgorithm::group_maxima, CtaTeam::grid);
    variants.push_back(forced_algorithm(TopkAlgorithm::group_maxima));
    variants.push_back(with_shape(cluster, kLargeCluster));
    variants.push_back(with_shape(grid, kLargeGrid));
  }
  return variants;
}

std::vector<Variant> cuda_geometry_variants(DType dtype) {
  std::vector<Variant> variants;
  if (has_group_maxima(dtype)) add_maxima_geometries(variants);
  add_filter_geometries(variants);
  add_radix_geometries(variants);
  return variants;
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
