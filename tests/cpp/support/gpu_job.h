// A selection on the GPU whose result is known, to be run again and again: on any stream, into one
// of several places.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "inputs/inputs.h"
#include "support/cuda_variants.h"
#include "support/gpu.h"

namespace skim::test {

struct JobSpec {
  DType dtype = DType::f32;
  std::int64_t rows = 1;
  std::int64_t cols = 0;
  std::int64_t k = 0;
  bench::Distribution distribution = bench::Distribution::normal;
  std::uint64_t seed = 0;
  int places = 1;
};

// What the CPU backend makes of it: the bytes of the values, and of int64 indices.
struct JobResult {
  std::vector<std::byte> values;
  std::vector<std::byte> indices;
};
JobResult result_on_cpu(const bench::Matrix& input, std::int64_t k);

class GpuJob {
 public:
  // Throws std::logic_error where the variant cannot serve the problem.
  GpuJob(const JobSpec& spec, const Variant& variant);

  const TopkPlan& plan() const { return plan_; }
  const GpuBytes& input() const { return input_; }
  void poison() const;  // all places; enqueues on gpu_stream()
  void enqueue(Stream stream, int place = 0) const;
  bool right() const;  // in all places; the streams have been waited for

 private:
  JobSpec spec_;
  GpuBytes input_;
  TopkPlan plan_;
  GpuBytes workspace_;
  JobResult wanted_;
  GpuBytes wanted_values_;
  GpuBytes wanted_indices_;
  GpuBytes values_;
  GpuBytes indices_;
};

}  // namespace skim::test
