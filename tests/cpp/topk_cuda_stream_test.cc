// Runs beside each other, after each other, captured and replayed: on streams, in graphs, in
// threads.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/cuda_runtime.h"
#include "support/gpu_job.h"
#include "support/on_device.h"
#include "support/settings.h"

namespace skim::test {
namespace {

using bench::Distribution;

int shortened(int count) { return short_sizes() ? count / 20 : count; }

Stream stream_of(const CudaStream& stream, bool overlap = false) { return {stream.get(), overlap}; }

TopkProblem problem_of(std::int64_t rows, std::int64_t cols, std::int64_t k) {
  TopkRequest request;
  request.input = {nullptr, DType::f32, rows, cols, cols, kGpu};
  request.k = k;
  return make_problem(request);
}

// One a algorithm and team that serve what is selected here, and the one that the plan chooses.
class CudaStreams : public testing::Test {
 protected:
  void SetUp() override {
    SKIM_SKIP_WITHOUT(kGpu);
    variants_ = cuda_algorithm_variants(DType::f32);
    std::erase_if(variants_, [](const Variant& variant) {
      return !plan_variant(problem_of(4, 50304, 50), variant) ||
             !plan_variant(problem_of(8, 10000, 100), variant) ||
             !plan_variant(problem_of(4, 20000, 64), variant);
    });
    ASSERT_GT(variants_.size(), 3U);
    variants_.push_back({"chosen plan", {}});
  }

  std::vector<Variant> variants_;
};

TEST_F(CudaStreams, TwoAtOnceWithTheirOwnWorkspaces) {
  constexpr int kPlaces = 20;
  const CudaStream first_stream;
  const CudaStream second_stream;
  for (const Variant& variant : variants_) {
    const GpuJob first({DType::f32, 4, 50304, 50, Distribution::normal, 1, kPlaces}, variant);
    const GpuJob second({DType::f32, 3, 70001, 2048, Distribution::zipf, 2, kPlaces}, {});
    for (int round = 0; round < shortened(100); ++round) {
      first.poison();
      second.poison();
      wait_for_gpu([] { return "poison"; });
      for (int place = 0; place < kPlaces; ++place) {
        first.enqueue(stream_of(first_stream), place);
        second.enqueue(stream_of(second_stream), place);
      }
      first_stream.wait();
      second_stream.wait();
      ASSERT_TRUE(first.right()) << to_string(first.plan());
      ASSERT_TRUE(second.right()) << to_string(second.plan());
    }
  }
}

TEST_F(CudaStreams, ManyThreadsWithAStreamEach) {
  constexpr int kThreads = 8;
  constexpr int kPlaces = 50;
  for (const Variant& variant : variants_) {
    std::vector<std::unique_ptr<GpuJob>> jobs;
    for (std::uint64_t seed = 0; seed < kThreads; ++seed) {
      jobs.push_back(std::make_unique<GpuJob>(
          JobSpec{DType::f32, 8, 10000, 100, Distribution::few_distinct, seed, kPlaces}, variant));
    }
    {
      std::vector<std::jthread> threads;
      for (const auto& job : jobs) {
        threads.emplace_back([&job] {
          const CudaStream stream;
          for (int place = 0; place < kPlaces; ++place) job->enqueue(stream_of(stream), place);
          stream.wait();
        });
      }
    }
    for (const auto& job : jobs) ASSERT_TRUE(job->right()) << to_string(job->plan());
  }
}

// A thread that never said which GPU it means; and one that means another, where there is another.
TEST_F(CudaStreams, WhateverDeviceIsCurrent) {
  const GpuJob job({DType::f32, 4, 50304, 50, Distribution::normal, 1, 1}, {});
  std::thread([&] { job.enqueue(gpu_stream()); }).join();
  EXPECT_TRUE(job.right());
  if (cuda_device_count() < 2) {
    std::puts("one GPU only: a current device that is not the plan's is left out");
    return;
  }
  job.poison();
  cuda::check(cudaSetDevice(1), "cudaSetDevice");
  job.enqueue(gpu_stream());
  int current = -1;
  cuda::check(cudaGetDevice(&current), "cudaGetDevice");
  cuda::check(cudaSetDevice(kGpu.ordinal), "cudaSetDevice");
  EXPECT_EQ(current, 1);
  EXPECT_TRUE(job.right());
}

// Jobs of one plan whose inputs are copied, in turn, to where the graph reads.
class Rotation {
 public:
  explicit Rotation(const Variant& variant) {
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
      const auto distribution = bench::distribution_at(seed);
      inputs_.push_back(bench::make_matrix(kDtype, kRows, kCols, distribution, seed));
      const auto& input = inputs_.back();
      on_gpu_.emplace_back(std::span(static_cast<const std::byte*>(input.data()), input.bytes()));
      const JobResult wanted = result_on_cpu(input, kSelected);
      values_.emplace_back(wanted.values);
      indices_.emplace_back(wanted.indices);
    }
    const auto plan = plan_variant(make_problem({view(), kSelected, {}, {}}), variant);
    if (!plan) throw std::logic_error("no plan for the variant '" + variant.name + "'");
    plan_ = *plan;
    workspace_ = GpuBytes(plan_.workspace_bytes);
  }

