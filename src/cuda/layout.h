// What the kernels keep where; the plan asks for sizes, the launch and the kernels for places.
#pragma once

#include <cstddef>
#include <cstdint>

#include "skim/topk.h"

namespace skim::cuda {

inline constexpr int kMostClusterCtas = 16;
inline constexpr int kMostGridCtas = 65535;  // of a row, the second dimension of a grid
inline constexpr int kMostMaximaThreads = 512;
inline constexpr int kMostGroups = 512;
inline constexpr int kMaximaVectors[] = {1, 4, 8, 10};  // of a thread; compiled, each once more
inline constexpr int kMostMaximaVectors = 20;

// What a kernel keeps in shared memory beside the lists whose size the plan decides, at most.
inline constexpr std::size_t kStaticSharedBytes = 8192;

// Vectors of these are compared as they lie in a register (lanes.cuh), and their keys pack with an
// index into 64 bits.
constexpr bool has_lanes(DType dtype) {
  return dtype == DType::f32 || dtype == DType::f16 || dtype == DType::bf16;
}
using RowCandidate = std::int64_t;

constexpr std::size_t round_up(std::size_t bytes) {
  return (bytes + kWorkspaceAlignment - 1) / kWorkspaceAlignment * kWorkspaceAlignment;
}

// Shared memory that group_maxima asks for at launch: one list a CTA of the row.
constexpr std::size_t group_maxima_shared_bytes(const CudaGeometry& geometry) {
  return static_cast<std::size_t>(geometry.ctas) * static_cast<std::size_t>(geometry.capacity) *
         sizeof(RowCandidate);
}

constexpr std::size_t candidate_bytes(std::size_t element_bytes) {
  return element_bytes == 8 ? 16 : 8;
}

// How CTAs that are no cluster meet in the workspace: a counter of arrivals a row (zeroed by the
// launch), a count a CTA, and a list a CTA.
struct MeetingLayout {
  std::size_t arrivals = 0;  // bytes
  std::size_t counts = 0;
  std::size_t lists = 0;

  constexpr std::size_t bytes() const { return arrivals + counts + lists; }
};

constexpr MeetingLayout meeting_layout(std::int64_t rows, const CudaGeometry& geometry,
                                       std::size_t entries_per_cta, std::size_t candidate_bytes) {
  if (geometry.team == CtaTeam::cluster || geometry.ctas == 1) return {};
  const std::size_t ctas = static_cast<std::size_t>(rows) * static_cast<std::size_t>(geometry.ctas);
  return {round_up(static_cast<std::size_t>(rows) * sizeof(std::uint32_t)),
          round_up(ctas * sizeof(std::uint32_t)),
          round_up(ctas * entries_per_cta * candidate_bytes)};
}

}  // namespace skim::cuda
