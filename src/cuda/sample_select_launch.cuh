// Launches sample_select: three kernels, of which each may start before the last one has finished.
#pragma once

#include <cstddef>
#include <utility>

#include "cuda/launch.cuh"
#include "cuda/sample_select.cuh"
#include "device_of.h"

namespace skim::cuda {

template <DType kDType, bool kLargest>
class SampleSelectLaunch {
 public:
  static constexpr TopkAlgorithm kAlgorithm = TopkAlgorithm::sample_select;
  static constexpr bool kServes = has_lanes(kDType);

  static void launch(const BoundTopk& bound, Stream stream) {
    const TopkProblem& problem = bound.plan.problem;
    const CudaGeometry& geometry = bound.plan.cuda;
    const SamplePlaces places = places_of(bound);
    TopkArguments arguments = arguments_of(bound);
    const Stream overlapping{stream.handle, can_overlap(bound)};

    CudaGeometry sampling;
    sampling.threads = kSampleThreads;
    sampling.ctas = geometry.sample_ctas;
    if (sampling.ctas > 1) sampling.team = CtaTeam::cluster;
    over_rows(sample_threshold_kernel<kDType, kLargest>, LaunchConfig(sampling, 0, stream),
              arguments, places);
    over_rows(collect_candidates_kernel<kDType, kLargest>, LaunchConfig(geometry, 0, overlapping),
              arguments, places);
    arguments.ctas = finishing_ctas(geometry);
    arguments.capacity = static_cast<std::uint32_t>(filtered_capacity(problem));
    over_rows(finish_row_kernel<kDType, kLargest>,
              LaunchConfig(finishing_geometry(geometry), finish_shared_bytes(problem, geometry),
                           overlapping),
              arguments, places);
  }

  static bool is_loaded_ahead(const Device&) { return true; }
  static void load(const Device& device) {
    load_kernel(sample_threshold_kernel<kDType, kLargest>, device,
                device.cluster_ctas > 1 ? CtaTeam::cluster : CtaTeam::grid);
    load_kernel(collect_candidates_kernel<kDType, kLargest>, device);
    load_kernel(finish_row_kernel<kDType, kLargest>, device);
  }

 private:
  // Programmatic dependent launch is of compute capability 9.0.
  static bool can_overlap(const BoundTopk& bound) {
    return device_of(bound.plan.problem.device).compute_capability >= 90;
  }

  static_assert(sizeof(FinishShared) <= kStaticSharedBytes);

  static SamplePlaces places_of(const BoundTopk& bound) {
    const TopkProblem& problem = bound.plan.problem;
    const CudaGeometry& geometry = bound.plan.cuda;
    const SampleSelectLayout layout = sample_select_layout(problem, geometry);
    auto* at = static_cast<std::byte*>(bound.buffers.workspace) + layout.meeting;
    const auto take = [&at](std::size_t bytes) { return std::exchange(at, at + bytes); };
    SamplePlaces places;
    if (layout.meeting > 0) places.arrivals = static_cast<std::uint32_t*>(bound.buffers.workspace);
    places.states = reinterpret_cast<SampleState*>(take(layout.states));
    places.ties = reinterpret_cast<std::uint32_t*>(take(layout.ties));
    places.above = reinterpret_cast<RowCandidate*>(take(layout.above));
    places.at = reinterpret_cast<RowCandidate*>(take(layout.at));
    places.kept_above = static_cast<std::uint32_t>(kept_above(problem));
    places.kept_at = static_cast<std::uint32_t>(geometry.capacity);
    places.stream_ctas = static_cast<std::uint32_t>(geometry.ctas);
    places.sample_ctas = static_cast<std::uint32_t>(geometry.sample_ctas);
    places.sampled_vectors = sampled_vectors(problem.cols, geometry.sample_ctas);
    places.wanted = static_cast<std::uint32_t>(geometry.wanted);
    return places;
  }

  static void over_rows(void (*kernel)(TopkArguments, SamplePlaces), LaunchConfig&& config,
                        const TopkArguments& arguments, const SamplePlaces& places) {
    for_rows(arguments, 1, [&](const TopkArguments& of_rows, std::int64_t ctas) {
      config.launch(kernel, ctas, of_rows, places);
    });
  }
};

}  // namespace skim::cuda