  void enqueue(Stream stream) const {
    run(bind(plan_, {view(),
                     {found_values_.data(), kDtype, kRows, kSelected, kSelected, kGpu},
                     {found_indices_.data(), DType::i64, kRows, kSelected, kSelected, kGpu},
                     {},
                     workspace_.data(),
                     workspace_.size()}),
        stream);
  }

  void take_input(std::size_t turn) const {
    input_.copy_from(on_gpu_[turn % on_gpu_.size()]);
    constexpr int kPoison = 0xCD;
    found_values_.fill(kPoison);
    found_indices_.fill(kPoison);
  }

  bool right(std::size_t turn) const {
    const std::size_t number = turn % on_gpu_.size();
    const GpuRegion regions[] = {
        {found_values_.data(), values_[number].data(), found_values_.size()},
        {found_indices_.data(), indices_[number].data(), found_indices_.size()}};
    return all_as_wanted(regions, [this] { return to_string(plan_); });
  }

  const TopkPlan& plan() const { return plan_; }

 private:
  static constexpr DType kDtype = DType::f32;
  static constexpr std::int64_t kRows = 4;
  static constexpr std::int64_t kCols = 20000;
  static constexpr std::int64_t kSelected = 64;
  static constexpr std::size_t kResults = kRows * kSelected;

  TensorView view() const { return {input_.data(), kDtype, kRows, kCols, kCols, kGpu}; }

  std::vector<bench::Matrix> inputs_;
  std::vector<GpuBytes> on_gpu_;
  std::vector<GpuBytes> values_;
  std::vector<GpuBytes> indices_;
  GpuBytes input_{kRows * kCols * size_of(kDtype)};
  GpuBytes found_values_{kResults * size_of(kDtype)};
  GpuBytes found_indices_{kResults * sizeof(std::int64_t)};
  TopkPlan plan_;
  GpuBytes workspace_;
};

TEST_F(CudaStreams, TenThousandReplaysWithChangingInputs) {
  auto* const stream = static_cast<cudaStream_t>(gpu_stream().handle);
  for (const Variant& variant : variants_) {
    const Rotation rotation(variant);
    const CudaGraph graph(stream, [&] { rotation.enqueue(gpu_stream()); });
    const auto replays = static_cast<std::size_t>(shortened(10000));
    for (std::size_t turn = 0; turn < replays; ++turn) {
      rotation.take_input(turn);
      graph.launch(stream);
      ASSERT_TRUE(rotation.right(turn)) << "replay " << turn << ": " << to_string(rotation.plan());
    }
  }
}

TEST_F(CudaStreams, AGraphOfManyCalls) {
  auto* const stream = static_cast<cudaStream_t>(gpu_stream().handle);
  std::vector<std::unique_ptr<GpuJob>> jobs;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const auto number = static_cast<std::int64_t>(seed);
    jobs.push_back(std::make_unique<GpuJob>(
        JobSpec{DType::f32, 1 + number % 5, 5000 + 411 * number, 1 + 23 * number,
                bench::distribution_at(seed % bench::kDistributionCount), seed, 2},
        Variant{"chosen plan", {}}));
  }
  const CudaGraph graph(stream, [&] {
    for (const int place : {0, 1}) {
      for (const auto& job : jobs) job->enqueue(gpu_stream(), place);
    }
  });
  for (int replay = 0; replay < 20; ++replay) {
    for (const auto& job : jobs) job->poison();
    graph.launch(stream);
    for (const auto& job : jobs) ASSERT_TRUE(job->right()) << to_string(job->plan());
  }
}

