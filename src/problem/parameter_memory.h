// Parameters of sampling against what a plan was made for, and the memory that they are in.
#pragma once

#include <array>
#include <cstdint>

#include "problem/memory_checks.h"
#include "problem/sample_parameters.h"

namespace skim {

// Pointers to one value a row. 64-bit seeds and offsets are as large and aligned as int64.
template <class T>
void check_each(const char* name, const RowParameter<T>& parameter) {
  if (reinterpret_cast<std::uintptr_t>(parameter.each) % sizeof(T) == 0) return;
  refuse("{} at {} is not aligned to its element size of {} bytes; pass an aligned pointer", name,
         fmt::ptr(parameter.each), sizeof(T));
}

// `Problem` is of sampling or of one of its steps.
template <class Problem>
void check_top_k(const Problem& problem, const RowParameter<std::int32_t>& top_k) {
  const bool each = top_k.each != nullptr;
  if (each == problem.top_k_each && most_top_k(top_k, problem.cols) == problem.most_top_k) return;
  if (each) refuse("top_k is one value a row, but the plan was made for one value; plan again");
  refuse("top_k = {} is not what the plan was made for, which is {}; plan again", top_k.value,
         problem.top_k_each ? "one value a row" : fmt::format("{}", problem.most_top_k));
}

template <class Problem>
void check_parameter_memory(const Problem& problem, const SampleParameters& parameters) {
  check_parameters(parameters);
  check_top_k(problem, parameters.top_k);
  check_each("temperature", parameters.temperature);
  check_each("top_k", parameters.top_k);
  check_each("top_p", parameters.top_p);
  check_each("min_p", parameters.min_p);
  check_each("seed", parameters.seed);
  check_each("offset", parameters.offset);
}

inline std::array<Named, 6> parameter_extents(std::int64_t rows,
                                              const SampleParameters& parameters) {
  const auto each = [&](const auto& parameter, std::size_t size) {
    if (parameter.each == nullptr) return Extent{};
    return extent_of(parameter.each, static_cast<std::size_t>(rows) * size);
  };
  return {{{"temperature", each(parameters.temperature, sizeof(float))},
           {"top_k", each(parameters.top_k, sizeof(std::int32_t))},
           {"top_p", each(parameters.top_p, sizeof(float))},
           {"min_p", each(parameters.min_p, sizeof(float))},
           {"seed", each(parameters.seed, sizeof(std::uint64_t))},
           {"offset", each(parameters.offset, sizeof(std::uint64_t))}}};
}

}  // namespace skim
