#include "cases.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace skim::bench {
namespace {

// The four shapes of the published comparison (H100 PCIe: PyTorch .045 .049 .048 .080 ms).
std::vector<Case> realistic() {
  return {{1, 50304, 50, DType::f16},
          {4, 50304, 5, DType::f16},
          {4, 50304, 128, DType::f16},
          {32, 32000, 40, DType::f32}};
}

std::vector<Case> realistic_and_real() {
  std::vector<Case> cases = realistic();
  constexpr std::int64_t kStoredVocab = 49152;  // of data/smollm2_logits_f16.npy
  cases.push_back({1, kStoredVocab, 50, DType::f16, std::nullopt});
  cases.push_back({32, kStoredVocab, 50, DType::f16, std::nullopt});
  return cases;
}

// Short rows in large batches, as published; misleading, because no vocabulary is this small.
std::vector<Case> stress() {
  return {{4096, 1024, 32, DType::bf16}, {4096, 2048, 64, DType::bf16}};
}

// Today's vocabularies.
std::vector<Case> serving() {
  std::vector<Case> cases;
  for (const std::int64_t cols : {32000, 49152, 50257, 128256, 151936, 201088, 262144}) {
    for (const std::int64_t rows : {1, 8, 32, 128}) {
      for (const std::int64_t k : {1, 20, 50, 64, 256}) {
        cases.push_back({rows, cols, k, DType::bf16});
      }
    }
  }
  return cases;
}

// The published "1.1 to 2.4 times faster" claim for CuTe and QuACK.
std::vector<Case> small() {
  std::vector<Case> cases;
  for (const std::int64_t cols : {256, 512, 1024, 2048, 4096}) {
    for (const std::int64_t k : {8, 16, 32, 64, 128}) {
      cases.push_back({4096, cols, k, DType::bf16});
    }
  }
  return cases;
}

// Selection of tokens in sparse attention.
std::vector<Case> indexer() {
  std::vector<Case> cases;
  for (std::int64_t cols = 8192; cols <= (1 << 20); cols *= 2) {
    for (const std::int64_t k : {512, 1024, 2048}) cases.push_back({1, cols, k, DType::f32});
  }
  return cases;
}

std::vector<Case> huge() {
  std::vector<Case> cases;
  for (int exponent = 20; exponent <= 28; exponent += 2) {
    cases.push_back({1, std::int64_t{1} << exponent, 64, DType::f32});
  }
  return cases;
}

// Many results: of rows that several CTAs hold, of longer ones, and a good part of a row.
std::vector<Case> large() {
  constexpr std::int64_t kMillion = 1 << 20;
  constexpr std::int64_t kLongest = 1 << 28;
  return {{1, 131072, 2048, DType::f32},      {64, 131072, 2048, DType::f32},
          {1, 32768, 2048, DType::f32},       {8, 65536, 1024, DType::f32},
          {32, 131072, 512, DType::f16},      {64, 8192, 2048, DType::f32},
          {256, 131072, 2048, DType::bf16},   {1, kMillion, 2048, DType::f32},
          {1, 16 * kMillion, 64, DType::f32}, {1, kLongest, 64, DType::f32},
          {1, kLongest, 4096, DType::f32},    {1, kMillion, 1 << 16, DType::f32},
          {64, 131072, 32768, DType::f32},    {1, kMillion, kMillion, DType::f32}};
}

// One shape for each regime of the CPU backend: within the L2, 16-bit lanes, batches, large k, and
// a row beyond the L3.
std::vector<Case> cpu() {
  return {{1, 128256, 50, DType::f32},   {1, 50304, 50, DType::f16},
          {32, 32000, 40, DType::f32},   {32, 50304, 50, DType::f32},
          {1, 131072, 2048, DType::f32}, {1, std::int64_t{1} << 24, 64, DType::f32}};
}

std::vector<Case> large_vocabularies() {
  return {{1, 50304, 50, DType::f16},  {4, 50304, 5, DType::f16},    {4, 50304, 128, DType::f16},
          {32, 32000, 40, DType::f32}, {32, 50304, 50, DType::f16},  {1, 128256, 50, DType::f16},
          {8, 128256, 50, DType::f16}, {64, 128256, 50, DType::f16}, {128, 151936, 20, DType::f32},
          {64, 262144, 64, DType::f32}};
}

std::vector<Case> small_rows() {
  return {{4096, 1024, 32, DType::f16}, {4096, 1024, 32, DType::bf16}, {4096, 2048, 64, DType::f16},
          {4096, 256, 8, DType::f32},   {8192, 256, 8, DType::f32},    {32, 4096, 50, DType::f16},
          {1, 4096, 32, DType::f16},    {256, 1024, 256, DType::f32}};
}

// Each regime of inference and of routing; large vocabularies on real rows too, which cluster at
// low ids; and the neighbours that should cost the same: another 16-bit type, rows at every
// alignment.
std::vector<Case> figures() {
  std::vector<Case> cases = large_vocabularies();
  const std::vector<Case> small = small_rows();
  cases.insert(cases.end(), small.begin(), small.end());
  for (Case real : large_vocabularies()) {
    real.distribution = std::nullopt;
    cases.push_back(real);
  }
  cases.insert(cases.end(), {{32, 50304, 50, DType::bf16},
                             {1, 50257, 50, DType::f16},
                             {32, 50257, 50, DType::f16},
                             {4096, 1023, 32, DType::bf16}});
  return cases;
}

// A step of decoding for one user and for some, a router, and rows so short that only the call
// counts.
std::vector<Case> eager() {
  return {{1, 50304, 50, DType::f16},
          {1, 128256, 50, DType::bf16},
          {8, 128256, 1, DType::f32},
          {64, 256, 8, DType::f32},
          {1, 1024, 8, DType::f32}};
}

struct Sweep {
  std::string_view name;
  std::vector<Case> (*cases)();
};

constexpr std::array kSweeps = {Sweep{"default", realistic_and_real},
                                Sweep{"realistic", realistic},
                                Sweep{"figures", figures},
                                Sweep{"stress", stress},
                                Sweep{"serving", serving},
                                Sweep{"small", small},
                                Sweep{"indexer", indexer},
                                Sweep{"huge", huge},
                                Sweep{"large", large},
                                Sweep{"cpu", cpu}};

void require(bool holds, std::string_view option, std::int64_t value, std::string_view limit) {
  if (!holds) {
    throw std::invalid_argument(fmt::format("{} is {} but must be {}", option, value, limit));
  }
}

void check_sampling(const Case& bench_case) {
  check(*bench_case.sampling);
  require(bench_case.cols <= kMaxVocabulary, "--vocab", bench_case.cols,
          fmt::format("at most {} with --op sample", kMaxVocabulary));
  const DType dtype = bench_case.dtype;
  if (dtype == DType::f32 || dtype == DType::f16 || dtype == DType::bf16) return;
  throw std::invalid_argument(
      fmt::format("--dtype is '{}' but logits are float32, float16 or bfloat16", name_of(dtype)));
}

}  // namespace

