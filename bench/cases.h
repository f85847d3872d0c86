// What is measured: shapes, dtypes and inputs, alone or in the named sweeps.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inputs/inputs.h"
#include "sampling/settings.h"
#include "skim/dtype.h"

namespace skim::bench {

struct Case {
  std::int64_t rows = 1;
  std::int64_t cols = 50304;
  std::int64_t k = 50;
  DType dtype = DType::f16;
  std::optional<Distribution> distribution = Distribution::normal;  // nothing: the real logits
  std::optional<SamplingSettings> sampling = std::nullopt;          // nothing: top-k; else k is 1

  Operation operation() const { return sampling ? Operation::sample : Operation::topk; }
};

std::string_view input_name(const Case& bench_case);  // "normal", ..., "real"
std::int64_t bytes_of(const Case& bench_case);        // of one input
std::string to_string(const Case& bench_case);        // "1 x 50304, k 50, float16, normal"
bool same_shape(const Case& one, const Case& other);  // whatever the inputs

// All throw std::invalid_argument with one sentence that names what exists.
DType parse_dtype(std::string_view name);
std::optional<Distribution> parse_input(std::string_view name);
std::vector<Case> sweep(std::string_view name);
std::vector<Case> eager_sweep(std::string_view name);  // of --op eager
void check(const Case& bench_case);

}  // namespace skim::bench
