#include "published.h"

#include <array>

namespace skim::bench {
namespace {

struct Row {
  Case shape;
  Published published;
};

constexpr std::array kRows = {Row{{1, 50304, 50, DType::f16}, {45, 181}},
                              Row{{4, 50304, 5, DType::f16}, {49, 109}},
                              Row{{4, 50304, 128, DType::f16}, {48, 729}},
                              Row{{32, 32000, 40, DType::f32}, {80, 159}},
                              Row{{4096, 1024, 32, DType::bf16}, {114, 4217}},
                              Row{{4096, 2048, 64, DType::bf16}, {159, 8847}}};

bool is_power_of_two(std::int64_t number) { return (number & (number - 1)) == 0; }

}  // namespace

std::optional<Published> published_for(const Case& bench_case) {
  if (bench_case.distribution != Distribution::normal) return std::nullopt;
  for (const Row& row : kRows) {
    if (same_shape(row.shape, bench_case)) return row.published;
  }
  return std::nullopt;
}

std::string_view remark_on(const Case& bench_case) {
  constexpr std::int64_t kSmallestVocabulary = 32000;
  constexpr std::int64_t kLargestBatch = 1024;
  if (bench_case.rows < kLargestBatch || bench_case.cols >= kSmallestVocabulary) return "";
  if (published_for(bench_case)) {
    return "misleading: no inference step has thousands of rows, and no language model a "
           "vocabulary this small; kept because it was published";
  }
  if (bench_case.cols <= 4096 && is_power_of_two(bench_case.cols)) {
    return "published of small power-of-two vocabularies: CuTe and QuACK 1.1 to 2.4 times faster "
           "than PyTorch; not a shape of inference";
  }
  return "thousands of short rows: not a shape of inference";
}

}  // namespace skim::bench
