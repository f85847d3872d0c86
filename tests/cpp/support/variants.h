// Every way to carry out one problem: they must all give the same bytes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "plan/override.h"
#include "skim/topk.h"
#include "support/input_image.h"
#include "support/selection.h"

namespace skim::test {

struct Variant {
  std::string name;
  PlanOverride forced;
  bool smallest_buffer = false;  // the least that the plan accepts, so that it overflows most
};

using VariantGroups = std::vector<std::vector<Variant>>;

// Both algorithms on every SIMD target that this machine runs.
std::vector<Variant> simd_variants();

// The same, with the geometry that the plan chooses: small tiles are slow where k is large.
std::vector<Variant> algorithm_variants();

// Small tiles, groups and buffers, split rows, 1 to 8 threads; on each of the targets in turn.
std::vector<Variant> geometry_variants();

// What the tests of the contract run: on the CPU every SIMD target and its geometries, on the GPU
// the chosen plan, every algorithm, and its geometries.
VariantGroups contract_variants(DeviceId device, DType dtype);

// The plan, or nothing where the variant cannot serve this problem.
std::optional<TopkPlan> plan_variant(const TopkProblem& problem, const Variant& variant);

// Compares a selection's variants with the one true answer, and counts what served.
class VariantCheck {
 public:
  explicit VariantCheck(VariantGroups groups);

  // All variants of the first group; of the others one at a time, taking turns.
  void check_in_turn(const InputImage& input, const SelectionSpec& spec);
  // All variants of all groups.
  void check_all(const InputImage& input, const SelectionSpec& spec);
  // A variant that served no selection has tested nothing: fails for each.
  void expect_all_served() const;

 private:
  void check(const InputImage& input, const SelectionSpec& spec, const TopkProblem& problem,
             Selection& selection, const Variant& variant);

  VariantGroups groups_;
  std::map<std::string, std::int64_t> served_;
  std::size_t turn_ = 0;
};

}  // namespace skim::test
