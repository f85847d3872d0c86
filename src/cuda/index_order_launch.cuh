// Launches index_order_kernel, behind the kernel of an algorithm that writes by value.
#pragma once

#include "cuda/index_order.cuh"
#include "cuda/launch.cuh"

namespace skim::cuda {

template <DType kDType, bool kLargest>
class IndexOrderLaunch {
 public:
  static void launch(const BoundTopk& bound, Stream stream) {
    CudaGeometry a_row_a_cta;
    a_row_a_cta.threads = kIndexOrderThreads;
    TopkArguments arguments = arguments_of(bound);
    set_transform(bound, arguments);
    LaunchConfig config(a_row_a_cta, 0, {stream.handle, false});
    for_rows(arguments, 1, [&](const TopkArguments& of_rows, std::int64_t ctas) {
      config.launch(index_order_kernel<kDType, kLargest>, ctas, of_rows);
    });
  }

  static void load(const Device& device) {
    load_kernel(index_order_kernel<kDType, kLargest>, device);
  }
};

}  // namespace skim::cuda
