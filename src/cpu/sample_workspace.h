// How the workspace of sampling on a CPU is laid out: the same parts for each thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "cpu/masses.h"
#include "cpu/workspace.h"
#include "random/mass.h"
#include "skim/sample.h"

namespace skim::cpu {

// A mask or a bias is applied to a copy of the row in single precision.
constexpr bool copies_rows(const SampleProblem& problem) {
  return problem.has_allow_mask || problem.has_logit_bias;
}

// Raw log-probabilities are of logits without the bias.
constexpr bool copies_raw_rows(const SampleProblem& problem) {
  return problem.has_logit_bias && problem.logprobs == LogprobKind::raw;
}

constexpr DType dtype_of_rows(const SampleProblem& problem) {
  return copies_rows(problem) ? DType::f32 : problem.dtype;
}

// Bytes of one thread's parts, in the order in which they stand.
struct SampleWorkspaceLayout {
  std::size_t selection = 0;  // of the largest selection
  std::size_t row = 0;        // a copy of the row
  std::size_t raw_row = 0;
  std::size_t tile_values = 0;       // one float a tile: maxima, sums, sums of a part
  std::size_t tile_masses = 0;       // one integer a tile
  std::size_t candidate_logits = 0;  // one float a candidate
  std::size_t candidate_masses = 0;  // one integer a candidate

  std::size_t of_thread() const {
    return selection + row + raw_row + 3 * tile_values + tile_masses + candidate_logits +
           candidate_masses;
  }
  std::size_t bytes(int threads) const { return static_cast<std::size_t>(threads) * of_thread(); }
};

struct SampleScratch {
  std::byte* selection = nullptr;
  float* row = nullptr;
  float* raw_row = nullptr;
  float* maxima = nullptr;
  float* sums = nullptr;
  float* part_sums = nullptr;
  std::uint64_t* tile_masses = nullptr;
  float* candidate_logits = nullptr;
  std::uint64_t* candidate_masses = nullptr;
};

inline WorkspaceLayout selection_layout(const SampleProblem& problem,
                                        const SampleSelection& selection) {
  TopkProblem topk;
  topk.rows = 1;
  topk.cols = problem.cols;
  topk.k = selection.most;
  topk.dtype = dtype_of_rows(problem);
  return workspace_layout(topk, selection.algorithm, selection.cpu);
}

inline SampleWorkspaceLayout sample_workspace_layout(const SamplePlan& plan) {
  const SampleProblem& problem = plan.problem;
  SampleWorkspaceLayout layout;
  if (plan.selection_count == 0) return layout;
  const auto array = [](std::int64_t count, std::size_t size) {
    return round_up(static_cast<std::size_t>(count + kTilePadding) * size);
  };
  for (int i = 0; i < plan.selection_count; ++i) {
    layout.selection =
        std::max(layout.selection, selection_layout(problem, plan.selections[i]).bytes());
  }
  const std::int64_t tiles = tiles_of_row(problem.cols);
  const std::int64_t candidates = plan.selections[plan.selection_count - 1].most;
  if (copies_rows(problem)) layout.row = array(problem.cols, sizeof(float));
  if (copies_raw_rows(problem)) layout.raw_row = array(problem.cols, sizeof(float));
  layout.tile_values = array(tiles, sizeof(float));
  layout.tile_masses = array(tiles, sizeof(std::uint64_t));
  layout.candidate_logits = array(candidates, sizeof(float));
  layout.candidate_masses = array(candidates, sizeof(std::uint64_t));
  return layout;
}

inline SampleScratch sample_scratch(const SampleWorkspaceLayout& layout, std::byte* workspace,
                                    int worker) {
  std::byte* at = workspace + static_cast<std::size_t>(worker) * layout.of_thread();
  const auto take = [&at](std::size_t bytes) {
    std::byte* const part = at;
    at += bytes;
    return static_cast<void*>(part);
  };
  SampleScratch scratch;
  scratch.selection = static_cast<std::byte*>(take(layout.selection));
  scratch.row = static_cast<float*>(take(layout.row));
  scratch.raw_row = static_cast<float*>(take(layout.raw_row));
  scratch.maxima = static_cast<float*>(take(layout.tile_values));
  scratch.sums = static_cast<float*>(take(layout.tile_values));
  scratch.part_sums = static_cast<float*>(take(layout.tile_values));
  scratch.tile_masses = static_cast<std::uint64_t*>(take(layout.tile_masses));
  scratch.candidate_logits = static_cast<float*>(take(layout.candidate_logits));
  scratch.candidate_masses = static_cast<std::uint64_t*>(take(layout.candidate_masses));
  return scratch;
}

}  // namespace skim::cpu
