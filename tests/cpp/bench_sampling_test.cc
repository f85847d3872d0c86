// `skim bench --op sample` must find out every sampler that cheats, and must time the others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "bench_run.h"
#include "case_buffers.h"
#include "sampling/sampling_cases.h"
#include "sampling/survivors.h"
#include "sampling/verify_tokens.h"
#include "skim/device.h"

namespace skim::bench {
namespace {

using testing::ContainsRegex;
using testing::DoubleNear;
using testing::HasSubstr;
using testing::Not;

// A sampler of float32 logits: a token of a row, given a uniform number.
class PlantedSampler {
 public:
  using Draw = std::function<std::int64_t(const skim_bench_sampling&, const float* logits,
                                          std::int64_t cols, double uniform)>;

  PlantedSampler(std::string name, Draw draw, std::uint32_t promises = SKIM_BENCH_OWN_RANDOM)
      : name_(std::move(name)), draw_(std::move(draw)) {
    path_.struct_size = sizeof(path_);
    path_.name = name_.c_str();
    path_.promises = promises;
    path_.context = this;
    path_.operation = SKIM_BENCH_SAMPLE;
    path_.prepare = [](void* context, const skim_bench_case* bench_case, char*, std::size_t) {
      static_cast<PlantedSampler*>(context)->case_ = *bench_case;
      return std::int32_t{0};
    };
    path_.run = [](void* context, std::int64_t first, std::int64_t count, char*, std::size_t) {
      static_cast<PlantedSampler*>(context)->run(first, count);
      return std::int32_t{0};
    };
  }
  PlantedSampler(const PlantedSampler&) = delete;
  PlantedSampler& operator=(const PlantedSampler&) = delete;

  const skim_bench_path& path() const { return path_; }

 private:
  void run(std::int64_t first, std::int64_t count) {
    std::uniform_real_distribution<double> uniform;
    for (std::int64_t call = first; call < first + count; ++call) {
      const DLTensor& logits = case_.inputs[call % case_.input_count];
      const std::int64_t cols = logits.shape[1];
      for (std::int64_t row = 0; row < logits.shape[0]; ++row) {
        static_cast<std::int64_t*>(case_.indices->data)[row] =
            draw_(*case_.sampling, static_cast<const float*>(logits.data) + row * cols, cols,
                  uniform(random_));
      }
    }
  }

  std::string name_;
  Draw draw_;
  skim_bench_path path_{};
  skim_bench_case case_{};
  std::mt19937_64 random_{7};
};

// Of the k best, of all where k is 0, at `temperature`.
std::int64_t draw_from(const float* logits, std::int64_t cols, std::int64_t k, double temperature,
                       double uniform) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(cols));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::int64_t a, std::int64_t b) { return logits[a] > logits[b]; });
  if (k > 0 && k < cols) order.resize(static_cast<std::size_t>(k));
  const auto mass = [&](std::int64_t token) {
    return std::exp(static_cast<double>(logits[token] - logits[order[0]]) / temperature);
  };
  double sum = 0;
  for (const std::int64_t token : order) sum += mass(token);
  double left = uniform * sum;
  for (const std::int64_t token : order) {
    left -= mass(token);
    if (left < 0) return token;
  }
  return order.back();
}

std::int64_t draw_rightly(const skim_bench_sampling& settings, const float* logits,
                          std::int64_t cols, double uniform) {
  return draw_from(logits, cols, settings.top_k, 1.0, uniform);
}

