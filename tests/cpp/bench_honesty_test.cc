// The benchmark must find out every path that cheats or fails, and must time the others rightly.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "bench_run.h"

namespace skim::bench {
namespace {

using testing::HasSubstr;
using testing::Not;

// A path for float32 whose every call is a function of the case and the number of the call so far.
class Planted {
 public:
  using Call = std::function<void(const skim_bench_case&, const DLTensor& input)>;

  Planted(std::string name, Call call, std::uint32_t promises = 0, double relative_error = 0)
      : name_(std::move(name)), call_(std::move(call)) {
    path_.struct_size = sizeof(path_);
    path_.name = name_.c_str();
    path_.version = "1";
    path_.promises = promises;
    path_.relative_error = relative_error;
    path_.context = this;
    path_.prepare = [](void* context, const skim_bench_case* bench_case, char*, std::size_t) {
      static_cast<Planted*>(context)->case_ = *bench_case;
      return std::int32_t{0};
    };
    path_.run = [](void* context, std::int64_t first, std::int64_t count, char* message,
                   std::size_t size) {
      return static_cast<Planted*>(context)->run(first, count, message, size);
    };
  }
  Planted(const Planted&) = delete;
  Planted& operator=(const Planted&) = delete;

  const skim_bench_path& path() const { return path_; }
  std::int64_t calls() const { return calls_; }

 private:
  std::int32_t run(std::int64_t first, std::int64_t count, char* message, std::size_t size) {
    try {
      for (std::int64_t i = first; i < first + count; ++i) {
        call_(case_, case_.inputs[i % case_.input_count]);
        ++calls_;
      }
    } catch (const std::exception& error) {
      std::snprintf(message, size, "%s", error.what());
      return 1;
    }
    return 0;
  }

