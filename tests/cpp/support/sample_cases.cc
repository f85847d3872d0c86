#include "support/sample_cases.h"

#include <algorithm>
#include <iterator>

namespace skim::test {
namespace {

constexpr Beside kBesides[] = {Beside::none, Beside::one_a_row, Beside::one_for_all};
constexpr std::size_t kSomeParameters = 30;

// One value for all rows; what filters together and what is off.
SampleParameters some_parameters(std::size_t choice) {
  SampleParameters parameters;
  const float temperatures[] = {1.0F, 0.3F, 5.0F, 1e-30F, 1e30F, 0.0F};
  const std::int32_t top_ks[] = {0, 5, 50, 1, 1000000, -1};
  const float top_ps[] = {1.0F, 0.9F, 0.0F, 0.3F, 7.0F};
  const float min_ps[] = {0.0F, 0.05F, 1.0F, 0.4F};
  parameters.temperature.value = temperatures[choice % std::size(temperatures)];
  parameters.top_k.value = top_ks[choice / 2 % std::size(top_ks)];
  parameters.top_p.value = top_ps[choice / 3 % std::size(top_ps)];
  parameters.min_p.value = min_ps[choice / 7 % std::size(min_ps)];
  parameters.seed.value = choice * 0x9e3779b97f4a7c15;
  parameters.offset.value = choice % 5 == 0 ? ~std::uint64_t{1} : choice;  // row 2 wraps around
  return parameters;
}

SampleSpec spec_of(const Levels& level, std::int64_t cols, std::size_t number) {
  SampleSpec spec;
  const std::int64_t lists[] = {0, std::min<std::int64_t>(cols, 5), cols, cols / 2};
  spec.order = kOrders[level[2]];
  spec.logprobs = level[3] == 0 ? LogprobKind::raw : LogprobKind::processed;
  spec.top_logprobs = lists[level[9]];
  spec.token_dtype = number % 2 == 0 ? DType::i64 : DType::i32;
  spec.each = level[4] >= kSomeParameters;
  if (!spec.each) spec.parameters = some_parameters(level[4]);
  spec.lengths = kAllLengths[level[6]];
  spec.mask = kBesides[level[7]];
  spec.bias = kBesides[level[8]];
  spec.seed = number;
  return spec;
}

}  // namespace

std::vector<SampleCase> sample_cases(DType dtype, const std::vector<std::int64_t>& sizes,
                                     bool with_lists) {
  const Levels levels = {sizes.size(),           bench::kDistributionCount,
                         std::size(kOrders),     2,
                         kSomeParameters + 10,   std::size(kAllStrides),
                         std::size(kAllLengths), std::size(kBesides),
                         std::size(kBesides),    with_lists ? std::size_t{4} : std::size_t{1}};
  std::vector<SampleCase> cases;
  for (const Levels& level : pairwise_cases(levels)) {
    const std::size_t number = cases.size();
    const std::int64_t cols = sizes[level[0]];
    cases.push_back({{.dtype = dtype,
                      .distribution = bench::distribution_at(level[1]),
                      .rows = 4,
                      .cols = cols,
                      .stride = kAllStrides[level[5]],
                      .seed = number},
                     spec_of(level, cols, number)});
  }
  return cases;
}

}  // namespace skim::test
