// Random problems, random bits and random plans against the oracle, for SKIM_FUZZ_SECONDS (20).
// A failure prints the seed; SKIM_FUZZ_SEED repeats the run.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <type_traits>
#include <utility>

#include "inputs/random.h"
#include "support/settings.h"
#include "support/variants.h"

namespace skim::test {
namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* value = std::getenv(variable);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

class RandomCases {
 public:
  explicit RandomCases(std::uint64_t seed) : random_(seed, 0) {}

  InputSpec input() {
    const auto rows = static_cast<std::int64_t>(1 + random_.below(5));
    return {one_of(kAllDTypes),
            bench::distribution_at(random_.below(bench::kDistributionCount)),
            rows,
            up_to(30000),
            one_of(kAllStrides),
            flip(),
            random_.next() % 1000,
            random_.below(4) == 0};
  }

  SelectionSpec selection(std::int64_t cols) {
    return {std::min(up_to(5000), cols), flip(), one_of(kAllLengths),
            flip() ? DType::i32 : DType::i64, random_.next() % 1000};
  }

  // Some of these cannot work; plan_variant then has no plan.
  Variant variant() {
    Variant variant;
    variant.name = "random";
    PlanOverride& forced = variant.forced;
    forced.simd = one_of(runnable_simd_targets());
    if (flip()) forced.algorithm = flip() ? TopkAlgorithm::group_maxima : TopkAlgorithm::filter;
    if (random_.below(8) == 0) forced.threads = static_cast<int>(1 + random_.below(4));
    if (flip()) forced.splits = static_cast<int>(1 + random_.below(9));
    if (flip()) forced.tile_cols = 1 + up_to(20000);
    if (flip()) forced.group_vectors = static_cast<int>(4 + 4 * random_.below(12));
    variant.smallest_buffer = flip();
    return variant;
  }

 private:
  bool flip() { return random_.below(2) == 0; }

  // Small numbers as often as large ones.
  std::int64_t up_to(std::uint64_t limit) {
    return static_cast<std::int64_t>(random_.below(1 + random_.below(limit + 1)));
  }

  template <class List>
  std::decay_t<decltype(*std::data(std::declval<const List&>()))> one_of(const List& list) {
    return std::data(list)[random_.below(std::size(list))];
  }

  bench::Random random_;
};

TEST(Topk, RandomProblemsAndPlans) {
  const std::uint64_t seed = number_from("SKIM_FUZZ_SEED", std::random_device()());
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