  std::string name_;
  Call call_;
  skim_bench_path path_{};
  skim_bench_case case_{};
  std::int64_t calls_ = 0;
};

float* values_of(const skim_bench_case& bench_case) {
  return static_cast<float*>(bench_case.values->data);
}
std::int64_t* indices_of(const skim_bench_case& bench_case) {
  return static_cast<std::int64_t*>(bench_case.indices->data);
}

void select_rightly(const skim_bench_case& bench_case, const DLTensor& input) {
  const std::int64_t cols = input.shape[1];
  std::vector<std::int64_t> order(static_cast<std::size_t>(cols));
  for (std::int64_t row = 0; row < input.shape[0]; ++row) {
    const float* elements = static_cast<const float*>(input.data) + row * cols;
    std::iota(order.begin(), order.end(), std::int64_t{0});
    std::partial_sort(order.begin(), order.begin() + bench_case.k, order.end(),
                      [&](std::int64_t a, std::int64_t b) {
                        return elements[a] > elements[b] || (elements[a] == elements[b] && a < b);
                      });
    for (std::int64_t rank = 0; rank < bench_case.k; ++rank) {
      const std::int64_t index = order[static_cast<std::size_t>(rank)];
      indices_of(bench_case)[row * bench_case.k + rank] = index;
      values_of(bench_case)[row * bench_case.k + rank] = elements[index];
    }
  }
}

void select_backwards(const skim_bench_case& bench_case, const DLTensor& input) {
  select_rightly(bench_case, input);
  for (std::int64_t row = 0; row < input.shape[0]; ++row) {
    std::reverse(values_of(bench_case) + row * bench_case.k,
                 values_of(bench_case) + (row + 1) * bench_case.k);
    std::reverse(indices_of(bench_case) + row * bench_case.k,
                 indices_of(bench_case) + (row + 1) * bench_case.k);
  }
}

void select_one_wrongly(const skim_bench_case& bench_case, const DLTensor& input) {
  select_rightly(bench_case, input);
  const std::int64_t last = input.shape[0] * bench_case.k - 1;
  const std::int64_t next = (indices_of(bench_case)[last] + 1) % input.shape[1];
  indices_of(bench_case)[last] = next;
  values_of(bench_case)[last] =
      static_cast<const float*>(input.data)[(input.shape[0] - 1) * input.shape[1] + next];
}

JsonRun bench(const std::vector<const Planted*>& planted,
              const std::vector<std::string>& more_arguments = {}, int rounds = 5) {
  std::vector<std::string> arguments = {
      "--batch",  "3",       "--vocab", "500",      "--k",
      "7",        "--dtype", "float32", "--rounds", std::to_string(rounds),
      "--device", "cpu"};
  std::string names;
  std::vector<skim_bench_path> paths;
  for (const Planted* one : planted) {
    if (!names.empty()) names += ',';
    names += one->path().name;
    paths.push_back(one->path());
  }
  arguments.insert(arguments.end(), {"--paths", names});
  arguments.insert(arguments.end(), more_arguments.begin(), more_arguments.end());
  return run_bench_json(arguments, paths);
}

TEST(BenchHonesty, ARightPathIsTimed) {
  const Planted right("right", select_rightly);
  const JsonRun run = bench({&right});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.path("right").at("status"), "ok") << run.out;
  EXPECT_GT(run.path("right").at("timing").at("median_us"), 0);
  EXPECT_EQ(run.path("right").at("timing").at("samples"), 5);
}

TEST(BenchHonesty, AWrongPathIsShownAndNotTimed) {
  const Planted wrong("wrong", select_one_wrongly);
  const JsonRun run = bench({&wrong});
  EXPECT_EQ(run.status, 0) << "not ours, not --strict";
  EXPECT_EQ(run.path("wrong").at("status"), "wrong");
  EXPECT_FALSE(run.path("wrong").contains("timing"));
  EXPECT_EQ(wrong.calls(), 2) << "stopped at the first wrong output, after one call on hard rows";
  EXPECT_THAT(run.out, HasSubstr("wrong  WRONG: row 2 rank 6: got index "));
  EXPECT_THAT(run.out, HasSubstr(", expected "));
}

// Right on the friendly input that is timed.
TEST(BenchHonesty, AnInputOnWhichAPathIsWrongIsNamedBesideItsTime) {
  const Planted fragile("fragile", [](const skim_bench_case& bench_case, const DLTensor& input) {
    select_rightly(bench_case, input);
    const float* elements = static_cast<const float*>(input.data);
    for (std::int64_t row = 0; row < input.shape[0]; ++row) {
      const float* first = elements + row * input.shape[1];
      const bool masked = std::any_of(first, first + input.shape[1],
                                      [](float x) { return std::isinf(x) || std::isnan(x); });
      if (masked) indices_of(bench_case)[row * bench_case.k] = -1;
    }
  });
  const JsonRun run = bench({&fragile});
  EXPECT_EQ(run.path("fragile").at("status"), "ok") << run.out;
  const std::vector<std::string> wrong_on = run.path("fragile").at("wrong_on");
  EXPECT_EQ(wrong_on, (std::vector<std::string>{"masked_half", "masked_most", "nan_spots"}));
  EXPECT_THAT(run.out, HasSubstr("wrong on masked_half masked_most nan_spots"));
  EXPECT_EQ(run.status, 0) << "not ours";
}

TEST(BenchHonesty, AnOwnKernelThatIsWrongOnAHardInputFails) {
  const Planted own(
      "own",
      [](const skim_bench_case& bench_case, const DLTensor& input) {
        select_rightly(bench_case, input);
        if (input.shape[0] > 3) indices_of(bench_case)[0] = -1;
      },
      SKIM_BENCH_OWN_KERNEL);
  const JsonRun run = bench({&own});
  EXPECT_EQ(run.status, 1);
  EXPECT_THAT(run.err,
              HasSubstr("own is wrong at the shape of 3 x 500, k 7, float32, normal on: "));
}

TEST(BenchHonesty, StrictFailsOnAnyWrongPath) {
  const Planted wrong("wrong", select_one_wrongly);
  const JsonRun run = bench({&wrong}, {"--strict"});
  EXPECT_EQ(run.status, 1);
  EXPECT_THAT(run.err, HasSubstr("wrong is wrong on 3 x 500, k 7, float32, normal: row 2 rank 6"));
}

TEST(BenchHonesty, AnOwnWrongKernelAlwaysFails) {
  const Planted own("own", select_one_wrongly, SKIM_BENCH_OWN_KERNEL);
  EXPECT_EQ(bench({&own}).status, 1);
}

TEST(BenchHonesty, AnUnsortedPathIsLabelled) {
  const Planted unsorted("backwards", select_backwards, SKIM_BENCH_UNSORTED);
  const JsonRun run = bench({&unsorted}, {"--strict"});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.path("backwards").at("labels"), nlohmann::json({"unsorted"}));
  EXPECT_EQ(run.path("backwards").at("status"), "ok") << run.out;
  EXPECT_THAT(run.out, HasSubstr("unsorted"));
}

