// Many callers at a time: each with its own workspace, all with the same answer.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/settings.h"
#include "support/variants.h"

namespace skim::test {
namespace {

constexpr int kCallers = 6;

// Each caller has its own selections of the same input, and runs the same plans.
std::vector<std::string> run_at_once(const InputImage& input, const SelectionSpec& spec,
                                     const std::vector<TopkPlan>& plans) {
  std::vector<std::string> wrong(kCallers);
  std::vector<std::thread> callers;
  for (int caller = 0; caller < kCallers; ++caller) {
    callers.emplace_back([&, caller] {
      Selection selection(input, spec);
      for (const TopkPlan& plan : plans) {
        const std::string difference = selection.run(plan);
        if (!difference.empty()) wrong[static_cast<std::size_t>(caller)] = difference;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  return wrong;
}

TEST(ConcurrentCalls, GiveTheSameBytes) {
  const std::int64_t cols = short_sizes() ? 3000 : 50257;
  for (const DType dtype : {DType::f32, DType::bf16, DType::i64}) {
    const InputImage input(
        {dtype, bench::Distribution::few_distinct, 4, cols, Stride::padded, true, 1});
    const SelectionSpec spec{128, true, Lengths::mixed_i32, DType::i64, 2};
    const TopkProblem problem = make_problem(Selection(input, spec).request());
    std::vector<TopkPlan> plans;
    for (const Variant& variant : simd_variants()) {
      if (const auto plan = plan_variant(problem, variant)) plans.push_back(*plan);
    }
    Variant threaded;
    threaded.forced.threads = 3;
    threaded.forced.splits = 4;
    plans.push_back(plan_variant(problem, threaded).value());
    EXPECT_EQ(run_at_once(input, spec, plans), std::vector<std::string>(kCallers));
  }
}

// The first use of a process comes from several threads at once.
TEST(ConcurrentCalls, MayBeTheFirst) {
  std::vector<std::thread> callers;
  std::vector<std::vector<std::int64_t>> indices(kCallers);
  const std::vector<float> row = {3, 1, 2};
  for (int caller = 0; caller < kCallers; ++caller) {
    callers.emplace_back([&, caller] {
      indices[static_cast<std::size_t>(caller)] = topk(std::span<const float>(row), 2).indices;
    });
  }
  for (std::thread& caller : callers) caller.join();
  for (const auto& found : indices) EXPECT_EQ(found, (std::vector<std::int64_t>{0, 2}));
}

}  // namespace
}  // namespace skim::test
