#include "problem_of.h"

#include <cstddef>

namespace skim::bench {

TopkProblem problem_of(const Case& bench_case, const Device& device, int threads) {
  alignas(kWorkspaceAlignment) static const std::byte memory{};  // its alignment is all that counts
  TopkRequest request;
  request.input = {&memory,         bench_case.dtype, bench_case.rows,
                   bench_case.cols, bench_case.cols,  device.id};
  request.k = bench_case.k;
  request.options.num_threads = threads;
  return make_problem(request);
}

}  // namespace skim::bench
