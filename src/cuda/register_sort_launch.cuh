// Launches register_sort.
#pragma once

#include <span>
#include <utility>

#include "cuda/launch.cuh"
#include "cuda/register_sort.cuh"

namespace skim::cuda {

template <DType kDType, bool kLargest, class Clock = SilentClock>
class RegisterSortLaunch {
  static constexpr std::span<const RegisterSortShape> kShapes = register_sort_shapes(kDType);
  using EachShape = std::make_integer_sequence<int, static_cast<int>(kShapes.size())>;

 public:
  static constexpr TopkAlgorithm kAlgorithm = TopkAlgorithm::register_sort;
  static constexpr bool kServes = has_lanes(kDType);
  static constexpr std::span<const char* const> kPhases = kRegisterSortPhases;

  static void launch(const BoundTopk& bound, Stream stream) {
    const CudaGeometry& geometry = bound.plan.cuda;
    launch_one_kernel(bound, stream, kernel_of(geometry, EachShape()), arguments_of(bound), 0,
                      geometry.threads / geometry.lanes);
  }

  static bool is_loaded_ahead(const Device&) { return true; }
  static void load(const Device& device) { load_each(device, EachShape()); }

 private:
  template <int... kShape>
  static TopkKernel kernel_of(const CudaGeometry& geometry, std::integer_sequence<int, kShape...>) {
    TopkKernel kernel = nullptr;
    ((kShapes[kShape].is_of(geometry) ? void(kernel = kernel_of<kShape>()) : void()), ...);
    return kernel;
  }

  template <int... kShape>
  static void load_each(const Device& device, std::integer_sequence<int, kShape...>) {
    (load_kernel(kernel_of<kShape>(), device), ...);
  }

  template <int kShape>
  static TopkKernel kernel_of() {
    return register_sort_kernel<kDType, kLargest, kShape, Clock>;
  }
};

}  // namespace skim::cuda