TEST(BenchHonesty, AnUnsortedPathThatPromisesOrderIsWrong) {
  const Planted unsorted("backwards", select_backwards);
  EXPECT_EQ(bench({&unsorted}).path("backwards").at("status"), "wrong");
}

TEST(BenchHonesty, AnUnsortedPathMustStillHaveTheSet) {
  const Planted wrong("wrong", select_one_wrongly, SKIM_BENCH_UNSORTED);
  EXPECT_EQ(bench({&wrong}).path("wrong").at("status"), "wrong");
}

// Among equal elements the last ones, where the contract wants the first.
void select_last_of_ties(const skim_bench_case& bench_case, const DLTensor& input) {
  const std::int64_t cols = input.shape[1];
  for (std::int64_t row = 0; row < input.shape[0]; ++row) {
    for (std::int64_t rank = 0; rank < bench_case.k; ++rank) {
      const std::int64_t at = row * bench_case.k + rank;
      indices_of(bench_case)[at] = cols - 1 - rank;
      values_of(bench_case)[at] =
          static_cast<const float*>(input.data)[row * cols + cols - 1 - rank];
    }
  }
}

TEST(BenchHonesty, TiesInAnyOrderAreALabelOrAnError) {
  const Planted labelled("labelled", select_last_of_ties, SKIM_BENCH_TIES_ANY_ORDER);
  const Planted silent("silent", select_last_of_ties);
  const JsonRun run = bench({&labelled, &silent}, {"--dist", "all_equal"});
  EXPECT_EQ(run.path("labelled").at("status"), "ok") << run.out;
  EXPECT_EQ(run.path("labelled").at("labels"), nlohmann::json({"ties any order"}));
  EXPECT_EQ(run.path("silent").at("status"), "wrong");
}

TEST(BenchHonesty, TheSameElementTwiceIsWrongWhateverThePromise) {
  const auto twice = [](const skim_bench_case& bench_case, const DLTensor& input) {
    select_rightly(bench_case, input);
    indices_of(bench_case)[1] = indices_of(bench_case)[0];
    values_of(bench_case)[1] = values_of(bench_case)[0];
  };
  const Planted planted("twice", twice, SKIM_BENCH_TIES_ANY_ORDER | SKIM_BENCH_UNSORTED);
  const JsonRun run = bench({&planted}, {"--dist", "all_equal"});
  EXPECT_EQ(run.path("twice").at("status"), "wrong");
  EXPECT_THAT(run.out, HasSubstr("twice"));
}

TEST(BenchHonesty, InexactValuesAreHeldToTheirBound) {
  const auto rounded = [](const skim_bench_case& bench_case, const DLTensor& input) {
    select_rightly(bench_case, input);
    for (std::int64_t i = 0; i < input.shape[0] * bench_case.k; ++i) {
      values_of(bench_case)[i] *= 1.0001F;
    }
  };
  const Planted within("within", rounded, SKIM_BENCH_INEXACT, 1e-3);
  const Planted beyond("beyond", rounded, SKIM_BENCH_INEXACT, 1e-5);
  const Planted silent("silent", rounded);
  const JsonRun run = bench({&within, &beyond, &silent});
  EXPECT_EQ(run.path("within").at("status"), "ok") << run.out;
  EXPECT_EQ(run.path("within").at("labels"), nlohmann::json({"inexact (0.001)"}));
  EXPECT_EQ(run.path("beyond").at("status"), "wrong");
  EXPECT_EQ(run.path("silent").at("status"), "wrong");
}

TEST(BenchHonesty, APathThatChangesItsInputIsWrongAndTheOthersAreNot) {
  const auto scribble = [](const skim_bench_case& bench_case, const DLTensor& input) {
    select_rightly(bench_case, input);
    static_cast<float*>(input.data)[input.shape[1] - 1] = -1000;
  };
  const Planted scribbler("scribbler", scribble);
  const Planted right("right", select_rightly);
  const JsonRun run = bench({&scribbler, &right});
  EXPECT_EQ(run.path("scribbler").at("status"), "wrong");
  EXPECT_EQ(run.path("scribbler").at("message"), "changed its input");
  EXPECT_EQ(run.path("right").at("status"), "ok") << run.out;
}

