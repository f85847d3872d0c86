// Compiled once a dtype (-DSKIM_DTYPE=f32): plan -> kernel, grid, shared memory, launch.
#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <utility>

#include "cuda/filter.cuh"
#include "cuda/group_maxima.cuh"
#include "cuda/kernels.h"
#include "cuda/layout.h"
#include "cuda/radix_select.cuh"
#include "cuda/radix_sort.h"
#include "cuda/runtime.h"

namespace skim::cuda {
namespace {

constexpr DType kDType = DType::SKIM_DTYPE;
constexpr bool kHasMaxima = kDType == DType::f32 || kDType == DType::f16 || kDType == DType::bf16;
using Key = KeyOrder<kDType>::Key;
using Kernel = void (*)(TopkArguments);

static_assert(sizeof(GroupMaximaShared) <= kStaticSharedBytes);
static_assert(sizeof(FilterShared<CandidateFor<Key>>) <= kStaticSharedBytes);

template <bool kLargest, class Team>
Kernel group_maxima_of(int vectors) {
  if constexpr (kHasMaxima) {
    switch (vectors) {
      case 1:
        return group_maxima_kernel<kDType, kLargest, 1, Team>;
      case 4:
        return group_maxima_kernel<kDType, kLargest, 4, Team>;
      case 8:
        return group_maxima_kernel<kDType, kLargest, 8, Team>;
      default:
        return group_maxima_kernel<kDType, kLargest, 10, Team>;
    }
  }
  return nullptr;
}

template <bool kLargest>
Kernel kernel_of(TopkAlgorithm algorithm, CtaTeam team, int vectors) {
  if (algorithm == TopkAlgorithm::group_maxima) {
    return team == CtaTeam::cluster ? group_maxima_of<kLargest, ClusterTeam>(vectors)
                                    : group_maxima_of<kLargest, GridTeam>(vectors);
  }
  return team == CtaTeam::cluster
             ? static_cast<Kernel>(filter_kernel<kDType, kLargest, FilterClusterTeam>)
             : static_cast<Kernel>(filter_kernel<kDType, kLargest, FilterGridTeam>);
}

TopkArguments arguments_of(const BoundTopk& bound) {
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
  arguments.workspace = static_cast<std::byte*>(buffers.workspace);
  arguments.ctas = bound.plan.cuda.ctas;
  arguments.groups_per_warp = bound.plan.cuda.groups_per_warp;
  arguments.writers = bound.plan.cuda.writers;
  arguments.capacity = static_cast<std::uint32_t>(bound.plan.cuda.capacity);
  return arguments;
}

class LaunchConfig {
 public:
  LaunchConfig(const CudaGeometry& geometry, std::size_t shared_bytes, Stream stream) {
    config_.blockDim = dim3(static_cast<unsigned>(geometry.threads));
    config_.dynamicSmemBytes = shared_bytes;
    config_.stream = static_cast<cudaStream_t>(stream.handle);
    config_.attrs = attributes_.data();
    if (geometry.team == CtaTeam::cluster) {
      cudaLaunchAttribute& cluster = attributes_[config_.numAttrs++];
      cluster.id = cudaLaunchAttributeClusterDimension;
      cluster.val.clusterDim.x = static_cast<unsigned>(geometry.ctas);
      cluster.val.clusterDim.y = 1;
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

  cudaError_t most_cluster_ctas(int* ctas, const void* function) {
    config_.gridDim = dim3(kMostClusterCtas);
    config_.numAttrs = 0;
    return cudaOccupancyMaxPotentialClusterSize(ctas, function, &config_);
  }

  template <class... Parameters>
  void launch(void (*kernel)(Parameters...), std::int64_t ctas, const Parameters&... arguments) {
    config_.gridDim = dim3(static_cast<unsigned>(ctas));
    check(cudaLaunchKernelEx(&config_, kernel, arguments...), "the launch of a selection kernel");
  }

 private:
  cudaLaunchConfig_t config_{};
  std::array<cudaLaunchAttribute, 2> attributes_{};
};

// Calls launch(arguments, CTAs) for as many rows at a time as a grid holds.
template <class Launch>
void for_rows(TopkArguments arguments, Launch launch) {
  const std::int64_t most = std::numeric_limits<std::int32_t>::max() / arguments.ctas;
  for (std::int64_t first = 0; first < arguments.rows; first += most) {
    arguments.first_row = first;
    launch(arguments, std::min(most, arguments.rows - first) * arguments.ctas);
  }
}

void zero(void* memory, std::size_t bytes, Stream stream) {
  check(cudaMemsetAsync(memory, 0, bytes, static_cast<cudaStream_t>(stream.handle)),
        "clearing counters in the workspace");
}

// group_maxima and filter: one kernel.
template <bool kLargest>
void launch_one_kernel(const BoundTopk& bound, Stream stream) {
  const CudaGeometry& geometry = bound.plan.cuda;
  const bool is_maxima = bound.plan.algorithm == TopkAlgorithm::group_maxima;
  const bool meets = geometry.team == CtaTeam::grid && geometry.ctas > 1;
  if (meets) {
    zero(bound.buffers.workspace,
         static_cast<std::size_t>(bound.plan.problem.rows) * sizeof(std::uint32_t), stream);
    stream.overlap_launch = false;
  }
  LaunchConfig config(
      geometry,
      is_maxima ? group_maxima_shared_bytes(geometry) : filter_shared_bytes(geometry, sizeof(Key)),
      stream);
  const Kernel kernel = kernel_of<kLargest>(bound.plan.algorithm, geometry.team, geometry.vectors);
  for_rows(arguments_of(bound), [&](const TopkArguments& arguments, std::int64_t ctas) {
    config.launch(kernel, ctas, arguments);
  });
}

template <bool kLargest>
class RadixSelect {
  using SortKey = SortKeyOf<Key>;
  static constexpr int kDigitsOfKey = static_cast<int>(sizeof(Key));

 public:
  RadixSelect(const BoundTopk& bound, Stream stream)
      : bound_(bound),
        stream_{stream.handle, false},
        by_value_(ordered_by_value(bound.plan.problem)),
        layout_(radix_layout(bound.plan.problem, bound.plan.cuda)),
        config_(bound.plan.cuda, 0, stream_) {
    auto* at = static_cast<std::byte*>(bound.buffers.workspace);
    const auto take = [&at](std::size_t bytes) { return std::exchange(at, at + bytes); };
    places_.arrivals = reinterpret_cast<std::uint32_t*>(take(layout_.arrivals));
    places_.bins = reinterpret_cast<unsigned long long*>(take(layout_.bins));
    places_.states = reinterpret_cast<RadixState*>(take(layout_.states));
    places_.counts = reinterpret_cast<unsigned long long*>(take(layout_.counts));
    if (!by_value_) return;
    for (SortKey*& keys : keys_) keys = reinterpret_cast<SortKey*>(take(layout_.keys));
    for (std::uint64_t*& places : sorted_)
      places = reinterpret_cast<std::uint64_t*>(take(layout_.places));
    sort_scratch_ = take(layout_.sort_scratch);
    places_.keys = keys_[0];
    places_.places = sorted_[0];
  }

  void launch() {
    zero(bound_.buffers.workspace, layout_.zeroed(), stream_);
    count_digits(std::make_integer_sequence<int, kDigitsOfKey>());
    over_rows(count_selected_kernel<kDType, kLargest>);
    over_rows(collect_kernel<kDType, kLargest>);
    if (by_value_) sort();
  }

 private:
  template <int... kDigit>
  void count_digits(std::integer_sequence<int, kDigit...>) {
    (over_rows(count_digits_kernel<kDType, kLargest, kDigitBits*(kDigitsOfKey - 1 - kDigit)>), ...);
  }

  void over_rows(void (*kernel)(TopkArguments, RadixPlaces)) {
    for_rows(arguments_of(bound_), [&](const TopkArguments& arguments, std::int64_t ctas) {
      config_.launch(kernel, ctas, arguments, places_);
    });
  }

  void sort() {
    const TopkProblem& problem = bound_.plan.problem;
    const std::uint64_t* const places =
        sort_rows<SortKey>(keys_, sorted_, problem.rows, problem.k, 8 * kDigitsOfKey, sort_scratch_,
                           layout_.sort_scratch, stream_.handle);
    const std::int64_t ctas = (problem.rows * problem.k + kRadixThreads - 1) / kRadixThreads;
    constexpr std::int64_t kEnough = 1 << 16;  // each then takes several
    config_.launch(write_sorted_kernel<kDType, kLargest>, std::min(ctas, kEnough),
                   arguments_of(bound_), places);
  }

  const BoundTopk& bound_;
  Stream stream_;
  bool by_value_;
  RadixLayout layout_;
  LaunchConfig config_;
  RadixPlaces places_;
  SortKey* keys_[2] = {};
  std::uint64_t* sorted_[2] = {};
  void* sort_scratch_ = nullptr;
};

template <bool kLargest>
void launch_direction(const BoundTopk& bound, Stream stream) {
  if (bound.plan.algorithm == TopkAlgorithm::radix_select) {
    RadixSelect<kLargest>(bound, stream).launch();
  } else {
    launch_one_kernel<kLargest>(bound, stream);
  }
}

// Loads the kernel and lets it have all the shared memory and cluster sizes of the device.
template <class AnyKernel>
void load(AnyKernel kernel, const Device& device, bool is_cluster) {
  const auto* function = reinterpret_cast<const void*>(kernel);
  cudaFuncAttributes attributes{};
  check(cudaFuncGetAttributes(&attributes, function), "loading a kernel");
  const auto dynamic =
      static_cast<int>(device.shared_bytes - static_cast<std::int64_t>(attributes.sharedSizeBytes));
  check(cudaFuncSetAttribute(function, cudaFuncAttributeMaxDynamicSharedMemorySize, dynamic),
        "raising the shared memory of a kernel");
  if (is_cluster) {
    check(cudaFuncSetAttribute(function, cudaFuncAttributeNonPortableClusterSizeAllowed, 1),
          "allowing a kernel large clusters");
  }
}

template <bool kLargest, int... kDigit>
void load_radix(const Device& device, std::integer_sequence<int, kDigit...>) {
  (load(count_digits_kernel<kDType, kLargest, kDigitBits * kDigit>, device, false), ...);
  load(count_selected_kernel<kDType, kLargest>, device, false);
  load(collect_kernel<kDType, kLargest>, device, false);
  load(write_sorted_kernel<kDType, kLargest>, device, false);
}

template <bool kLargest>
void load_direction(const Device& device) {
  for (const CtaTeam team : {CtaTeam::grid, CtaTeam::cluster}) {
    const bool is_cluster = team == CtaTeam::cluster;
    if (is_cluster && device.cluster_ctas == 1) continue;
    load(kernel_of<kLargest>(TopkAlgorithm::filter, team, 0), device, is_cluster);
    if constexpr (kHasMaxima) {
      for (const int vectors : kMaximaVectors)
        load(kernel_of<kLargest>(TopkAlgorithm::group_maxima, team, vectors), device, is_cluster);
    }
  }
  load_radix<kLargest>(device, std::make_integer_sequence<int, static_cast<int>(sizeof(Key))>());
}

}  // namespace

template <>
void launch_topk<kDType>(const BoundTopk& bound, Stream stream) {
  bound.plan.problem.largest ? launch_direction<true>(bound, stream)
                             : launch_direction<false>(bound, stream);
}

template <>
void load_topk_kernels<kDType>(const Device& device) {
  load_direction<true>(device);
  load_direction<false>(device);
}

template <>
int most_cluster_ctas<kDType>(const Device& device) {
  CudaGeometry geometry;
  geometry.team = CtaTeam::cluster;
  geometry.ctas = device.cluster_ctas;
  geometry.threads = kMostMaximaThreads;
  int ctas = 1;
  const TopkAlgorithm algorithm = kHasMaxima ? TopkAlgorithm::group_maxima : TopkAlgorithm::filter;
  const auto* function = reinterpret_cast<const void*>(
      kernel_of<true>(algorithm, CtaTeam::cluster, kMaximaVectors[0]));
  LaunchConfig config(geometry, 0, {});
  check(config.most_cluster_ctas(&ctas, function), "the largest cluster of the device");
  return ctas;
}

}  // namespace skim::cuda
