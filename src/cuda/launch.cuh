// What the launches of all algorithms share. The launch of one is in ALGORITHM_launch.cuh, as a
// class with
//   kAlgorithm             its name,
//   kServes                whether it serves the element type at all,
//   launch(bound, stream)  which enqueues, and
//   load(device)           which loads its kernels,
//   is_loaded_ahead(device)  whether that happens before the first launch: where a plan may choose
//                          it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "cuda/arguments.h"
#include "cuda/layout.h"
#include "cuda/runtime.h"
#include "skim/topk.h"

namespace skim::cuda {

using TopkKernel = void (*)(TopkArguments);

inline void set_transform(const BoundTopk& bound, TopkArguments& arguments) {
  const TopkProblem& problem = bound.plan.problem;
  const auto& [page_table, row_offsets] = bound.buffers.transform;
  arguments.transforms = problem.transform != IndexTransform::none;
  if (problem.transform == IndexTransform::page_table) {
    arguments.page_size = static_cast<std::uint32_t>(problem.page_size);
    arguments.pages = static_cast<const std::int32_t*>(page_table.pages.data);
    arguments.pages_stride = page_table.pages.row_stride;
  }
  if (problem.transform == IndexTransform::row_offsets) {
    arguments.row_offsets = row_offsets.data;
    arguments.long_offsets = problem.row_offsets_dtype == DType::i64;
  }
}

// Whether the results of the algorithm stand by value and are put in order of index afterwards.
inline bool is_ordered_afterwards(const TopkPlan& plan) {
  return plan.problem.by_index && plan.algorithm != TopkAlgorithm::radix_select;
}

inline TopkArguments arguments_of(const BoundTopk& bound) {
  const TopkProblem& problem = bound.plan.problem;
  const TopkBuffers& buffers = bound.buffers;
  TopkArguments arguments;
  arguments.input = buffers.input.data;
  arguments.row_stride = problem.row_stride;
  arguments.cols = problem.cols;
  arguments.k = problem.k;
  arguments.rows = problem.rows;
  arguments.row_lengths = buffers.row_lengths.given() ? buffers.row_lengths.data : nullptr;
  arguments.long_lengths = problem.row_lengths_dtype == DType::i64;
  arguments.values = buffers.values.data;
  arguments.values_stride = buffers.values.row_stride;
  arguments.indices = buffers.indices.data;
  arguments.indices_stride = buffers.indices.row_stride;
  arguments.long_indices = problem.index_dtype == DType::i64;
  if (!is_ordered_afterwards(bound.plan)) set_transform(bound, arguments);
  arguments.workspace = static_cast<std::byte*>(buffers.workspace);
  arguments.ctas = bound.plan.cuda.ctas;
  arguments.capacity = static_cast<std::uint32_t>(bound.plan.cuda.capacity);
  return arguments;
}

// Rows, or groups of rows, are the first dimension of a grid; the CTAs of a row the second.
class LaunchConfig {
 public:
  LaunchConfig(const CudaGeometry& geometry, std::size_t shared_bytes, Stream stream) {
    config_.blockDim = dim3(static_cast<unsigned>(geometry.threads));
    config_.gridDim.y = static_cast<unsigned>(geometry.ctas);
    config_.dynamicSmemBytes = shared_bytes;
    config_.stream = static_cast<cudaStream_t>(stream.handle);
    config_.attrs = attributes_.data();
    if (geometry.team == CtaTeam::cluster) {
      cudaLaunchAttribute& cluster = attributes_[config_.numAttrs++];
      cluster.id = cudaLaunchAttributeClusterDimension;
      cluster.val.clusterDim.x = 1;
      cluster.val.clusterDim.y = static_cast<unsigned>(geometry.ctas);
      cluster.val.clusterDim.z = 1;
    }
    if (stream.overlap_launch) {
      cudaLaunchAttribute& overlap = attributes_[config_.numAttrs++];
      overlap.id = cudaLaunchAttributeProgrammaticStreamSerialization;
      overlap.val.programmaticStreamSerializationAllowed = 1;
    }
  }
  LaunchConfig(const LaunchConfig&) = delete;
  LaunchConfig& operator=(const LaunchConfig&) = delete;

