// How the workspace of a CPU plan is laid out; the plan asks for its size, the launch for its
// parts.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "cpu/candidates.h"
#include "cpu/select.h"
#include "cpu/simd_target.h"
#include "skim/topk.h"

namespace skim::cpu {

struct WorkspaceLayout {
  std::size_t candidates = 0;  // bytes of one worker's list
  std::size_t maxima = 0;      // bytes of one worker's maxima
  std::size_t folded = 0;      // bytes of one worker's folded maxima
  std::size_t hits = 0;        // bytes of one worker's list of groups
  std::size_t workers = 0;     // one a thread, or one a part where rows are split
  std::size_t merged = 0;      // bytes of one row's merged list; 0 where rows are not split
  std::size_t merged_lists = 0;

  std::size_t worker_bytes() const { return candidates + maxima + folded + hits; }
  std::size_t bytes() const { return workers * worker_bytes() + merged_lists * merged; }
};

constexpr std::size_t round_up(std::size_t bytes) {
  return (bytes + kWorkspaceAlignment - 1) / kWorkspaceAlignment * kWorkspaceAlignment;
}

inline WorkspaceLayout workspace_layout(const TopkProblem& problem, TopkAlgorithm algorithm,
                                        const CpuGeometry& geometry) {
  const std::size_t key = size_of(problem.dtype);
  const std::size_t candidate = key == 8 ? sizeof(Int128) : sizeof(std::int64_t);
  const auto list = [&](std::int64_t count) {
    return round_up((static_cast<std::size_t>(count) + kCandidatePadding) * candidate);
  };
  const bool split = geometry.splits > 1;
  WorkspaceLayout layout;
  layout.candidates = list(geometry.buffer);
  if (algorithm == TopkAlgorithm::group_maxima) {
    // A vector of maxima for every other group, or where vectors have one lane for every group.
    const bool one_lane = geometry.simd == SimdTarget::scalar;
    const std::size_t lanes =
        one_lane ? 1 : static_cast<std::size_t>(vector_bytes(geometry.simd)) / key;
    const std::size_t groups =
        static_cast<std::size_t>(geometry.tile_cols / geometry.group_vectors) / lanes;
    layout.maxima = round_up((one_lane ? groups : groups / 2 + 1) * lanes * key);
    layout.folded = layout.maxima;
    layout.hits = round_up((groups + 2) * sizeof(std::uint32_t));
  }
  layout.workers =
      static_cast<std::size_t>(split ? problem.rows * geometry.splits : geometry.threads);
  if (split) {
    layout.merged = list(geometry.splits * problem.k);
    layout.merged_lists = static_cast<std::size_t>(problem.rows);
  }
  return layout;
}

// The parts of one worker.
template <class Key>
SelectScratch<Key> scratch_of(const WorkspaceLayout& layout, std::byte* workspace,
                              std::size_t worker) {
  std::byte* const base = workspace + worker * layout.worker_bytes();
  return {
      reinterpret_cast<CandidateFor<Key>*>(base), reinterpret_cast<Key*>(base + layout.candidates),
      reinterpret_cast<Key*>(base + layout.candidates + layout.maxima),
      reinterpret_cast<std::uint32_t*>(base + layout.candidates + layout.maxima + layout.folded)};
}

template <class Key>
CandidateFor<Key>* merged_list(const WorkspaceLayout& layout, std::byte* workspace,
                               std::size_t row) {
  return reinterpret_cast<CandidateFor<Key>*>(workspace + layout.workers * layout.worker_bytes() +
                                              row * layout.merged);
}

}  // namespace skim::cpu
