// Random problems, random bits and random plans on the GPU against the CPU backend, bit for bit,
// until SKIM_FUZZ_ROWS (10^7) rows are selected from. A failure prints the seed; SKIM_FUZZ_SEED
// repeats the run, on any number of processors.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "inputs/inputs.h"
#include "support/cuda_variants.h"
#include "support/on_device.h"
#include "support/random_choices.h"
#include "support/settings.h"

namespace skim::test {
namespace {

// Many short rows, or a few long ones.
struct Batch {
  DType dtype;
  std::int64_t rows;
  std::int64_t cols;
  std::int64_t stride;
  std::int64_t offset;  // elements in front of the first row
  std::int64_t k;
  TopkOptions options;
  bool has_row_lengths;
  std::uint64_t seed;

  std::size_t bytes(std::int64_t elements) const {
    return static_cast<std::size_t>(elements) * size_of(dtype);
  }
};

Batch random_batch(RandomChoices& random) {
  constexpr std::int64_t kElements = std::int64_t{1} << 22;
  constexpr std::int64_t kMostRows = 1500;  // so that 10^7 rows have thousands of plans
  Batch batch{};
  batch.dtype = random.one_of(kAllDTypes);
  batch.cols = 1 + random.up_to(random.one_in(20) ? 300000 : random.one_of({16, 128, 1024, 5000}));
  batch.rows = std::clamp<std::int64_t>(random.up_to(kElements / batch.cols), 1, kMostRows);
  batch.stride = batch.cols + (random.flip() ? 0 : random.up_to(9));
  batch.offset = random.flip() ? 0 : random.up_to(17);
  batch.k = random.flip() ? random.up_to(batch.cols)
                          : std::min(batch.cols, 1 + random.up_to(random.flip() ? 64 : 2500));
  batch.options.largest = random.flip();
  batch.options.sorted = random.flip();
  batch.options.index_dtype = random.one_of({DType::i32, DType::i64});
  batch.options.by_index = random.one_in(4);
  batch.has_row_lengths = random.one_in(4);
  batch.seed = random.number();
  return batch;
}

// Some of these cannot work; then the plan chooses.
PlanOverride random_override(RandomChoices& random) {
  PlanOverride forced;
  if (random.one_in(3)) return forced;
  if (random.flip()) {
    forced.algorithm = random.one_of({TopkAlgorithm::group_maxima, TopkAlgorithm::filter,
                                      TopkAlgorithm::radix_select, TopkAlgorithm::register_sort,
                                      TopkAlgorithm::warp_maxima, TopkAlgorithm::cluster_maxima,
                                      TopkAlgorithm::bucket_select, TopkAlgorithm::cluster_buckets,
                                      TopkAlgorithm::sample_select});
  }
  if (random.flip()) forced.team = random.one_of({CtaTeam::cluster, CtaTeam::grid});
  if (random.one_in(3)) forced.ctas = random.one_of({1, 2, 3, 4, 7, 8, 16, 33});
  if (random.one_in(3)) forced.cta_threads = random.one_of({32, 64, 128, 256, 512});
  if (random.one_in(3)) forced.vectors = random.one_of({1, 2, 4, 8, 10, 16, 20});
  if (random.one_in(3)) forced.groups_per_warp = random.one_of({1, 2, 4, 8, 16, 32});
  if (random.one_in(3)) forced.groups = random.one_of({16, 32, 64, 128, 512});
  if (random.one_in(3)) forced.wanted = random.one_of({1, 2, 7, 30, 200, 256});
  if (random.one_in(4)) forced.capacity = 1 << random.below(14);
  return forced;
}

// Each part of the rows has a distribution of its own, or random bits.
void fill_part(const Batch& batch, std::uint64_t part, std::int64_t first, std::int64_t last,
               std::byte* memory) {
  RandomChoices random(batch.seed + part);
  bench::Matrix rows(batch.dtype, last - first, batch.cols);
  auto* const source = static_cast<std::byte*>(rows.data());
  if (random.one_in(3)) {
    for (std::size_t i = 0; i < rows.bytes(); i += sizeof(std::uint64_t)) {
      const std::uint64_t bits = random.number();
      std::memcpy(source + i, &bits, std::min(sizeof(bits), rows.bytes() - i));
    }
  } else {
    bench::fill(rows, bench::distribution_at(random.below(bench::kDistributionCount)),
                random.number());
  }
  for (std::int64_t row = first; row < last; ++row) {
    std::memcpy(memory + batch.bytes(batch.offset + row * batch.stride),
                source + batch.bytes((row - first) * batch.cols), batch.bytes(batch.cols));
  }
}

std::vector<std::byte> input_of(const Batch& batch) {
  constexpr std::int64_t kParts = 16;  // whatever the machine has, so that a seed means one input
  std::vector<std::byte> memory(batch.bytes(batch.offset + batch.rows * batch.stride));
  std::vector<std::jthread> threads;
  for (std::int64_t part = 0; part < kParts; ++part) {
    const std::int64_t first = batch.rows * part / kParts;
    const std::int64_t last = batch.rows * (part + 1) / kParts;
    if (first == last) continue;
    threads.emplace_back(fill_part, std::cref(batch), static_cast<std::uint64_t>(part), first, last,
                         memory.data());
  }
  return memory;
}

std::vector<std::int64_t> lengths_of(const Batch& batch) {
  std::vector<std::int64_t> lengths;
  if (!batch.has_row_lengths) return lengths;
  RandomChoices random(~batch.seed);
  for (std::int64_t row = 0; row < batch.rows; ++row) {
    lengths.push_back(random.up_to(batch.cols + 3) - 1);
  }
  return lengths;
}

struct Results {
  std::vector<std::byte> values;
  std::vector<std::byte> indices;
};

class BatchCheck {
 public:
  explicit BatchCheck(const Batch& batch)
      : batch_(batch), input_(input_of(batch)), lengths_(lengths_of(batch)) {}

