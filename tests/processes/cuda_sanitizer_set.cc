// A small set of runs that reaches every kernel, for compute-sanitizer: each buffer is an
// allocation of its own and of exact size, and the workspace is left as it comes. Compared with the
// CPU backend.
//   cuda_sanitizer_set all
//   cuda_sanitizer_set 3/13     every 13th run, from the third on, for 13 processes side by side
// racecheck takes longest where threads touch shared memory most: the times say where that is.
#include <cuda_runtime_api.h>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "exact_bytes.h"
#include "inputs/inputs.h"
#include "sanitized_sampling.h"
#include "support/cuda_variants.h"

namespace skim::test {
namespace {

struct Case {
  DType dtype;
  std::int64_t cols;
  std::int64_t k;
  bench::Distribution distribution;
  bool largest = true;
  bool sorted = true;
  std::int64_t offset = 0;  // elements in front of the first row
  bool row_lengths = false;
  bool indexer = false;  // through a page table, in order of index

  static constexpr std::int64_t kRows = 2;
  static constexpr std::int64_t kPageSize = 16;

  std::int64_t pages() const { return (cols + kPageSize - 1) / kPageSize; }
};

std::string to_string(const Case& one) {
  return std::string(name_of(one.dtype)) + " " + std::string(bench::name_of(one.distribution)) +
         " 2x" + std::to_string(one.cols) + " k " + std::to_string(one.k) +
         (one.largest ? " largest" : " smallest") + (one.sorted ? "" : ", unsorted") + ", offset " +
         std::to_string(one.offset) + (one.row_lengths ? ", row_lengths" : "") +
         (one.indexer ? ", by index through pages" : "");
}

std::vector<std::int32_t> numbers_of_pages(std::int64_t count) {
  std::vector<std::int32_t> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 1000);
  return numbers;
}

struct Results {
  std::vector<std::byte> values;
  std::vector<std::byte> indices;

  friend bool operator==(const Results&, const Results&) = default;
};

class CaseRunner {
 public:
  explicit CaseRunner(const Case& one)
      : case_(one),
        matrix_(bench::make_matrix(one.dtype, 1, one.offset + Case::kRows * one.cols,
                                   one.distribution, 7)),
        host_(static_cast<const std::byte*>(matrix_.data()), matrix_.bytes()),
        input_(host_),
        gpu_lengths_(std::as_bytes(std::span(lengths_))),
        pages_(numbers_of_pages(Case::kRows * one.pages())),
        gpu_pages_(std::as_bytes(std::span(pages_))),
        wanted_(on_cpu()) {}

  // Nothing where the variant does not serve the case.
  std::optional<TopkPlan> plan(const Variant& variant) const {
    return plan_variant(make_problem(request_on(kGpu, input_.data())), variant);
  }

  std::string described(const TopkPlan& plan) const {
    return to_string(case_) + " under " + skim::to_string(plan);
  }

  // Throws where the plan selects wrongly.
  void run(const TopkPlan& plan) const {
    if (on_gpu(plan) != wanted_)
      throw std::runtime_error("differs from the CPU: " + described(plan));
  }

 private:
  TopkRequest request_on(DeviceId device, const std::byte* data) const {
    TopkRequest request;
    request.input = {data + static_cast<std::size_t>(case_.offset) * size_of(case_.dtype),
                     case_.dtype,
                     Case::kRows,
                     case_.cols,
                     case_.cols,
                     device};
    request.k = case_.k;
    request.options.largest = case_.largest;
    request.options.sorted = case_.sorted;
    if (case_.row_lengths) {
      const void* lengths = device == kGpu ? static_cast<const void*>(gpu_lengths_.data())
                                           : static_cast<const void*>(lengths_.data());
      request.row_lengths = {lengths, DType::i32, Case::kRows, device};
    }
    if (case_.indexer) {
      const void* pages = device == kGpu ? static_cast<const void*>(gpu_pages_.data())
                                         : static_cast<const void*>(pages_.data());
      request.options.by_index = true;
      request.transform.page_table = {
          {pages, DType::i32, Case::kRows, case_.pages(), case_.pages(), device}, Case::kPageSize};
    }
    return request;
  }

  MutableTensorView output_on(DeviceId device, DType dtype, std::byte* data) const {
    return {data, dtype, Case::kRows, case_.k, case_.k, device};
  }
  std::size_t value_bytes() const { return index_bytes() / 8 * size_of(case_.dtype); }
  std::size_t index_bytes() const { return static_cast<std::size_t>(Case::kRows * case_.k) * 8; }

  Results on_cpu() const {
    Results results{std::vector<std::byte>(value_bytes()), std::vector<std::byte>(index_bytes())};
    const TopkRequest request = request_on(DeviceId{}, host_.data());
    topk(request, output_on(DeviceId{}, case_.dtype, results.values.data()),
         output_on(DeviceId{}, DType::i64, results.indices.data()));
    return results;
  }

  Results on_gpu(const TopkPlan& plan) const {
    const ExactBytes values(value_bytes());
    const ExactBytes indices(index_bytes());
    const ExactBytes workspace(plan.workspace_bytes);
    const TopkRequest request = request_on(kGpu, input_.data());
    skim::run(bind(plan, {request.input, output_on(kGpu, case_.dtype, values.data()),
                          output_on(kGpu, DType::i64, indices.data()), request.row_lengths,
                          workspace.data(), workspace.size(), request.transform}));
    cuda::check(cudaDeviceSynchronize(), "running");
    return {values.download(), indices.download()};
  }

