// Where a kernel's time goes: what is made of the clocks' records and, on a GPU, the records.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "case_buffers.h"
#include "path.h"
#include "phases.h"
#include "plan/override.h"
#include "problem_of.h"
#include "recorded_kernels.h"
#include "support/on_device.h"

namespace skim::bench {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

std::vector<std::int64_t> call_of(const std::vector<std::vector<std::int64_t>>& ctas) {
  std::vector<std::int64_t> call;
  for (const auto& cta : ctas) {
    call.insert(call.end(), cta.begin(), cta.end());
    call.resize(call.size() + kMostPhases - cta.size());
  }
  return call;
}

// Two calls of two rows of two CTAs, of which the second, the first, both and again the second
// wrote.
PhaseRecords four_rows() {
  return {{"read", "write"},
          2,
          {call_of({{100, 0}, {90, 5}, {110, 7}, {400, 0}}),
           call_of({{120, 9}, {130, 8}, {300, 0}, {80, 6}})}};
}

TEST(BenchPhases, MediansAreOfTheCtaThatFinishesAndOfAll) {
  const PhaseMedians medians = medians_of(four_rows());
  ASSERT_EQ(medians.phases.size(), 2U);
  EXPECT_EQ(medians.phases[0].name, "read");
  EXPECT_EQ(medians.phases[0].finishing, 110);  // 80 90 110 130
  EXPECT_EQ(medians.phases[0].all, 120);        // 80 90 100 110 120 130 300 400
  EXPECT_EQ(medians.phases[1].name, "write");
  EXPECT_EQ(medians.phases[1].finishing, 7);   // 5 6 7 8
  EXPECT_EQ(medians.phases[1].all, 6);         // 0 0 0 5 6 7 8 9
  EXPECT_EQ(medians.together.finishing, 117);  // 86 95 117 138
}

PhaseProfile profile_of(PhaseRecords records, std::optional<int> megahertz) {
  return {{2, 1000, 5, DType::f16}, "filter ctas=2", std::move(records), megahertz, 3.5};
}

TEST(BenchPhases, ATableHasAllPhasesTheirSumAndTheCall) {
  const std::string table = table_of(profile_of(four_rows(), 100));
  EXPECT_THAT(table, HasSubstr("filter ctas=2\n"));
  EXPECT_THAT(table, ContainsRegex("phase +cycles +all CTAs +us\n"));
  EXPECT_THAT(table, ContainsRegex("read +110 +120 +1\\.10\n"));
  EXPECT_THAT(table, ContainsRegex("write +7 +6 +0\\.07\n"));
  EXPECT_THAT(table, ContainsRegex("together +117 +[0-9]+ +1\\.17\n"));
  EXPECT_THAT(table, ContainsRegex("one call +3\\.50\n"));
  EXPECT_THAT(table, HasSubstr("100 MHz"));
}

TEST(BenchPhases, WithoutAClockFrequencyThereAreNoMicroseconds) {
  const std::string table = table_of(profile_of(four_rows(), std::nullopt));
  EXPECT_THAT(table, ContainsRegex("read +110 +120 *\n"));
  EXPECT_THAT(table, HasSubstr("NVML does not say what the"));
  EXPECT_THAT(table, Not(ContainsRegex("phase.* us")));
}

TEST(BenchPhases, OneCtaARowHasOneColumn) {
  const PhaseRecords records{{"read", "write"}, 1, {call_of({{100, 5}})}};
  const std::string table = table_of(profile_of(records, 1000));
  EXPECT_THAT(table, Not(HasSubstr("all CTAs")));
  EXPECT_THAT(table, ContainsRegex("read +100 +0\\.10\n"));
}

TEST(BenchPhases, ColumnsAreBelowTheirHeadings) {
  for (const int ctas : {1, 2}) {
    PhaseRecords records = four_rows();
    records.ctas = ctas;
    const std::string table = table_of(profile_of(records, 100));
    const auto end_of = [&](const std::string& start) {
      const std::size_t begin = table.find("  " + start + " ");
      return table.find('\n', begin) - begin;
    };
    for (const char* start : {"read", "write", "together", "one call"}) {
      EXPECT_EQ(end_of(start), end_of("phase")) << table;
    }
  }
}

TEST(BenchPhases, JsonHasWhatTheTableHas) {
  const auto json =
      nlohmann::json::parse(json_of(Environment{}, profile_of(four_rows(), 100))).at("profile");
  EXPECT_EQ(json.at("cols"), 1000);
  EXPECT_EQ(json.at("dtype"), "float16");
  EXPECT_EQ(json.at("plan"), "filter ctas=2");
  EXPECT_EQ(json.at("calls"), 2);
  EXPECT_EQ(json.at("phases").at(0).at("name"), "read");
  EXPECT_EQ(json.at("phases").at(0).at("cycles_of_finishing_cta"), 110);
  EXPECT_DOUBLE_EQ(json.at("phases").at(0).at("us"), 1.1);
  EXPECT_EQ(json.at("together").at("cycles_of_finishing_cta"), 117);
  EXPECT_EQ(json.at("call_us"), 3.5);
}

// ---- On a GPU ----

class BenchPhasesCuda : public testing::TestWithParam<TopkAlgorithm> {
 protected:
  void SetUp() override { SKIM_SKIP_WITHOUT((DeviceId{DeviceKind::cuda, 0})); }