  // "", or what differs under which plan.
  std::string compare(const PlanOverride& forced) {
    const TopkPlan plan = plan_for(forced);
    Results found;
    try {
      found = on_gpu(plan);
    } catch (const DeviceError& error) {
      return error.what() + ("\n  plan: " + to_string(plan));
    }
    if (found.values == wanted_.values && found.indices == wanted_.indices) return "";
    return "row " + std::to_string(first_wrong_row(found)) + " differs from the CPU's" +
           "\n  plan: " + to_string(plan);
  }

 private:
  TopkRequest request_on(DeviceId device, const std::byte* input, const void* lengths) const {
    TopkRequest request{{input + batch_.bytes(batch_.offset), batch_.dtype, batch_.rows,
                         batch_.cols, batch_.stride, device},
                        batch_.k,
                        batch_.options,
                        {}};
    if (batch_.has_row_lengths) request.row_lengths = {lengths, DType::i64, batch_.rows, device};
    return request;
  }

  MutableTensorView output_on(DeviceId device, DType dtype, std::byte* data) const {
    return {data, dtype, batch_.rows, batch_.k, batch_.k, device};
  }

  std::size_t results() const { return static_cast<std::size_t>(batch_.rows * batch_.k); }
  std::size_t value_bytes() const { return results() * size_of(batch_.dtype); }
  std::size_t index_bytes() const { return results() * size_of(batch_.options.index_dtype); }

  Results on_cpu() const {
    Results results{std::vector<std::byte>(value_bytes()), std::vector<std::byte>(index_bytes())};
    const TopkRequest request = request_on(DeviceId{}, input_.data(), lengths_.data());
    topk(request.input, batch_.k, output_on(DeviceId{}, batch_.dtype, results.values.data()),
         output_on(DeviceId{}, batch_.options.index_dtype, results.indices.data()), batch_.options,
         request.row_lengths);
    return results;
  }

  TopkPlan plan_for(const PlanOverride& forced) const {
    const auto problem = make_problem(request_on(kGpu, gpu_input_.data(), gpu_lengths_.data()));
    const auto plan = plan_variant(problem, {"random", forced});
    return plan ? *plan : plan_topk(problem, Device::cuda(kGpu.ordinal));
  }

  Results on_gpu(const TopkPlan& plan) const {
    constexpr int kPoison = 0xCD;
    const GpuBytes values(value_bytes());
    const GpuBytes indices(index_bytes());
    values.fill(kPoison);
    indices.fill(kPoison);
    const GpuWorkspace workspace(plan.workspace_bytes);
    const TopkRequest request = request_on(kGpu, gpu_input_.data(), gpu_lengths_.data());
    run(bind(plan, {request.input, output_on(kGpu, batch_.dtype, values.data()),
                    output_on(kGpu, batch_.options.index_dtype, indices.data()),
                    request.row_lengths, workspace.data(), workspace.size()}),
        gpu_stream());
    if (!all_as_wanted(workspace.guards(), [&] { return to_string(plan); })) {
      throw DeviceError("wrote beside the workspace");
    }
    return {values.download(), indices.download()};
  }

  std::int64_t first_wrong_row(const Results& found) const {
    const auto row_of = [this](const auto& a, const auto& b, DType dtype) {
      const auto place = std::mismatch(a.begin(), a.end(), b.begin()).first - a.begin();
      return place / (batch_.k * static_cast<std::int64_t>(size_of(dtype)));
    };
    return std::min(row_of(found.values, wanted_.values, batch_.dtype),
                    row_of(found.indices, wanted_.indices, batch_.options.index_dtype));
  }

  const Batch& batch_;
  std::vector<std::byte> input_;
  std::vector<std::int64_t> lengths_;
  Results wanted_ = on_cpu();
  GpuBytes gpu_input_{std::as_bytes(std::span(input_))};
  GpuBytes gpu_lengths_{std::as_bytes(std::span(lengths_))};
};

TEST(CudaTopk, RandomRowsAgreeWithTheCpu) {
  SKIM_SKIP_WITHOUT(kGpu);
  const std::uint64_t seed = fuzz_seed();
  const auto wanted =
      static_cast<std::int64_t>(number_from("SKIM_FUZZ_ROWS", short_sizes() ? 100000 : 10000000));
  SCOPED_TRACE("SKIM_FUZZ_SEED=" + std::to_string(seed));
  std::printf("SKIM_FUZZ_SEED=%llu\n", static_cast<unsigned long long>(seed));
  std::fflush(stdout);  // also when the process does not come to its end
  RandomChoices random(seed);
  std::int64_t rows = 0;
  std::int64_t batches = 0;
  while (rows < wanted && !HasFailure()) {
    const Batch batch = random_batch(random);
    BatchCheck check(batch);
    for (int plan = 0; plan < 2 && !HasFailure(); ++plan) {
      const std::string wrong = check.compare(random_override(random));
      EXPECT_EQ(wrong, "") << "batch " << batches;
      rows += batch.rows;
    }
    ++batches;
  }
  std::printf("%lld rows in %lld batches\n", static_cast<long long>(rows),
              static_cast<long long>(batches));
  EXPECT_GE(rows, wanted);
}

}  // namespace
}  // namespace skim::test