std::vector<std::string> small_case(const std::vector<std::string>& more,
                                    const char* dtype = "float32") {
  std::vector<std::string> arguments = {"--op",    "sample", "--device", "cpu", "--batch",  "3",
                                        "--vocab", "500",    "--dtype",  dtype, "--rounds", "5"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

JsonRun bench_planted(const PlantedSampler& planted, std::vector<std::string> more) {
  more.insert(more.end(), {"--paths", planted.path().name});
  return run_bench_json(small_case(more), {planted.path()});
}

TEST(BenchSampling, ARightSamplerIsTimed) {
  const PlantedSampler right("right", draw_rightly);
  const JsonRun run = bench_planted(right, {"--top-k", "20"});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.path("right").at("status"), "ok") << run.out;
  EXPECT_GT(run.path("right").at("timing").at("median_us"), 0);
  EXPECT_EQ(run.path("right").at("labels"), nlohmann::json({"random numbers of its own"}));
}

// All its tokens survive: only their counts give it away.
TEST(BenchSampling, ABiasedSamplerIsWrongAndNotTimed) {
  const PlantedSampler biased("biased", [](const skim_bench_sampling& settings, const float* logits,
                                           std::int64_t cols, double uniform) {
    return draw_from(logits, cols, settings.top_k, 1.1, uniform);
  });
  const JsonRun run = bench_planted(biased, {"--top-k", "20"});
  EXPECT_EQ(run.path("biased").at("status"), "wrong");
  EXPECT_FALSE(run.path("biased").contains("timing"));
  EXPECT_THAT(run.out, ContainsRegex("biased  WRONG: 20000 draws from 64 tokens do not have their "
                                     "probabilities .chi-square, p "));
}

TEST(BenchSampling, ASamplerWithTooFewRandomBitsIsWrong) {
  const PlantedSampler coarse("coarse", [](const skim_bench_sampling& settings, const float* logits,
                                           std::int64_t cols, double uniform) {
    return draw_from(logits, cols, settings.top_k, 1.0, std::floor(uniform * 64) / 64);
  });
  EXPECT_EQ(bench_planted(coarse, {"--top-k", "20"}).path("coarse").at("status"), "wrong");
}

// Right on the small row, whose 32 best of 64 are all that top-k leaves it.
TEST(BenchSampling, ATokenThatFiltersDropIsWrong) {
  const PlantedSampler generous(
      "generous", [](const skim_bench_sampling& settings, const float* logits, std::int64_t cols,
                     double uniform) {
        return draw_from(logits, cols, cols > 64 ? 400 : settings.top_k, 1.0, uniform);
      });
  const JsonRun run = bench_planted(generous, {"--top-k", "40", "--mode", "hot"});
  EXPECT_EQ(run.path("generous").at("status"), "wrong");
  EXPECT_THAT(run.out, ContainsRegex("generous  WRONG: row [0-9]: drew token [0-9]+ .-?[0-9.]+.,"
                                     " which filters drop; the last that they leave is "));
}

TEST(BenchSampling, ASamplerThatPromisesToRepeatItselfMust) {
  const PlantedSampler restless("restless", draw_rightly, 0);
  const JsonRun run = bench_planted(restless, {"--top-k", "20"});
  EXPECT_EQ(run.path("restless").at("status"), "wrong");
  EXPECT_THAT(run.out, ContainsRegex("drew token [0-9]+ and, made again, token [0-9]+"));
}

TEST(BenchSampling, ATokenOutsideTheRowIsWrong) {
  const PlantedSampler lost("lost", [](const skim_bench_sampling&, const float*, std::int64_t cols,
                                       double) { return cols; });
  EXPECT_THAT(bench_planted(lost, {}).out, HasSubstr("drew token 64 outside 0..63"));
}

TEST(BenchSampling, ALogprobThatWasNeverWrittenIsWrong) {
  const PlantedSampler silent("silent", draw_rightly);
  const JsonRun run = bench_planted(silent, {"--logprobs", "raw"});
  EXPECT_THAT(run.out, ContainsRegex("the log-probability of token [0-9]+ is .*, expected -"));
}

struct Setting {
  std::string name;
  std::vector<std::string> arguments;
};

class NativeSamplers : public testing::TestWithParam<Setting> {};

TEST_P(NativeSamplers, AreRight) {
  std::vector<std::string> more = GetParam().arguments;
  more.insert(more.end(), {"--paths", "skim,C++ chain", "--strict", "--rounds", "2"});
  const JsonRun run = run_bench_json(small_case(more));
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.path("skim").at("status"), "ok") << run.out;
  const std::string chain = run.path("C++ chain").at("status");
  EXPECT_EQ(chain, GetParam().name == "joint" ? "not_applicable" : "ok") << run.out;
}

INSTANTIATE_TEST_SUITE_P(
    Settings, NativeSamplers,
    testing::Values(
        Setting{"full", {}}, Setting{"top_k", {"--top-k", "50"}},
        Setting{"top_k_top_p", {"--top-k", "50", "--top-p", "0.9", "--logprobs", "processed"}},
        Setting{"top_p", {"--top-p", "0.95", "--logprobs", "raw"}},
        Setting{"min_p", {"--min-p", "0.05", "--logprobs", "processed"}},
        Setting{"all", {"--min-p", "0.05", "--top-k", "60", "--top-p", "0.8"}},
        Setting{"hf", {"--min-p", "0.05", "--top-k", "60", "--top-p", "0.8", "--order", "hf"}},
        Setting{"joint", {"--top-k", "60", "--top-p", "0.5", "--order", "joint"}},
        Setting{"warm", {"--temperature", "1.7", "--top-p", "0.7", "--logprobs", "processed"}},
        Setting{"greedy", {"--temperature", "0", "--logprobs", "processed"}},
        Setting{"threads", {"--top-k", "50", "--threads", "2"}}),
    [](const auto& setting) { return setting.param.name; });