  Case case_;
  std::vector<std::int32_t> lengths_ = {static_cast<std::int32_t>(case_.cols / 3), 5};
  bench::Matrix matrix_;
  std::span<const std::byte> host_;
  ExactBytes input_;
  ExactBytes gpu_lengths_;
  std::vector<std::int32_t> pages_;
  ExactBytes gpu_pages_;
  Results wanted_;
};

std::vector<Case> cases_of(DType dtype) {
  using bench::Distribution;
  return {{dtype, 4000, 50, Distribution::normal},
          {dtype, 4001, 20, Distribution::few_distinct, false, true, 1, false, true},
          {dtype, 3000, 200, Distribution::all_equal, true, false, 3, true},
          {dtype, 3000, 2500, Distribution::bf16_quantised, false, true, 0, true},
          {dtype, 3000, 2500, Distribution::normal, true, false, 1},
          {dtype, 250, 8, Distribution::few_distinct, false, true, 1}};
}

// One of several equal parts of all runs.
struct Part {
  int number = 1;
  int of = 1;
};

std::optional<int> number_in(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Part part_from(std::string_view text) {
  if (text == "all") return {};
  const std::size_t slash = text.find('/');
  const auto number = number_in(text.substr(0, slash));
  const auto of = slash == text.npos ? std::nullopt : number_in(text.substr(slash + 1));
  if (!number || !of || *number < 1 || *number > *of) {
    throw std::invalid_argument("the part of the runs is '" + std::string(text) +
                                "' but must be 'all' or such as 3/13, the third of thirteen");
  }
  return {*number, *of};
}

// racecheck takes minutes for one row of a larger team of cluster_buckets, whose threads all count
// in shared memory; smaller ones go through the same code.
constexpr int kMostThreadsOfTeam = 2048;
bool takes_minutes(const TopkPlan& plan) {
  return plan.algorithm == TopkAlgorithm::cluster_buckets &&
         plan.cuda.ctas * plan.cuda.threads > kMostThreadsOfTeam;
}

// Carries out one part of the runs, and knows all of them.
class Runs {
 public:
  explicit Runs(Part part) : part_(part) {}

  bool run(const CaseRunner& runner, const Variant& variant) {
    const auto plan = runner.plan(variant);
    if (!plan) return false;
    if (takes_minutes(*plan)) return true;
    run(to_string(plan->algorithm), runner.described(*plan), [&] { runner.run(*plan); });
    return true;
  }

  // `kernel`: what sums of times are of.
  void run(const std::string& kernel, const std::string& described,
           const std::function<void()>& check) {
    if (all_++ % part_.of != part_.number - 1) return;
    const auto start = std::chrono::steady_clock::now();
    check();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    note(taken.count(), kernel, described);
  }

  // Whether there were any.
  bool report() const {
    for (const auto& [kernel, sum] : sums_)
      std::printf("%s: %d runs, %.2f s\n", kernel.c_str(), sum.runs, sum.seconds);
    if (done_ != 0) std::printf("the slowest, %.2f s: %s\n", slowest_seconds_, slowest_.c_str());
    std::printf("part %d/%d: %d of %d runs as on the CPU\n", part_.number, part_.of, done_, all_);
    return done_ != 0;
  }

 private:
  struct Sum {
    int runs = 0;
    double seconds = 0;
  };

  void note(double seconds, const std::string& kernel, const std::string& described) {
    ++done_;
    Sum& sum = sums_[kernel];
    ++sum.runs;
    sum.seconds += seconds;
    if (seconds <= slowest_seconds_) return;
    slowest_seconds_ = seconds;
    slowest_ = described;
  }

  Part part_;
  int all_ = 0;
  int done_ = 0;
  std::map<std::string, Sum> sums_;
  double slowest_seconds_ = 0;
  std::string slowest_;
};

// What serves none of the cases was not looked at.
void require_all_served(const std::map<std::string, bool>& served) {
  for (const auto& [variant, any] : served)
    if (!any) throw std::runtime_error("no case is served by " + variant);
}

// Every algorithm on every case; every geometry on the one with the most ties, or on short rows.
void run_dtype(DType dtype, Runs& runs) {
  std::map<std::string, bool> served;
  for (const Case& one : cases_of(dtype)) {
    const CaseRunner runner(one);
    for (const Variant& variant : cuda_algorithm_variants(dtype)) {
      bool& any = served[variant.name];
      any = runs.run(runner, variant) || any;
    }
  }
  const CaseRunner ties({dtype, 1500, 60, bench::Distribution::few_distinct, true, true, 1, true});
  const CaseRunner few({dtype, 250, 8, bench::Distribution::few_distinct, true, true, 1, true});
  for (const Variant& variant : cuda_geometry_variants(dtype))
    served[variant.name] = runs.run(ties, variant) || runs.run(few, variant);
  require_all_served(served);
}

int run_part(std::string_view part) {
  Runs runs(part_from(part));
  for (const DType dtype : kAllDTypes) run_dtype(dtype, runs);
  for (const DType dtype : {DType::f32, DType::f16, DType::bf16}) {
    for (const SanitizedRun& one : sampling_runs(dtype))
      runs.run(one.kernel, one.described, one.check);
  }
  return runs.report() ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace skim::test

int main(int count, char** arguments) {
  if (skim::cuda_device_count() == 0) {
    std::printf("SKIPPED: %s\n", skim::why_no_cuda().c_str());
    return EXIT_SUCCESS;
  }
  try {
    return skim::test::run_part(count == 2 ? arguments[1] : "");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return EXIT_FAILURE;
  }
}