  // Of a call as users make it, the fastest of several.
  static double call_us(const TopkPlan& plan, const CaseInputs& inputs, CaseOutputs& outputs,
                        Gpu& gpu) {
    const TopkProblem& problem = plan.problem;
    const GpuMemory workspace(gpu, plan.workspace_bytes + 1);
    const auto result_in = [&](const DLTensor* tensor, DType dtype) {
      return MutableTensorView{tensor->data, dtype,     problem.rows,
                               problem.k,    problem.k, problem.device};
    };
    TopkBuffers buffers;
    buffers.input = {inputs.tensors()->data, problem.dtype,      problem.rows,
                     problem.cols,           problem.row_stride, problem.device};
    buffers.values = result_in(outputs.values_tensor(), problem.dtype);
    buffers.indices = result_in(outputs.indices_tensor(), problem.index_dtype);
    buffers.workspace = workspace.data();
    buffers.workspace_bytes = plan.workspace_bytes;
    double fastest = std::numeric_limits<double>::max();
    for (int i = 0; i < 10; ++i) {
      fastest = std::min(fastest, gpu.time_us([&] {
        run(bind(plan, buffers), Stream{gpu.stream(), false});
      }));
    }
    return fastest;
  }
};

// For the longer of two rows that the algorithm serves.
TopkPlan forced_plan(TopkAlgorithm algorithm, Case& bench_case, const Gpu& gpu) {
  PlanOverride forced;
  forced.algorithm = algorithm;
  try {
    return plan_topk(problem_of(bench_case, gpu.device(), 1), gpu.device(), forced);
  } catch (const InvalidRequest&) {
    bench_case.cols = 256;
    return plan_topk(problem_of(bench_case, gpu.device(), 1), gpu.device(), forced);
  }
}

TEST_P(BenchPhasesCuda, TakeTimeAndNoMoreThanACall) {
  Gpu& gpu = open_gpu();
  for (const DType dtype : {DType::f32, DType::f16, DType::bf16}) {
    Case bench_case{8, 1000, 8, dtype};
    const TopkPlan plan = forced_plan(GetParam(), bench_case, gpu);
    const CaseInputs inputs(bench_case, 2, 1, nullptr, &gpu);
    PhaseRecords records;
    try {
      records = record_phases(plan, inputs, 3, gpu);
    } catch (const NotApplicable& reason) {
      GTEST_SKIP() << reason.what();
    }
    const PhaseMedians medians = medians_of(records);
    ASSERT_FALSE(medians.phases.empty());
    for (const PhaseMedian& phase : medians.phases) {
      EXPECT_GE(phase.finishing, 0) << to_string(plan) << ": " << phase.name;
    }
    EXPECT_GT(medians.phases.front().finishing, 0) << to_string(plan);
    EXPECT_GT(medians.phases.back().finishing, 0) << to_string(plan);
    CaseOutputs outputs(bench_case, &gpu);
    constexpr double kMostMegahertz = 2500;  // more than any GPU of today runs at
    EXPECT_LT(medians.together.finishing / kMostMegahertz, call_us(plan, inputs, outputs, gpu))
        << to_string(plan);
  }
}

INSTANTIATE_TEST_SUITE_P(Recorded, BenchPhasesCuda,
                         testing::Values(TopkAlgorithm::filter, TopkAlgorithm::group_maxima,
                                         TopkAlgorithm::warp_maxima, TopkAlgorithm::register_sort,
                                         TopkAlgorithm::bucket_select,
                                         TopkAlgorithm::cluster_maxima,
                                         TopkAlgorithm::cluster_buckets),
                         [](const auto& algorithm) { return to_string(algorithm.param); });

TEST(BenchPhasesRefusal, SaysWhyThereAreNone) {
  if (cuda_device_count() == 0) GTEST_SKIP() << why_no_cuda();
  Gpu& gpu = open_gpu();
  const Case bench_case{1, 1000, 20, DType::f64};
  const CaseInputs inputs(bench_case, 1, 1, nullptr, &gpu);
  const TopkPlan plan = plan_topk(problem_of(bench_case, gpu.device(), 1), gpu.device());
  try {
    record_phases(plan, inputs, 1, gpu);
    ADD_FAILURE() << "float64 has no kernels with clocks";
  } catch (const NotApplicable& reason) {
    EXPECT_THAT(reason.what(), testing::AnyOf(HasSubstr("filter of float64"),
                                              HasSubstr("no kernels with clocks")));
  }
}

}  // namespace
}  // namespace skim::bench
