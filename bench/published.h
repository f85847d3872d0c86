// The published comparison of top-k on a GPU that this benchmark repeats: PyTorch beside a Triton
// kernel on an H100 PCIe, November 2025. docs/reproduce.md says how its figures came about.
#pragma once

#include <optional>
#include <string_view>

#include "cases.h"

namespace skim::bench {

inline constexpr std::string_view kPublishedGpu = "H100 PCIe";
inline constexpr std::string_view kPublishedDate = "2025-11";
inline constexpr std::string_view kPublishedTriton = "Triton (published)";  // ours, in its manner

struct Published {
  double pytorch_us = 0;
  double triton_us = 0;
};

std::optional<Published> published_for(const Case& bench_case);

// Why a shape misleads, or what was published of it besides; empty where there is nothing to say.
std::string_view remark_on(const Case& bench_case);

}  // namespace skim::bench
