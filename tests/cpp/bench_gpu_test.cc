// How the benchmark measures on a GPU, on one that is made of host memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <new>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "case_buffers.h"
#include "gpu_clock.h"
#include "measure.h"
#include "report.h"

namespace skim::bench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class HostGraph final : public GpuGraph {
 public:
  explicit HostGraph(std::function<void()> work) : work_(std::move(work)) {}
  void launch() override { work_(); }

 private:
  std::function<void()> work_;
};

// Does at once what a GPU would be asked to do.
class HostGpu final : public Gpu {
 public:
  HostGpu() {
    device_.id = {DeviceKind::cuda, 0};
    device_.l2_bytes = 1 << 16;
  }

  const Device& device() const override { return device_; }
  void* stream() const override { return const_cast<int*>(&stream_); }
  void synchronise() override {}
  void* allocate(std::size_t bytes) override {
    ++allocations;
    return ::operator new (bytes, std::align_val_t{kGpuAlignment});
  }
  void release(void* memory) noexcept override {
    --allocations;
    ::operator delete (memory, std::align_val_t{kGpuAlignment});
  }
  void to_gpu(void* to, const void* from, std::size_t bytes) override {
    ++uploads;
    std::memcpy(to, from, bytes);
  }
  void to_host(void* to, const void* from, std::size_t bytes) override {
    std::memcpy(to, from, bytes);
  }
  void copy(void* to, const void* from, std::size_t bytes) override {
    std::memcpy(to, from, bytes);
  }
  void fill(void* to, int byte, std::size_t bytes) override { std::memset(to, byte, bytes); }
  void widen(std::int64_t* to, const std::int32_t* from, std::int64_t count) override {
    std::copy_n(from, count, to);
  }
  std::uint64_t fingerprint(const void* memory, std::size_t bytes) override {
    const auto* at = static_cast<const unsigned char*>(memory);
    std::uint64_t hash = 1;
    for (std::size_t i = 0; i < bytes; ++i) hash = hash * 0x100000001b3 + at[i];
    return hash;
  }
  std::unique_ptr<GpuGraph> capture(const std::function<void()>& enqueue) override {
    enqueue();
    ++captured;
    return std::make_unique<HostGraph>(enqueue);
  }
  std::unique_ptr<GpuGraph> adopt(void* graph) override {
    ++adopted;
    return std::make_unique<HostGraph>(*static_cast<std::function<void()>*>(graph));
  }
  double time_us(const std::function<void()>& enqueue) override {
    const auto start = std::chrono::steady_clock::now();
    enqueue();
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start)
        .count();
  }
  std::vector<GpuRead> reads(std::size_t bytes) override {
    const auto read = [bytes](const void* memory) {
      const auto* at = static_cast<const unsigned char*>(memory);
      volatile unsigned char last = at[bytes - 1];
      (void)last;
    };
    return {{"plain", read}, {"plainer", read}};
  }
  void do_nothing() override {}
  void start_profiler() override {}
  void stop_profiler() override {}

  int allocations = 0;
  int uploads = 0;
  int captured = 0;
  int adopted = 0;

 private:
  Device device_;
  int stream_ = 0;
};

// Selects from float32 on the "GPU", one row a case.
class Select : public Path {
 public:
  explicit Select(std::string name, std::uint32_t promises = 0)
      : Path(PathInfo{std::move(name), "1", "", promises, 0}) {}

  void prepare(const skim_bench_case& bench_case) override { case_ = bench_case; }

  void run(std::int64_t first, std::int64_t count) override {
    for (std::int64_t call = first; call < first + count; ++call) {
      select(case_.inputs[call % case_.input_count]);
    }
  }

  const skim_bench_case& given() const { return case_; }

 protected:
  virtual void select(const DLTensor& input) {
    const auto* elements = static_cast<const float*>(input.data);
    const auto indices = oracle_indices(DType::f32, elements, input.shape[1], case_.k, true);
    std::copy(indices.begin(), indices.end(), static_cast<std::int64_t*>(case_.indices->data));
    for (std::size_t i = 0; i < indices.size(); ++i) {
      static_cast<float*>(case_.values->data)[i] = elements[indices[i]];
    }
  }

 private:
  skim_bench_case case_{};
};

MeasureOptions on(HostGpu& gpu) {
  MeasureOptions options;
  options.gpu = &gpu;
  options.mode = BufferMode::rotate8;
  options.rounds = 5;
  return options;
}

CaseResult measure_one(PathPtr path, HostGpu& gpu) {
  PathList paths;
  paths.push_back(std::move(path));
  return measure({1, 300, 5, DType::f32}, paths, on(gpu));
}