TEST(BenchHonesty, APathThatGoesWrongLaterIsFound) {
  std::int64_t calls = 0;
  const Planted late("late", [&](const skim_bench_case& bench_case, const DLTensor& input) {
    if (++calls > 100) return select_one_wrongly(bench_case, input);
    select_rightly(bench_case, input);
  });
  const JsonRun run = bench({&late}, {"--mode", "hot"}, 120);
  EXPECT_GT(calls, 100) << "it passed the checks before the timed runs";
  EXPECT_EQ(run.path("late").at("status"), "wrong");
  EXPECT_FALSE(run.path("late").contains("timing"));
}

TEST(BenchHonesty, APathThatStopsWritingIsFound) {
  std::int64_t calls = 0;
  const Planted lazy("lazy", [&](const skim_bench_case& bench_case, const DLTensor& input) {
    if (++calls < 100) select_rightly(bench_case, input);
  });
  EXPECT_EQ(bench({&lazy}, {"--mode", "hot"}, 120).path("lazy").at("status"), "wrong");
}

TEST(BenchHonesty, AFailingPathIsAnError) {
  const Planted failing("failing", [](const skim_bench_case&, const DLTensor&) {
    throw std::runtime_error("the kernel did not start");
  });
  const JsonRun run = bench({&failing});
  EXPECT_EQ(run.status, 0);
  EXPECT_EQ(run.path("failing").at("status"), "error");
  EXPECT_THAT(run.out, HasSubstr("failing  ERROR: the kernel did not start"));
  EXPECT_EQ(bench({&failing}, {"--strict"}).status, 1);
}

TEST(BenchHonesty, TheRatioOfASlowPathIsRight) {
  constexpr int kTimes = 4;
  const Planted once("once", select_rightly);
  const Planted slow("slow", [](const skim_bench_case& bench_case, const DLTensor& input) {
    for (int i = 0; i < kTimes; ++i) select_rightly(bench_case, input);
  });
  // One input: on new data the first of the four would pay for all of them.
  const JsonRun run = bench({&once, &slow}, {"--mode", "hot"}, 41);
  const double ratio = run.path("slow").at("timing").at("median_us").get<double>() /
                       run.path("once").at("timing").at("median_us").get<double>();
  EXPECT_GT(ratio, kTimes / 1.5);
  EXPECT_LT(ratio, kTimes * 1.5);
}

TEST(BenchHonesty, APathThatBeatsTheFloorFailsTheRun) {
  // Remembers the answer: reads none of the 4 MiB that the floor reads.
  std::vector<float> values;
  std::vector<std::int64_t> indices;
  const auto remember = [&](const skim_bench_case& bench_case, const DLTensor& input) {
    if (values.empty()) {
      select_rightly(bench_case, input);
      values.assign(values_of(bench_case), values_of(bench_case) + bench_case.k);
      indices.assign(indices_of(bench_case), indices_of(bench_case) + bench_case.k);
    }
    std::copy(values.begin(), values.end(), values_of(bench_case));
    std::copy(indices.begin(), indices.end(), indices_of(bench_case));
  };
  const Planted cheat("cheat", remember);
  const JsonRun run =
      run_bench_json({"--device", "cpu", "--vocab", "1048576", "--k", "5", "--dtype", "float32",
                      "--rounds", "5", "--mode", "hot", "--paths", "cheat"},
                     {cheat.path()});
  EXPECT_EQ(run.status, 1);
  EXPECT_THAT(run.err, HasSubstr("the floor is wrong on 1 x 1048576"));
}

TEST(BenchHonesty, ACallersPathTakesThePlaceOfItsPlaceholder) {
  const Planted torch("PyTorch", select_rightly);
  const JsonRun run =
      run_bench_json({"--device", "cpu", "--vocab", "500", "--k", "7", "--dtype", "float32",
                      "--rounds", "5", "--paths", "PyTorch,std::partial_sort"},
                     {torch.path()});
  EXPECT_EQ(run.path("PyTorch").at("status"), "ok") << run.out;
  EXPECT_EQ(run.json.at("cases").at(0).at("baseline"), "PyTorch");
  EXPECT_THAT(run.out, Not(HasSubstr("N/A")));
}

TEST(BenchHonesty, TwoPathsOfOneNameAreRefused) {
  const Planted other("std::partial_sort", select_rightly);
  const BenchRun run = run_skim({"info"}, {other.path()});
  EXPECT_EQ(run.status, 2);
  EXPECT_THAT(run.err, HasSubstr("The path name 'std::partial_sort' is taken already"));
}

}  // namespace
}  // namespace skim::bench
