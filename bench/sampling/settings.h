// How a token is drawn in a case of the benchmark, and what the benchmark can measure at all.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "skim/sample.h"

namespace skim::bench {

// eager is top-k as a program in Python calls it.
enum class Operation : std::uint8_t { topk, sample, eager };

// The same for every row.
struct SamplingSettings {
  float temperature = 1.0F;  // 0: the first maximum
  std::int32_t top_k = 0;    // 0: off
  float top_p = 1.0F;        // 1: off
  float min_p = 0.0F;        // 0: off
  FilterOrder order = FilterOrder::sequential;
  LogprobKind logprobs = LogprobKind::none;

  bool greedy() const { return temperature == 0.0F; }
  bool has_top_k() const { return top_k > 0; }
  bool has_top_p() const { return top_p < 1.0F; }
  bool has_min_p() const { return min_p > 0.0F; }

  friend bool operator==(const SamplingSettings&, const SamplingSettings&) = default;
};

// "top-k 50, top-p 0.9, raw logprobs", "full distribution", "greedy".
std::string to_string(const SamplingSettings& settings);

// Whether `order` keeps other tokens than the default order.
bool order_matters(const SamplingSettings& settings);

// All throw std::invalid_argument with one sentence.
Operation parse_operation(std::string_view name);
FilterOrder parse_order(std::string_view name);
LogprobKind parse_logprobs(std::string_view name);
void check(const SamplingSettings& settings);

}  // namespace skim::bench