  template <class... Parameters>
  void launch(void (*kernel)(Parameters...), std::int64_t ctas, const Parameters&... arguments) {
    config_.gridDim.x = static_cast<unsigned>(ctas);
    check(cudaLaunchKernelEx(&config_, kernel, arguments...), "the launch of a kernel");
  }

 private:
  cudaLaunchConfig_t config_{};
  std::array<cudaLaunchAttribute, 2> attributes_{};
};

// Calls launch(arguments, CTAs) for as many rows at a time as a grid holds.
template <class Arguments, class Launch>
void for_rows(Arguments arguments, int rows_of_cta, Launch launch) {
  const std::int64_t most = std::int64_t{std::numeric_limits<std::int32_t>::max()} * rows_of_cta;
  for (std::int64_t first = 0; first < arguments.rows; first += most) {
    const std::int64_t rows = std::min(most, arguments.rows - first);
    arguments.first_row = first;
    launch(arguments, rows / rows_of_cta + (rows % rows_of_cta != 0 ? 1 : 0));
  }
}

inline void zero(void* memory, std::size_t bytes, Stream stream) {
  check(cudaMemsetAsync(memory, 0, bytes, static_cast<cudaStream_t>(stream.handle)),
        "clearing counters in the workspace");
}

// For algorithms of one kernel: over all rows, of which a CTA may take several. Where CTAs meet in
// the workspace, their counters of arrivals are cleared first.
inline void launch_one_kernel(const BoundTopk& bound, Stream stream, TopkKernel kernel,
                              const TopkArguments& arguments, std::size_t shared_bytes,
                              int rows_of_cta = 1) {
  const CudaGeometry& geometry = bound.plan.cuda;
  if (geometry.team == CtaTeam::grid && geometry.ctas > 1) {
    zero(bound.buffers.workspace,
         static_cast<std::size_t>(bound.plan.problem.rows) * sizeof(std::uint32_t), stream);
    stream.overlap_launch = false;
  }
  LaunchConfig config(geometry, shared_bytes, stream);
  for_rows(arguments, rows_of_cta, [&](const TopkArguments& of_rows, std::int64_t ctas) {
    config.launch(kernel, ctas, of_rows);
  });
}

// Loads the kernel and lets it have all the shared memory and cluster sizes of the device.
template <class AnyKernel>
void load_kernel(AnyKernel kernel, const Device& device, CtaTeam team = CtaTeam::grid) {
  const auto* function = reinterpret_cast<const void*>(kernel);
  cudaFuncAttributes attributes{};
  check(cudaFuncGetAttributes(&attributes, function), "loading a kernel");
  const auto dynamic =
      static_cast<int>(device.shared_bytes - static_cast<std::int64_t>(attributes.sharedSizeBytes));
  check(cudaFuncSetAttribute(function, cudaFuncAttributeMaxDynamicSharedMemorySize, dynamic),
        "raising the shared memory of a kernel");
  if (team == CtaTeam::cluster) {
    check(cudaFuncSetAttribute(function, cudaFuncAttributeNonPortableClusterSizeAllowed, 1),
          "allowing a kernel large clusters");
  }
}

// Calls visit(team) for those that the device has.
template <class Visit>
void for_each_team(const Device& device, Visit visit) {
  visit(CtaTeam::grid);
  if (device.cluster_ctas > 1) visit(CtaTeam::cluster);
}

// CTAs of a cluster, with so many threads each; after the kernel was loaded.
inline int largest_cluster(TopkKernel kernel, int threads) {
  cudaLaunchConfig_t config{};
  config.blockDim = dim3(static_cast<unsigned>(threads));
  config.gridDim = dim3(kMostClusterCtas);
  int ctas = 1;
  check(cudaOccupancyMaxPotentialClusterSize(&ctas, reinterpret_cast<const void*>(kernel), &config),
        "the largest cluster of the device");
  return ctas;
}

}  // namespace skim::cuda
