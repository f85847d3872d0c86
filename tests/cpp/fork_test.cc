// A child forked after a parallel run selects again and ends. gcc's OpenMP alone would wait for
// ever for threads that the child does not have.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <vector>

#include "support/variants.h"

namespace skim::test {
namespace {

constexpr unsigned kSecondsUntilHung = 60;

class AfterFork : public testing::Test {
 protected:
  static TopkPlan plan_with(const Selection& selection, int threads, int splits) {
    Variant variant;
    variant.forced.threads = threads;
    variant.forced.splits = splits;
    return plan_variant(make_problem(selection.request()), variant).value();
  }

  const InputImage input_{
      {DType::f32, bench::Distribution::normal, 8, 20000, Stride::contiguous, true, 1}};
  Selection selection_{input_, {50, true, Lengths::none, DType::i64, 0}};
};

// The child's exit status: 0 right, 1 wrong; or 128 + the signal that ended it.
template <class Work>
int status_of_child(const Work& work) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(kSecondsUntilHung);
    _exit(work() ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST_F(AfterFork, AChildSelectsWithTwoThreads) {
  for (const int splits : {1, 4}) {
    const TopkPlan plan = plan_with(selection_, 2, splits);
    ASSERT_EQ(selection_.run(plan), "");
    EXPECT_EQ(status_of_child([&] { return selection_.run(plan).empty(); }), 0);
    EXPECT_EQ(selection_.run(plan), "");  // and the parent still does
  }
}

TEST_F(AfterFork, AChildOfAChildToo) {
  const TopkPlan plan = plan_with(selection_, 2, 1);
  ASSERT_EQ(selection_.run(plan), "");
  EXPECT_EQ(status_of_child([&] {
              return selection_.run(plan).empty() &&
                     status_of_child([&] { return selection_.run(plan).empty(); }) == 0;
            }),
            0);
}

TEST_F(AfterFork, TheConvenienceWithNumThreads) {
  const std::vector<float> row(1 << 21, 1.0F);
  TopkOptions options;
  options.num_threads = 2;
  const auto select = [&] {
    return topk(std::span<const float>(row), 2, options).indices == std::vector<std::int64_t>{0, 1};
  };
  ASSERT_TRUE(select());
  EXPECT_EQ(status_of_child(select), 0);
}

}  // namespace
}  // namespace skim::test