TEST(BenchSampling, SkimSamplesEveryDtypeOfLogits) {
  for (const char* dtype : {"float16", "bfloat16"}) {
    const JsonRun run = run_bench_json(
        small_case({"--top-k", "50", "--top-p", "0.9", "--paths", "skim,C++ chain"}, dtype));
    EXPECT_EQ(run.path("skim").at("status"), "ok") << run.out;
    EXPECT_EQ(run.path("C++ chain").at("message"), "takes float32 logits, as llama.cpp does");
  }
}

TEST(BenchSampling, TheTableAndTheJsonSayWhatWasDrawn) {
  const JsonRun run = run_bench_json(small_case({"--top-k", "50", "--top-p", "0.9"}));
  EXPECT_THAT(run.out, HasSubstr("3 x 500, top-k 50, top-p 0.9, float32, normal (cpu, 1 thread"));
  EXPECT_THAT(run.out, HasSubstr("vs C++ chain"));
  EXPECT_THAT(run.out, ContainsRegex("\n  floor +[0-9.]+"));
  EXPECT_THAT(run.out,
              HasSubstr("FlashInfer (sampling)  N/A: a path of Python's: run `python3 -m skim`"));
  const nlohmann::json& sampling = run.json.at("cases").at(0).at("sampling");
  EXPECT_EQ(sampling.at("top_k"), 50);
  EXPECT_EQ(sampling.at("order"), "sequential");
  EXPECT_EQ(sampling.at("text"), "top-k 50, top-p 0.9");
}

TEST(BenchSampling, WithoutAGpuSaysWhy) {
  if (cuda_device_count() > 0) GTEST_SKIP() << "there is a GPU here";
  std::vector<std::string> arguments = small_case({});
  arguments.insert(arguments.end(), {"--device", "cuda"});
  const JsonRun run = run_bench_json(arguments);
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.path("skim").at("status"), "not_applicable");
  EXPECT_EQ(run.path("skim").at("message"), why_no_cuda());
}

TEST(BenchSampling, SavedTimesAreThoseOfTheSameDrawOnlyAndNoneOfASelection) {
  const std::filesystem::path folder =
      testing::TempDir() + "skim_saved_samples_" + std::to_string(::getpid());
  std::filesystem::create_directory(folder);
  const std::string file = folder / "sample.json";
  const auto bench = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = small_case(more);
    arguments.insert(arguments.begin(), "bench");
    arguments.insert(arguments.end(), {"--paths", "C++ chain"});
    return run_skim(arguments);
  };
  EXPECT_EQ(bench({"--top-k", "9", "--top-p", "0.9", "--json", file}).status, 0);
  EXPECT_THAT(bench({"--top-k", "9", "--top-p", "0.9", "--compare", file}).out,
              Not(HasSubstr("nothing to compare")));
  EXPECT_THAT(bench({"--top-k", "9", "--top-p", "0.8", "--compare", file}).out,
              HasSubstr("nothing to compare"));
  const BenchRun explained =
      run_skim({"explain", "--device", "cpu", "--batch", "3", "--vocab", "500", "--k", "1",
                "--dtype", "float32", "--results", folder.string()});
  EXPECT_THAT(explained.out, HasSubstr("holds no run on a CPU"));
  std::filesystem::remove_all(folder);
}

TEST(BenchSampling, WrongUsageIsOneSentence) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> misuses = {
      {{"--op", "sort"}, "--op is 'sort' but must be one of topk, sample, eager"},
      {{"--top-k", "5"}, "are for sampling: add --op sample, or use --k"},
      {{"--op", "sample", "--k", "5"}, "--k is for --op topk: filter with --top-k"},
      {{"--op", "sample", "--top-p", "-1"}, "--top-p is -1 but must be at least 0"},
      {{"--op", "sample", "--top-p", "nan"}, "--top-p is nan but must be at least 0"},
      {{"--op", "sample", "--min-p", "2"}, "--min-p is 2 but must be in 0..1"},
      {{"--op", "sample", "--temperature", "-1"}, "--temperature is -1 but must be a finite"},
      {{"--op", "sample", "--order", "up"}, "--order is 'up' but must be one of sequential, hf"},
      {{"--op", "sample", "--logprobs", "all"}, "--logprobs is 'all' but must be one of none"},
      {{"--op", "sample", "--sweep", "small"}, "--sweep is 'small' but with --op sample it must"},
      {{"--op", "sample", "--sweep", "default", "--top-k", "5"}, "--sweep brings its own filters"},
      {{"--op", "sample", "--sweep", "default", "--batch", "5"}, "--sweep brings its own shapes"},
      {{"--op", "sample", "--dtype", "int8"}, "--dtype is 'int8' but logits are float32"},
      {{"--op", "sample", "--vocab", "9000000"}, "--vocab is 9000000 but must be at most 8388608"},
      {{"--op", "sample", "--worst"}, "--worst is for --op topk: leave it out"},
  };
  for (const auto& [arguments, message] : misuses) {
    std::vector<std::string> all = {"bench"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const BenchRun run = run_skim(all);
    EXPECT_EQ(run.status, 2) << message;
    EXPECT_THAT(run.err, HasSubstr(message));
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
  }
}