// Each call selects from the values of the one before it, in one workspace for all.
class Chain {
 public:
  explicit Chain(const Variant& variant) {
    bench::Matrix matrix =
        bench::make_matrix(kDtype, kRows, kFirstCols, Distribution::bf16_quantised, 5);
    values_.emplace_back(std::span(static_cast<const std::byte*>(matrix.data()), matrix.bytes()));
    std::size_t workspace_bytes = 0;
    for (std::int64_t cols = kFirstCols; const std::int64_t k : {2048, 700, 60, 7}) {
      JobResult wanted = result_on_cpu(matrix, k);
      matrix = bench::Matrix(kDtype, kRows, k);
      std::copy(wanted.values.begin(), wanted.values.end(), static_cast<std::byte*>(matrix.data()));
      const TensorView input{values_.back().data(), kDtype, kRows, cols, cols, kGpu};
      const TopkProblem problem = make_problem({input, k, {}, {}});
      plans_.push_back(
          plan_variant(problem, variant).value_or(plan_topk(problem, Device::cuda(kGpu.ordinal))));
      workspace_bytes = std::max(workspace_bytes, plans_.back().workspace_bytes);
      values_.emplace_back(wanted.values.size());
      indices_.emplace_back(wanted.indices.size());
      wanted_values_ = GpuBytes(wanted.values);
      wanted_indices_ = GpuBytes(wanted.indices);
      cols = k;
    }
    workspace_ = GpuBytes(workspace_bytes);
  }

  void enqueue(Stream stream) const {
    for (std::size_t step = 0; step < plans_.size(); ++step) {
      const TopkProblem& problem = plans_[step].problem;
      run(bind(plans_[step],
               {{values_[step].data(), kDtype, kRows, problem.cols, problem.cols, kGpu},
                {values_[step + 1].data(), kDtype, kRows, problem.k, problem.k, kGpu},
                {indices_[step].data(), DType::i64, kRows, problem.k, problem.k, kGpu},
                {},
                workspace_.data(),
                workspace_.size()}),
          stream);
    }
  }

  void poison() const {
    constexpr int kPoison = 0xCD;
    workspace_.fill(kPoison);
    for (std::size_t step = 0; step < plans_.size(); ++step) {
      values_[step + 1].fill(kPoison);
      indices_[step].fill(kPoison);
    }
  }

  bool right() const {
    const GpuRegion regions[] = {
        {values_.back().data(), wanted_values_.data(), wanted_values_.size()},
        {indices_.back().data(), wanted_indices_.data(), wanted_indices_.size()}};
    return all_as_wanted(regions, [this] { return to_string(plans_.front()); });
  }

  std::string text() const {
    std::string text;
    for (const TopkPlan& plan : plans_) text += to_string(plan) + "\n";
    return text;
  }

 private:
  static constexpr DType kDtype = DType::f32;
  static constexpr std::int64_t kRows = 3;
  static constexpr std::int64_t kFirstCols = 50304;

  std::vector<TopkPlan> plans_;
  std::vector<GpuBytes> values_;  // the input, then what each call selects
  std::vector<GpuBytes> indices_;
  GpuBytes workspace_;
  GpuBytes wanted_values_;  // of the last call
  GpuBytes wanted_indices_;
};

TEST_F(CudaStreams, OverlappedLaunchesWaitForWhatTheyRead) {
  auto* const stream = static_cast<cudaStream_t>(gpu_stream().handle);
  const Stream overlapped{gpu_stream().handle, true};
  for (const Variant& variant : variants_) {
    const Chain chain(variant);
    for (int round = 0; round < shortened(1000); ++round) {
      chain.poison();
      chain.enqueue(overlapped);
      chain.enqueue(overlapped);
      ASSERT_TRUE(chain.right()) << chain.text();
    }
    const CudaGraph graph(stream, [&] {
      for (int time = 0; time < 10; ++time) chain.enqueue(overlapped);
    });
    for (int round = 0; round < shortened(200); ++round) {
      chain.poison();
      graph.launch(stream);
      ASSERT_TRUE(chain.right()) << chain.text();
    }
  }
}

// The convenience brings its own workspace, in the order of the stream.
TEST_F(CudaStreams, TheConvenienceAllocatesInOrder) {
  const bench::Matrix input = bench::make_matrix(DType::f32, 5, 30000, Distribution::normal, 3);
  for (const std::int64_t k : {50, 2048, 30000}) {
    const JobResult wanted = result_on_cpu(input, k);
    const GpuBytes on_gpu(std::span(static_cast<const std::byte*>(input.data()), input.bytes()));
    const GpuBytes values(wanted.values.size());
    const GpuBytes indices(wanted.indices.size());
    for (int round = 0; round < shortened(100); ++round) {
      topk({on_gpu.data(), DType::f32, 5, 30000, 30000, kGpu}, k,
           {values.data(), DType::f32, 5, k, k, kGpu}, {indices.data(), DType::i64, 5, k, k, kGpu},
           {}, {}, gpu_stream());
    }
    EXPECT_EQ(values.download(), wanted.values);
    EXPECT_EQ(indices.download(), wanted.indices);
  }
}

}  // namespace
}  // namespace skim::test
