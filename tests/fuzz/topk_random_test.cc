// Random problems, random bits and random plans against the oracle, for SKIM_FUZZ_SECONDS (20).
// A failure prints the seed; SKIM_FUZZ_SEED repeats the run.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "support/random_choices.h"
#include "support/settings.h"
#include "support/variants.h"

namespace skim::test {
namespace {

class RandomCases {
 public:
  explicit RandomCases(std::uint64_t seed) : random_(seed) {}

  InputSpec input() {
    const auto rows = static_cast<std::int64_t>(1 + random_.below(5));
    return {random_.one_of(kAllDTypes),
            bench::distribution_at(random_.below(bench::kDistributionCount)),
            rows,
            random_.up_to(30000),
            random_.one_of(kAllStrides),
            random_.flip(),
            random_.number() % 1000,
            random_.one_in(4)};
  }

  SelectionSpec selection(std::int64_t cols) {
    return {std::min(random_.up_to(5000), cols),
            random_.flip(),
            random_.one_of(kAllLengths),
            random_.flip() ? DType::i32 : DType::i64,
            random_.number() % 1000,
            random_.one_of(kAllTransforms),
            random_.one_in(4)};
  }

  // Some of these cannot work; plan_variant then has no plan.
  Variant variant() {
    Variant variant;
    variant.name = "random";
    PlanOverride& forced = variant.forced;
    forced.simd = random_.one_of(runnable_simd_targets());
    if (random_.flip())
      forced.algorithm = random_.flip() ? TopkAlgorithm::group_maxima : TopkAlgorithm::filter;
    if (random_.one_in(8)) forced.threads = static_cast<int>(1 + random_.below(4));
    if (random_.flip()) forced.splits = static_cast<int>(1 + random_.below(9));
    if (random_.flip()) forced.tile_cols = 1 + random_.up_to(20000);
    if (random_.flip()) forced.group_vectors = static_cast<int>(4 + 4 * random_.below(12));
    variant.smallest_buffer = random_.flip();
    return variant;
  }

 private:
  RandomChoices random_;
};

TEST(Topk, RandomProblemsAndPlans) {
  const std::uint64_t seed = fuzz_seed();
  const std::chrono::seconds budget(number_from("SKIM_FUZZ_SECONDS", short_sizes() ? 5 : 20));
  SCOPED_TRACE("SKIM_FUZZ_SEED=" + std::to_string(seed));
  RandomCases cases(seed);
  const auto end = std::chrono::steady_clock::now() + budget;
  std::int64_t runs = 0;
  while (std::chrono::steady_clock::now() < end && !testing::Test::HasFailure()) {
    const InputImage input(cases.input());
    for (int i = 0; i < 8; ++i) {
      const SelectionSpec spec = cases.selection(input.spec().cols);
      Selection selection(input, spec);
      const auto plan = plan_variant(make_problem(selection.request()), cases.variant());
      if (!plan) continue;
      ++runs;
      EXPECT_EQ(selection.run(*plan), "") << to_string(input.spec()) << "\n"
                                          << to_string(spec) << "\n"
                                          << to_string(*plan);
    }
  }
  std::printf("SKIM_FUZZ_SEED=%llu: %lld runs\n", static_cast<unsigned long long>(seed),
              static_cast<long long>(runs));
  EXPECT_GT(runs, 0);
}

}  // namespace
}  // namespace skim::test