TEST(BenchSampling, TheSweepHasEveryRowOfTheTable) {
  const std::vector<Case> cases = sampling_sweep("default");
  EXPECT_EQ(cases.size(), 30U);
  EXPECT_EQ(to_string(cases.front()), "1 x 128256, top-k 50, top-p 0.9, float32, normal");
  EXPECT_EQ(to_string(cases.back()), "64 x 50304, greedy, float32, normal");
}

TEST(BenchSampling, ASamplerIsNoPathOfTopk) {
  const PlantedSampler sampler("sampler", draw_rightly);
  const BenchRun run = run_skim({"bench", "--paths", "sampler"}, {sampler.path()});
  EXPECT_EQ(run.status, 2);
  EXPECT_THAT(run.err, HasSubstr("--paths names 'sampler', which is none of: skim, "));
}

// ---- what may be drawn ----

std::vector<double> probabilities_of(const std::vector<float>& row,
                                     const SamplingSettings& settings) {
  return probabilities(DType::f32, row.data(), static_cast<std::int64_t>(row.size()), settings, 0);
}

// Of 8, 4, 4, 2, 1 of 19.
const std::vector<float> kRow = {std::log(4.0F), std::log(1.0F), std::log(8.0F), std::log(2.0F),
                                 std::log(4.0F)};

TEST(BenchSampling, EachFilterKeepsWhatItsDefinitionSays) {
  const auto near = [](const std::vector<double>& wanted) {
    std::vector<testing::Matcher<double>> all;
    for (const double value : wanted) all.push_back(DoubleNear(value, 1e-6));
    return testing::ElementsAreArray(all);
  };
  SamplingSettings settings;
  EXPECT_THAT(probabilities_of(kRow, settings),
              near({4. / 19, 1. / 19, 8. / 19, 2. / 19, 4. / 19}));
  settings.top_k = 2;  // of equal ones the first
  EXPECT_THAT(probabilities_of(kRow, settings), near({4. / 12, 0, 8. / 12, 0, 0}));
  settings.top_p = 0.5F;  // of 12
  EXPECT_THAT(probabilities_of(kRow, settings), near({0, 0, 1, 0, 0}));
  settings.order = FilterOrder::joint;  // of 19
  EXPECT_THAT(probabilities_of(kRow, settings), near({4. / 12, 0, 8. / 12, 0, 0}));
  settings = {};
  settings.min_p = 0.25F * 1.01F;
  EXPECT_THAT(probabilities_of(kRow, settings), near({4. / 16, 0, 8. / 16, 0, 4. / 16}));
  settings.top_p = 0.7F;  // of 16: 12 reach it; of 19 they do not
  EXPECT_THAT(probabilities_of(kRow, settings), near({4. / 12, 0, 8. / 12, 0, 0}));
  settings.order = FilterOrder::hf;
  EXPECT_THAT(probabilities_of(kRow, settings), near({4. / 16, 0, 8. / 16, 0, 4. / 16}));
  settings = {};
  settings.temperature = 0;
  EXPECT_THAT(probabilities_of(kRow, settings), near({0, 0, 1, 0, 0}));
}

TEST(BenchSampling, TiesAtTheCutAreTheFirstUnlessAPathPromisesLess) {
  SamplingSettings settings;
  settings.top_k = 2;
  Case bench_case{1, 5, 1, DType::f32};
  bench_case.sampling = settings;
  CaseInputs inputs(
      bench_case, 1,
      [](Matrix& matrix, std::int32_t, std::int64_t) {
        std::copy(kRow.begin(), kRow.end(), static_cast<float*>(matrix.data()));
      },
      nullptr, 0);
  CaseOutputs outputs(bench_case);
  *static_cast<std::int64_t*>(outputs.indices_tensor()->data) = 4;
  const auto error = [&](std::uint32_t promises) {
    PathInfo info;
    info.promises = promises;
    return find_sampling_error(info, settings, inputs.matrix(0), inputs.truth(0).draws, outputs);
  };
  EXPECT_THAT(error(0), HasSubstr("drew token 4"));
  EXPECT_EQ(error(SKIM_BENCH_TIES_ANY_ORDER), "");
  EXPECT_EQ(error(SKIM_BENCH_KEEPS_TIES), "");
}

}  // namespace
}  // namespace skim::bench
