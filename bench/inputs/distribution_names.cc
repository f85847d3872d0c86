#include <array>
#include <stdexcept>
#include <string>
#include <utility>

#include "inputs/inputs.h"

namespace skim::bench {
namespace {

using Named = std::pair<Distribution, std::string_view>;
constexpr std::array<Named, kDistributionCount + 1> kDistributions = {{
    {Distribution::normal, "normal"},
    {Distribution::normal_with_head, "normal_with_head"},
    {Distribution::zipf, "zipf"},
    {Distribution::bf16_quantised, "bf16_quantised"},
    {Distribution::all_equal, "all_equal"},
    {Distribution::ascending, "ascending"},
    {Distribution::descending, "descending"},
    {Distribution::masked_half, "masked_half"},
    {Distribution::masked_most, "masked_most"},
    {Distribution::few_distinct, "few_distinct"},
    {Distribution::one_hot, "one_hot"},
    {Distribution::narrow_range, "narrow_range"},
    {Distribution::nan_spots, "nan_spots"},
    {Distribution::mixed_zeros, "mixed_zeros"},
    {Distribution::both_signs, "both_signs"},
    {Distribution::relu_zeros, "relu_zeros"},
    {Distribution::one_of_each, "one_of_each"},
}};

}  // namespace

Distribution distribution_at(std::size_t index) { return kDistributions.at(index).first; }

std::string_view name_of(Distribution distribution) {
  for (const auto& [value, name] : kDistributions) {
    if (value == distribution) return name;
  }
  throw std::invalid_argument("distribution " + std::to_string(static_cast<int>(distribution)) +
                              " has no name");
}

bool parse_distribution(std::string_view name, Distribution& out) {
  for (const auto& [value, known] : kDistributions) {
    if (known == name) {
      out = value;
      return true;
    }
  }
  return false;
}

}  // namespace skim::bench
