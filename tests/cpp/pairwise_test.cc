#include "support/pairwise.h"

#include <gtest/gtest.h>

#include <set>
#include <tuple>

namespace skim::test {
namespace {

TEST(Pairwise, CoversEveryPairWithFewCases) {
  const Levels levels = {14, 12, 8, 5, 3, 2, 2, 2};
  const std::vector<Levels> cases = pairwise_cases(levels);
  std::set<std::tuple<std::size_t, std::size_t, std::size_t, std::size_t>> pairs;
  for (const Levels& chosen : cases) {
    ASSERT_EQ(chosen.size(), levels.size());
    for (std::size_t a = 0; a < levels.size(); ++a) {
      ASSERT_LT(chosen[a], levels[a]);
      for (std::size_t b = a + 1; b < levels.size(); ++b)
        pairs.insert({a, chosen[a], b, chosen[b]});
    }
  }
  std::size_t wanted = 0;
  for (std::size_t a = 0; a < levels.size(); ++a) {
    for (std::size_t b = a + 1; b < levels.size(); ++b) wanted += levels[a] * levels[b];
  }
  EXPECT_EQ(pairs.size(), wanted);
  EXPECT_GE(cases.size(), 14U * 12U);
  EXPECT_LE(cases.size(), 2U * 14U * 12U);
}

}  // namespace
}  // namespace skim::test