TEST(BenchGpu, AGraphHoldsWholeRotationsOfAboutTwentyFourCalls) {
  EXPECT_EQ(calls_of_graph(1, 5), 24);
  EXPECT_EQ(calls_of_graph(8, 5), 24);
  EXPECT_EQ(calls_of_graph(5, 5), 20);
  EXPECT_EQ(calls_of_graph(2001, 5), 2001) << "a part of them would not be cold";
  EXPECT_EQ(calls_of_graph(8, 1'000), 8);
  EXPECT_EQ(calls_of_graph(8, 1'000'000), 8) << "an input left out would be no rotation";
  EXPECT_EQ(calls_of_graph(1, 2'500), 4);
  EXPECT_EQ(calls_of_graph(1, 1'000'000), 1);
  EXPECT_EQ(calls_of_graph(1, 0), 24) << "shorter than the clock can tell";
}

TEST(BenchGpu, ShortReplaysAreRepeatedToKeepTheGpuBusy) {
  EXPECT_EQ(warm_replays(0), 8);
  EXPECT_EQ(warm_replays(24), 5);
  EXPECT_EQ(warm_replays(100), 1);
  EXPECT_EQ(warm_replays(1e9), 1);
}

TEST(BenchGpu, ModesSayHowManyInputsThereAre) {
  constexpr std::int64_t kL2 = 50 << 20;
  EXPECT_EQ(input_count(BufferMode::hot, 1000, kL2), 1);
  EXPECT_EQ(input_count(BufferMode::rotate8, 1000, kL2), 8);
  EXPECT_EQ(input_count(BufferMode::cold, 100'608, kL2), 2085);
  EXPECT_EQ(input_count(BufferMode::cold, std::int64_t{1} << 30, kL2), 1);
}

TEST(BenchGpu, InputsBeyondAGibibyteAreCopies) {
  EXPECT_EQ(distinct_inputs(8, 64 << 20), 8);
  EXPECT_EQ(distinct_inputs(8, 256 << 20), 4);
  EXPECT_EQ(distinct_inputs(8, std::int64_t{1} << 30), 1);
  EXPECT_EQ(distinct_inputs(8, std::int64_t{1} << 34), 1);
  EXPECT_EQ(distinct_inputs(1, 1), 1);
  EXPECT_EQ(distinct_inputs(8, 64 << 20, 128 << 20), 2);
}

TEST(BenchGpu, InputsAndOutputsAreAlignedGpuMemoryWithTheHostsElements) {
  HostGpu gpu;
  {
    const Case bench_case{3, 77, 5, DType::f16};
    CaseInputs inputs(bench_case, 3, 1, nullptr, &gpu);
    CaseOutputs outputs(bench_case, &gpu);
    EXPECT_EQ(gpu.uploads, 3);
    for (std::int32_t i = 0; i < 3; ++i) {
      const DLTensor& tensor = inputs.tensors()[i];
      EXPECT_EQ(tensor.device.device_type, kDLCUDA);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(tensor.data) % kGpuAlignment, 0);
      EXPECT_EQ(std::memcmp(tensor.data, inputs.matrix(i).data(), inputs.matrix(i).bytes()), 0);
    }
    EXPECT_EQ(outputs.values_tensor()->device.device_type, kDLCUDA);
    EXPECT_EQ(outputs.indices_tensor()->device.device_type, kDLCUDA);
    EXPECT_TRUE(inputs.all_unchanged(0));
    auto* end = static_cast<std::byte*>(inputs.tensors()[1].data) + inputs.matrix(1).bytes();
    *end = std::byte{1};
    EXPECT_FALSE(inputs.all_unchanged(0)) << "a write behind an input";
    inputs.restore();
    EXPECT_TRUE(inputs.all_unchanged(0));
  }
  EXPECT_EQ(gpu.allocations, 0);
}

TEST(BenchGpu, APathIsCapturedReplayedCheckedAndItsHostTimeTaken) {
  HostGpu gpu;
  auto path = std::make_unique<Select>("native", SKIM_BENCH_OWN_KERNEL);
  const Select& seen = *path;
  PathList paths;
  paths.push_back(std::move(path));
  const CaseResult result = measure({1, 300, 5, DType::f32}, paths, on(gpu));
  EXPECT_EQ(seen.given().stream, gpu.stream());
  EXPECT_EQ(result.device, "cuda");
  EXPECT_EQ(result.inputs, 8);
  EXPECT_EQ(result.distinct_inputs, 8);
  ASSERT_EQ(result.paths.front().status, Status::ok) << result.paths.front().message;
  EXPECT_EQ(result.paths.front().timing.calls_per_sample, 24);
  EXPECT_EQ(result.paths.front().timing.samples, 5);
  EXPECT_GT(result.paths.front().host_us, 0);
  EXPECT_TRUE(result.paths.front().labels.empty());
  EXPECT_TRUE(result.floor && result.launch);
}

class Uncapturable final : public Select {
 public:
  using Select::Select;

  void* capture(std::int64_t, std::int64_t) override {
    throw std::runtime_error("waits in the middle");
  }
};

TEST(BenchGpu, WhatCannotBeCapturedIsTimedByEventsAndLabelled) {
  HostGpu gpu;
  const CaseResult result = measure_one(std::make_unique<Uncapturable>("peer"), gpu);
  const PathResult& path = result.paths.front();
  EXPECT_EQ(path.status, Status::ok) << path.message;
  EXPECT_THAT(path.labels, ElementsAre("events, not captured"));
  EXPECT_EQ(path.not_captured, "waits in the middle");
  EXPECT_GT(path.timing.median_us, 0);
  const auto json = nlohmann::json::parse(json_of(Environment{}, {result}));
  EXPECT_EQ(json.at("cases").at(0).at("paths").at(0).at("not_captured"), "waits in the middle");
}

TEST(BenchGpu, OurKernelMustBeCapturable) {
  HostGpu gpu;
  const CaseResult result =
      measure_one(std::make_unique<Uncapturable>("ours", SKIM_BENCH_OWN_KERNEL), gpu);
  EXPECT_EQ(result.paths.front().status, Status::error);
  EXPECT_EQ(result.paths.front().message, "cannot be captured: waits in the middle");
  EXPECT_THAT(failures_of({result}, false), ElementsAre(HasSubstr("cannot be captured")));
}

class CapturesItself final : public Select {
 public:
  using Select::Select;

  void* capture(std::int64_t first, std::int64_t count) override {
    graph_ = [this, first, count] { run(first, count); };
    return &graph_;
  }

 private:
  std::function<void()> graph_;
};

TEST(BenchGpu, AFrameworksOwnGraphIsReplayed) {
  HostGpu gpu;
  const CaseResult result = measure_one(std::make_unique<CapturesItself>("framework"), gpu);
  EXPECT_EQ(result.paths.front().status, Status::ok) << result.paths.front().message;
  EXPECT_EQ(gpu.adopted, 1);
}

// Right when it is called, but its graph does nothing.
class EmptyGraph final : public Select {
 public:
  using Select::Select;

  void* capture(std::int64_t, std::int64_t) override { return &nothing_; }

 private:
  std::function<void()> nothing_ = [] {};
};

TEST(BenchGpu, AGraphThatLeavesNoResultIsWrong) {
  HostGpu gpu;
  const CaseResult result = measure_one(std::make_unique<EmptyGraph>("empty"), gpu);
  EXPECT_EQ(result.paths.front().status, Status::wrong);
}

class Scribbles final : public Select {
 public:
  using Select::Select;

  void select(const DLTensor& input) override {
    Select::select(input);
    static_cast<float*>(input.data)[299] = -1000;
  }
};

TEST(BenchGpu, AChangedInputIsFoundAndRestored) {
  HostGpu gpu;
  PathList paths;
  paths.push_back(std::make_unique<Scribbles>("scribbler"));
  paths.push_back(std::make_unique<Select>("right"));
  const CaseResult result = measure({1, 300, 5, DType::f32}, paths, on(gpu));
  EXPECT_EQ(result.paths[0].message, "changed its input");
  EXPECT_EQ(result.paths[1].status, Status::ok) << result.paths[1].message;
}

TEST(BenchGpu, ACallbackOfAnEarlierHeaderRunsOnCpusOnly) {
  skim_bench_path old{};
  old.struct_size = offsetof(skim_bench_path, capture);
  old.name = "old";
  old.prepare = [](void*, const skim_bench_case*, char*, std::size_t) { return std::int32_t{0}; };
  HostGpu gpu;
  const CaseResult result = measure_one(make_callback_path(old), gpu);
  EXPECT_EQ(result.paths.front().status, Status::not_applicable);
  EXPECT_THAT(result.paths.front().message, HasSubstr("knew no GPU"));
  old.struct_size -= 1;
  EXPECT_THROW(make_callback_path(old), std::invalid_argument);
}

TEST(BenchGpu, TableAndJsonTellTheGpuTheClockAndTheHostTime) {
  HostGpu gpu;
  CaseResult result = measure_one(std::make_unique<Select>("peer"), gpu);
  result.inputs = 8;
  result.distinct_inputs = 1;
  result.sm_clock = SmClock{1980, std::nullopt};
  result.paths.front().host_us = 12.5;
  Environment environment;
  environment.gpu = GpuEnvironment{"H100", "580.95.05", "13.0", "13.0", 132, 50 << 20};
  const auto json = nlohmann::json::parse(json_of(environment, {result}));
  EXPECT_EQ(json.at("environment").at("gpu").at("name"), "H100");
  EXPECT_EQ(json.at("environment").at("gpu").at("driver"), "580.95.05");
  const nlohmann::json& one = json.at("cases").at(0);
  EXPECT_EQ(one.at("distinct_inputs"), 1);
  EXPECT_EQ(one.at("sm_clock_mhz").at("before"), 1980);
  EXPECT_EQ(one.at("sm_clock_mhz").at("after"), nullptr);
  EXPECT_EQ(one.at("paths").at(0).at("host_us"), 12.5);
  EXPECT_GE(one.at("launch").at("median_us"), 0);
  const std::string table = table_of(result, Painter(false));
  EXPECT_THAT(table, HasSubstr("(cuda, rotate8: 8 inputs in turn, 1 of them distinct)"));
  EXPECT_THAT(table, HasSubstr("host us"));
  EXPECT_THAT(table, HasSubstr(" 12.5 "));
  EXPECT_THAT(table, HasSubstr("an empty kernel"));
}

}  // namespace
}  // namespace skim::bench
