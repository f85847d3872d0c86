#include "support/step_cases.h"

#include <iterator>

#include "support/pairwise.h"

namespace skim::test {
namespace {

constexpr std::size_t kSomeParameters = 24;

// One value for all rows.
SampleParameters some_parameters(std::size_t choice) {
  SampleParameters parameters;
  const float temperatures[] = {1.0F, 0.3F, 5.0F, 1e-30F, 1e30F, 0.0F};
  const std::int32_t top_ks[] = {5, 0, 50, 1, 1000000, -1, 700};
  const float top_ps[] = {0.9F, 1.0F, 0.0F, 0.3F, 7.0F, 0.999999F, 1e-30F};
  parameters.temperature.value = temperatures[choice % std::size(temperatures)];
  parameters.top_k.value = top_ks[choice % std::size(top_ks)];
  parameters.top_p.value = top_ps[choice / 2 % std::size(top_ps)];
  parameters.seed.value = choice * 0x9e3779b97f4a7c15;
  parameters.offset.value = choice % 5 == 0 ? ~std::uint64_t{1} : choice;  // row 2 wraps around
  return parameters;
}

}  // namespace

std::vector<StepCase> step_cases(SamplingStep step, DType dtype,
                                 const std::vector<std::int64_t>& sizes) {
  std::vector<StepCase> cases;
  for (const Levels& level :
       pairwise_cases({sizes.size(), bench::kDistributionCount, kSomeParameters + 12,
                       std::size(kAllStrides), std::size(kAllLengths), 2, 2})) {
    const std::size_t number = cases.size();
    StepSpec spec{.step = step,
                  .each = level[2] >= kSomeParameters,
                  .lengths = kAllLengths[level[4]],
                  .token_dtype = level[6] == 0 ? DType::i64 : DType::i32,
                  .seed = number};
    if (!spec.each) spec.parameters = some_parameters(level[2]);
    cases.push_back({{.dtype = dtype,
                      .distribution = bench::distribution_at(level[1]),
                      .rows = 4,
                      .cols = sizes[level[0]],
                      .stride = kAllStrides[level[3]],
                      .seed = number,
                      .rectified = level[5] == 1},
                     spec});
  }
  return cases;
}

}  // namespace skim::test
