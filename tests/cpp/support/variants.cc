#include "support/variants.h"

#include <gtest/gtest.h>

#include "device_of.h"
#include "support/cuda_variants.h"

namespace skim::test {
namespace {

constexpr std::int64_t kMostLanes = 64;  // of a vector: 512 bits of int8

std::string name_in(SimdTarget target, const std::string& what) {
  return to_string(target) + " " + what;
}

PlanOverride forced_maxima(int group_vectors, std::int64_t tile_cols) {
  PlanOverride forced;
  forced.algorithm = TopkAlgorithm::group_maxima;
  forced.group_vectors = group_vectors;
  forced.tile_cols = tile_cols;
  return forced;
}

PlanOverride forced_filter() {
  PlanOverride forced;
  forced.algorithm = TopkAlgorithm::filter;
  return forced;
}

PlanOverride forced_threads(int threads, int splits) {
  PlanOverride forced;
  forced.threads = threads;
  forced.splits = splits;
  return forced;
}

std::optional<TopkPlan> try_plan(const TopkProblem& problem, const PlanOverride& forced) {
  try {
    return plan_topk(problem, device_of(problem.device), forced);
  } catch (const InvalidRequest&) {
    return std::nullopt;
  }
}

}  // namespace

std::vector<Variant> simd_variants() {
  std::vector<Variant> variants;
  for (const SimdTarget target : runnable_simd_targets()) {
    variants.push_back({name_in(target, "filter"), forced_filter()});
    variants.push_back({name_in(target, "group_maxima"), forced_maxima(4, 16 * kMostLanes)});
    for (const std::size_t i : {variants.size() - 2, variants.size() - 1}) {
      variants[i].forced.simd = target;
    }
  }
  return variants;
}

std::vector<Variant> algorithm_variants() {
  std::vector<Variant> variants = simd_variants();
  for (Variant& variant : variants) {
    variant.forced.tile_cols.reset();
    variant.forced.group_vectors.reset();
  }
  return variants;
}

std::vector<Variant> geometry_variants() {
  std::vector<Variant> variants = {{"chosen plan", {}}};
  for (const int vectors : {4, 8, 12, 32}) {
    for (const int groups : {1, 2, 5}) {
      variants.push_back(
          {"groups of " + std::to_string(vectors) + ", tiles of " + std::to_string(groups),
           forced_maxima(vectors, vectors * groups * kMostLanes + groups)});
    }
  }
  variants.push_back({"filter, smallest buffer", forced_filter(), true});
  variants.push_back({"group_maxima, smallest buffer", forced_maxima(4, 5 * kMostLanes), true});
  for (const int splits : {2, 3, 7}) {
    variants.push_back({std::to_string(splits) + " splits", forced_threads(1, splits)});
  }
  for (int threads = 2; threads <= 8; ++threads) {
    variants.push_back({std::to_string(threads) + " threads", forced_threads(threads, 1)});
    variants.push_back({std::to_string(threads) + " threads, splits of 1 more",
                        forced_threads(threads, threads + 1)});
  }
  const std::vector<SimdTarget> targets = runnable_simd_targets();
  for (std::size_t i = 1; i < variants.size(); ++i) {
    variants[i].forced.simd = targets[i % targets.size()];
  }
  return variants;
}

VariantGroups contract_variants(DeviceId device, DType dtype) {
  if (device.kind == DeviceKind::cpu) return {simd_variants(), geometry_variants()};
  return {{{"chosen plan", {}}}, cuda_algorithm_variants(dtype), cuda_geometry_variants(dtype)};
}

std::optional<TopkPlan> plan_variant(const TopkProblem& problem, const Variant& variant) {
  if (!variant.smallest_buffer) return try_plan(problem, variant.forced);
  if (problem.device.kind == DeviceKind::cuda) return plan_smallest_capacity(problem, variant);
  PlanOverride forced = variant.forced;
  for (std::int64_t extra = 0; extra <= kMostLanes; extra = extra == 0 ? 1 : 2 * extra) {
    forced.buffer = problem.k + extra;
    if (auto plan = try_plan(problem, forced)) return plan;
  }
  return std::nullopt;
}

VariantCheck::VariantCheck(VariantGroups groups) : groups_(std::move(groups)) {
  for (const auto& group : groups_) {
    for (const Variant& variant : group) served_[variant.name] = 0;
  }
}

void VariantCheck::check(const InputImage& input, const SelectionSpec& spec,
                         const TopkProblem& problem, Selection& selection, const Variant& variant) {
  const auto plan = plan_variant(problem, variant);
  if (!plan) return;
  if (plan->algorithm != TopkAlgorithm::nothing) ++served_[variant.name];
  const std::string wrong = selection.run(*plan);
  if (wrong.empty()) return;
  ADD_FAILURE() << wrong << "\n  input: " << to_string(input.spec())
                << "\n  selection: " << to_string(spec) << "\n  variant: " << variant.name
                << "\n  plan: " << to_string(*plan);
}

void VariantCheck::check_in_turn(const InputImage& input, const SelectionSpec& spec) {
  Selection selection(input, spec);
  const TopkProblem problem = make_problem(selection.request());
  for (const Variant& variant : groups_.front()) check(input, spec, problem, selection, variant);
  for (std::size_t i = 1; i < groups_.size(); ++i) {
    check(input, spec, problem, selection, groups_[i][turn_ % groups_[i].size()]);
  }
  ++turn_;
}

void VariantCheck::check_all(const InputImage& input, const SelectionSpec& spec) {
  Selection selection(input, spec);
  const TopkProblem problem = make_problem(selection.request());
  for (const auto& group : groups_) {
    for (const Variant& variant : group) check(input, spec, problem, selection, variant);
  }
}

void VariantCheck::expect_all_served() const {
  for (const auto& [name, count] : served_) {
    EXPECT_GT(count, 0) << "the variant '" << name << "' served no selection of this test";
  }
}

}  // namespace skim::test
