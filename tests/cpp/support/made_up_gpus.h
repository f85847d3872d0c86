// Problems on made-up GPUs, for tests of what is planned for them. Needs none.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "plan/override.h"
#include "skim/topk.h"
#include "support/gpu.h"
#include "support/refusal.h"

namespace skim::test {

inline Device made_up(const char* name, int compute_capability, int multiprocessors,
                      std::int64_t shared_bytes, int cluster_ctas, std::int64_t l2_mebibytes) {
  Device device;
  device.id = kGpu;
  device.name = name;
  device.compute_capability = compute_capability;
  device.multiprocessors = multiprocessors;
  device.shared_bytes = shared_bytes;
  device.cluster_ctas = cluster_ctas;
  device.l2_bytes = l2_mebibytes << 20;
  return device;
}

inline const Device kA100 = made_up("A100", 80, 108, 166912, 1, 40);
inline const Device kRtx4090 = made_up("RTX4090", 89, 128, 101376, 1, 72);
inline const Device kT4 = made_up("T4", 75, 40, 65536, 1, 4);
inline const Device kH100 = made_up("H100", 90, 132, 232448, 16, 50);
inline const Device kClustersOf8 = made_up("ClustersOf8", 90, 132, 232448, 8, 50);
inline const Device kClustersOf2 = made_up("ClustersOf2", 90, 16, 232448, 2, 50);
inline const Device kB200 = made_up("B200", 100, 148, 232448, 16, 126);

inline TopkRequest request_of(DType dtype, std::int64_t rows, std::int64_t cols, std::int64_t k) {
  TopkRequest request;
  request.input = {nullptr, dtype, rows, cols, cols, kGpu};
  request.k = k;
  return request;
}

inline TopkProblem problem_of(DType dtype, std::int64_t rows, std::int64_t cols, std::int64_t k) {
  return make_problem(request_of(dtype, rows, cols, k));
}

// What is said of a plan that is forced.
class ForcedCudaPlan : public testing::Test {
 protected:
  std::string message(const Device& device = kH100) {
    return refusal([&] { plan_topk(problem_, device, forced_); });
  }

  TopkProblem problem_ = problem_of(DType::f32, 2, 50257, 50);
  PlanOverride forced_;
};

}  // namespace skim::test