std::string_view input_name(const Case& bench_case) {
  return bench_case.distribution ? name_of(*bench_case.distribution) : "real";
}

std::int64_t bytes_of(const Case& bench_case) {
  return bench_case.rows * bench_case.cols * static_cast<std::int64_t>(size_of(bench_case.dtype));
}

std::string to_string(const Case& bench_case) {
  const std::string what =
      bench_case.sampling ? to_string(*bench_case.sampling) : fmt::format("k {}", bench_case.k);
  return fmt::format("{} x {}, {}, {}, {}", bench_case.rows, bench_case.cols, what,
                     name_of(bench_case.dtype), input_name(bench_case));
}

bool same_shape(const Case& one, const Case& other) {
  return one.rows == other.rows && one.cols == other.cols && one.k == other.k &&
         one.dtype == other.dtype && one.sampling == other.sampling;
}

DType parse_dtype(std::string_view name) {
  std::vector<std::string_view> names;
  for (const DType dtype : kAllDTypes) {
    if (name_of(dtype) == name) return dtype;
    names.push_back(name_of(dtype));
  }
  throw std::invalid_argument(
      fmt::format("--dtype is '{}' but must be one of {}", name, fmt::join(names, ", ")));
}

std::optional<Distribution> parse_input(std::string_view name) {
  if (name == "real") return std::nullopt;
  Distribution distribution{};
  if (parse_distribution(name, distribution)) return distribution;
  std::vector<std::string_view> names = {"real"};
  for (std::size_t i = 0; i <= kDistributionCount; ++i)
    names.push_back(name_of(distribution_at(i)));
  throw std::invalid_argument(
      fmt::format("--dist is '{}' but must be one of {}", name, fmt::join(names, ", ")));
}

std::vector<Case> sweep(std::string_view name) {
  const auto found = std::find_if(kSweeps.begin(), kSweeps.end(),
                                  [&](const Sweep& candidate) { return candidate.name == name; });
  if (found != kSweeps.end()) return found->cases();
  std::vector<std::string_view> names;
  for (const Sweep& candidate : kSweeps) names.push_back(candidate.name);
  throw std::invalid_argument(
      fmt::format("--sweep is '{}' but must be one of {}", name, fmt::join(names, ", ")));
}

std::vector<Case> eager_sweep(std::string_view name) {
  return name == "default" ? eager() : sweep(name);
}

void check(const Case& bench_case) {
  require(bench_case.rows >= 1, "--batch", bench_case.rows, "at least 1");
  require(bench_case.cols >= 1, "--vocab", bench_case.cols, "at least 1");
  require(bench_case.cols < (std::int64_t{1} << 40) / bench_case.rows, "--vocab", bench_case.cols,
          "below 2^40 elements in all rows together");
  require(bench_case.k >= 1 && bench_case.k <= bench_case.cols, "--k", bench_case.k,
          fmt::format("in 1..{} (--vocab)", bench_case.cols));
  if (bench_case.sampling) check_sampling(bench_case);
}

}  // namespace skim::bench
